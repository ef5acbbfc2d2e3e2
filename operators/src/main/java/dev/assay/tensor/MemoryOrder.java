package dev.assay.tensor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;

/// The elements of a tensor in the order in which they lie in memory, line by line.
///
/// A transposed bf16 matrix of 4096 x 32768 is written 7 times as fast this way as row by row, for each row then
/// touches every page.
final class MemoryOrder {
    private static final int LONGEST_LINE = 8192;
    private static final int ELEMENTS_PER_TASK = 8192;

    private final Shape shape;
    private final long[] strides;
    private final long[] dense;
    private final int inner;
    /// The other dimensions, the one with the smallest stride first.
    private final List<Integer> outer;

    MemoryOrder(TensorSpec spec) {
        // Without gaps it is one line, whose pieces begin at whole bytes of packed types too.
        boolean oneLine = spec.isDense();
        this.shape = oneLine ? Shape.of(List.of(spec.shape().elements())) : spec.shape();
        this.strides = oneLine ? new long[] {1} : spec.strideArray();
        this.dense = shape.denseStrides();
        List<Integer> axes = new ArrayList<>();
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            if (shape.dim(axis) > 1) {
                axes.add(axis);
            }
        }
        axes.sort(Comparator.comparingLong(axis -> strides[axis]));
        this.inner = axes.isEmpty() ? -1 : axes.getFirst();
        this.outer = axes.isEmpty() ? List.of() : axes.subList(1, axes.size());
    }

    /// A piece of a line.
    @FunctionalInterface
    interface Body {
        /// Takes the piece.
        ///
        /// @param position of the first element in memory
        /// @param step from element to element in memory
        /// @param index row-major number of the first element
        /// @param indexStep from element to element in row-major order
        void accept(long position, long step, long index, long indexStep, int length);
    }

    /// Hands over all elements; pieces come in any order and in parallel.
    void forEachLine(Body body) {
        long length = inner < 0 ? 1 : shape.dim(inner);
        long pieces = Math.ceilDiv(length, (long) LONGEST_LINE);
        long lines = shape.elements() / length * pieces;
        long perTask = Math.max(1, ELEMENTS_PER_TASK / length);
        LongStream.range(0, Math.ceilDiv(lines, perTask)).parallel().forEach(task -> {
            long end = Math.min(lines, (task + 1) * perTask);
            for (long number = task * perTask; number < end; number++) {
                piece(number / pieces, number % pieces * LONGEST_LINE, length, body);
            }
        });
    }

    private void piece(long line, long from, long length, Body body) {
        long step = inner < 0 ? 1 : strides[inner];
        long indexStep = inner < 0 ? 1 : dense[inner];
        long position = from * step;
        long index = from * indexStep;
        long rest = line;
        for (int axis : outer) {
            long coordinate = rest % shape.dim(axis);
            rest /= shape.dim(axis);
            position += coordinate * strides[axis];
            index += coordinate * dense[axis];
        }
        body.accept(position, step, index, indexStep, (int) Math.min(LONGEST_LINE, length - from));
    }
}
