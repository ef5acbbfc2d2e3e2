package dev.assay.operator;

import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/// A tensor seen as lines along some of its dimensions.
///
/// Lines are numbered in the row-major order of the other dimensions, the elements of a line in that of its own.
public final class TensorLines {
    private final Shape shape;
    private final int[] along;
    private final int[] across;
    private final long[] strides;
    private final int length;
    private final long count;
    /// Distance of neighbours in row-major numbers where it is the same all along a line, otherwise 0.
    private final long step;

    private final long[] offsets;

    private TensorLines(Shape shape, int[] along) {
        this.shape = shape;
        this.along = along;
        this.across = IntStream.range(0, shape.rank())
                .filter(axis -> Arrays.binarySearch(along, axis) < 0)
                .toArray();
        this.strides = shape.denseStrides();
        this.length = Math.toIntExact(product(along));
        this.count = product(across);
        this.step = step();
        this.offsets = step > 0 || length == 0 ? new long[0] : offsets();
    }

    /// Lines along these dimensions, counted from 0, each given once; along none, every element is a line.
    public static TensorLines along(Shape shape, int... axes) {
        return new TensorLines(shape, Arrays.stream(axes).sorted().toArray());
    }

    /// Lines along all dimensions from `axis` on.
    public static TensorLines trailing(Shape shape, int axis) {
        return along(shape, IntStream.range(axis, shape.rank()).toArray());
    }

    private long product(int[] axes) {
        long product = 1;
        for (int axis : axes) {
            product = Math.multiplyExact(product, shape.dim(axis));
        }
        return product;
    }

    private long step() {
        long least = 1;
        long expected = -1;
        for (int i = along.length - 1; i >= 0; i--) {
            if (shape.dim(along[i]) == 1) {
                continue;
            }
            if (expected < 0) {
                least = strides[along[i]];
            } else if (strides[along[i]] != expected) {
                return 0;
            }
            expected = strides[along[i]] * shape.dim(along[i]);
        }
        return least;
    }

    private long[] offsets() {
        long[] all = new long[length];
        for (int position = 0; position < length; position++) {
            long rest = position;
            for (int i = along.length - 1; i >= 0; i--) {
                long dim = shape.dim(along[i]);
                all[position] += rest % dim * strides[along[i]];
                rest /= dim;
            }
        }
        return all;
    }

    public Shape shape() {
        return shape;
    }

    /// Dimensions along which the lines run, in ascending order.
    public int[] axes() {
        return along.clone();
    }

    /// Elements of a line.
    public int length() {
        return length;
    }

    /// How many lines there are.
    public long count() {
        return count;
    }

    /// Sizes with one element for each line.
    ///
    /// @param keep whether the dimensions of the lines stay, with size 1
    public Shape reduced(boolean keep) {
        long[] dims = shape.toArray();
        for (int axis : along) {
            dims[axis] = 1;
        }
        return keep
                ? Shape.of(dims)
                : Shape.of(Arrays.stream(across).mapToLong(axis -> dims[axis]).toArray());
    }

    /// Row-major number in the tensor of an element of a line.
    public long number(long line, int position) {
        return first(line) + (step > 0 ? position * step : offsets[position]);
    }

    private long first(long line) {
        long rest = line;
        long number = 0;
        for (int i = across.length - 1; i >= 0; i--) {
            long dim = shape.dim(across[i]);
            number += rest % dim * strides[across[i]];
            rest /= dim;
        }
        return number;
    }

    /// Values of a line of a tensor of this shape.
    public double[] read(Tensor tensor, long line) {
        double[] values = new double[length];
        if (length == 0) {
            return values;
        }
        long first = first(line);
        if (step == 1) {
            tensor.decode(first, length, values, 0);
        } else if (step > 0 && tensor.spec().isDense()) {
            tensor.decodeRun(first, step, length, values, 0);
        } else {
            for (int i = 0; i < length; i++) {
                values[i] = tensor.get(number(line, i));
            }
        }
        return values;
    }

    /// Integers of a line of a tensor of this shape, unsigned 64-bit ones beyond 2^63 as negative numbers.
    public long[] readIntegers(Tensor tensor, long line) {
        long[] values = new long[length];
        for (int i = 0; i < length; i++) {
            values[i] = tensor.dtype().decodeLong(tensor.codeAt(tensor.position(number(line, i))));
        }
        return values;
    }
}
