package dev.assay.baselines.kernels;

import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;

/// The lines of a tensor along some dimensions, as tables of row-major numbers.
final class LineWalk {
    private static final int ELEMENTS_PER_TASK = 1 << 14;

    private final long[] starts;
    private final long[] offsets;
    private final boolean contiguous;

    private LineWalk(long[] starts, long[] offsets) {
        this.starts = starts;
        this.offsets = offsets;
        boolean one = true;
        for (int i = 0; i < offsets.length && one; i++) {
            one = offsets[i] == i;
        }
        this.contiguous = one;
    }

    /// Lines along the dimensions that are marked.
    static LineWalk along(Shape shape, boolean[] marked) {
        return new LineWalk(numbers(shape, marked, false), numbers(shape, marked, true));
    }

    /// Lines along one dimension; negative ones count from the end.
    static LineWalk along(Shape shape, long axis) {
        boolean[] marked = new boolean[shape.rank()];
        marked[Math.toIntExact(axis < 0 ? axis + shape.rank() : axis)] = true;
        return along(shape, marked);
    }

    /// Lines along a dimension and all behind it.
    static LineWalk from(Shape shape, long axis) {
        boolean[] marked = new boolean[shape.rank()];
        Arrays.fill(marked, Math.toIntExact(axis < 0 ? axis + shape.rank() : axis), shape.rank(), true);
        return along(shape, marked);
    }

    /// Row-major numbers of the elements whose other coordinates are 0.
    private static long[] numbers(Shape shape, boolean[] marked, boolean which) {
        long[] numbers = {0};
        long stride = 1;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            int size = Math.toIntExact(shape.dim(axis));
            if (marked[axis] == which) {
                long[] more = new long[Math.multiplyExact(numbers.length, size)];
                for (int i = 0; i < size; i++) {
                    for (int k = 0; k < numbers.length; k++) {
                        more[i * numbers.length + k] = i * stride + numbers[k];
                    }
                }
                numbers = more;
            }
            stride *= size;
        }
        return numbers;
    }

    int count() {
        return starts.length;
    }

    int length() {
        return offsets.length;
    }

    long number(int line, int position) {
        return starts[line] + offsets[position];
    }

    void read(Tensor tensor, int line, double[] into) {
        if (contiguous) {
            tensor.decode(starts[line], offsets.length, into, 0);
            return;
        }
        for (int i = 0; i < offsets.length; i++) {
            into[i] = tensor.get(starts[line] + offsets[i]);
        }
    }

    void readIntegers(Tensor tensor, int line, long[] into) {
        for (int i = 0; i < offsets.length; i++) {
            into[i] = tensor.dtype().decodeLong(tensor.codeAt(tensor.position(starts[line] + offsets[i])));
        }
    }

    /// Writes a line of a dense tensor. One NaN for all: which payload survives depends on what the JVM has compiled.
    void write(Tensor tensor, int line, double[] values) {
        for (int i = 0; i < offsets.length; i++) {
            values[i] = Double.isNaN(values[i]) ? Double.NaN : values[i];
        }
        if (contiguous) {
            tensor.encode(starts[line], offsets.length, values, 0);
            return;
        }
        for (int i = 0; i < offsets.length; i++) {
            tensor.set(starts[line] + offsets[i], values[i]);
        }
    }

    /// Computes something for a line.
    @FunctionalInterface
    interface Body {
        void run(int line);
    }

    /// All lines, many at a time.
    void forEach(Body body) {
        int perTask = Math.max(1, ELEMENTS_PER_TASK / Math.max(1, offsets.length));
        Parallel.forEach(Math.ceilDiv(starts.length, perTask), task -> {
            for (int line = task * perTask; line < Math.min(starts.length, (task + 1) * perTask); line++) {
                body.run(line);
            }
        });
    }
}
