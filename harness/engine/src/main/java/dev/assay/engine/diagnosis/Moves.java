package dev.assay.engine.diagnosis;

import dev.assay.tensor.Shape;
import java.util.function.LongUnaryOperator;

/// Other places that a kernel may read the elements of a tensor from.
final class Moves {
    private Moves() {}

    /// Takes a way to move elements.
    interface Sink {
        /// One way.
        ///
        /// @param what in words that follow "read"
        /// @param source of an element, by its row-major number
        void take(String what, LongUnaryOperator source);
    }

    /// Along each dimension, and in the order of memory.
    static void along(Shape shape, Sink sink) {
        int rank = shape.rank();
        for (int axis = 0; axis < rank; axis++) {
            long size = shape.dim(axis);
            long pitch = shape.slice(axis + 1, rank).elements();
            if (size > 1) {
                String where = rank == 1 ? "" : " along dimension " + axis;
                sink.take("one place too far" + where, n -> n / pitch % size == size - 1 ? n : n + pitch);
                sink.take("one place too early" + where, n -> n / pitch % size == 0 ? n : n - pitch);
                sink.take(
                        "in a ring, one place too far" + where,
                        n -> n / pitch % size == size - 1 ? n - (size - 1) * pitch : n + pitch);
                sink.take(
                        "in a ring, one place too early" + where,
                        n -> n / pitch % size == 0 ? n + (size - 1) * pitch : n - pitch);
                sink.take("from its first place alone" + where, n -> n - n / pitch % size * pitch);
                sink.take("backwards" + where, n -> n + (size - 1 - 2 * (n / pitch % size)) * pitch);
            }
        }
        long elements = shape.elements();
        if (rank > 1 && elements > 1) {
            sink.take("one element too far in memory", n -> Math.min(elements - 1, n + 1));
            sink.take("one element too early in memory", n -> Math.max(0, n - 1));
        }
        if (rank > 1 && shape.dim(-1) > 1 && shape.dim(-2) > 1) {
            long columns = shape.dim(-1);
            long rows = shape.dim(-2);
            sink.take("as if it were transposed", n -> {
                long inner = n % (rows * columns);
                return n - inner + inner % columns * rows + inner / columns;
            });
        }
        if (rank > 2) {
            sink.take("as if its first dimension lay innermost", n -> {
                long[] at = shape.coordinates(n);
                long number = 0;
                for (int axis = rank - 1; axis >= 0; axis--) {
                    number = number * shape.dim(axis) + at[axis];
                }
                return number;
            });
            // The last two dimensions are one, such as the taps of a filter.
            long inner = shape.dim(-1) * shape.dim(-2);
            sink.take("backwards along its last two dimensions", n -> n + inner - 1 - 2 * (n % inner));
        }
    }
}
