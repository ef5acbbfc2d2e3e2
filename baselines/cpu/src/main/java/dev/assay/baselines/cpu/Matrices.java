package dev.assay.baselines.cpu;

import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// How a batch of equally large matrices lies in memory.
///
/// @param first position of element (0, 0) of the first matrix; like the strides in elements
/// @param batchStrides one per dimension of the batch; 0 where the same matrix serves again
record Matrices(
        long first,
        long rows,
        long columns,
        long rowStride,
        long columnStride,
        List<Long> batch,
        List<Long> batchStrides) {

    Matrices {
        batch = List.copyOf(batch);
        batchStrides = List.copyOf(batchStrides);
    }

    /// One matrix.
    static Matrices single(long first, long rows, long columns, long rowStride, long columnStride) {
        return new Matrices(first, rows, columns, rowStride, columnStride, List.of(), List.of());
    }

    /// The last two dimensions of a tensor, for every index of a batch against whose dimensions its others
    /// broadcast. Dimensions of size 1 are left out.
    static Matrices of(TensorSpec spec, Shape batch) {
        int rank = spec.shape().rank();
        long rows = spec.shape().dim(-2);
        long rowStride = spec.strides().get(rank - 2);
        List<Long> dims = new ArrayList<>();
        List<Long> strides = new ArrayList<>();
        for (int axis = 0; axis < batch.rank(); axis++) {
            if (batch.dim(axis) != 1) {
                int own = axis - batch.rank() + rank - 2;
                dims.add(batch.dim(axis));
                strides.add(
                        own < 0 || spec.shape().dim(own) == 1
                                ? 0
                                : spec.strides().get(own));
            }
        }
        // The stride of a single row says nothing; this one lets rows of a batch follow each other.
        rowStride = rows == 1 && !strides.isEmpty() ? strides.getLast() : rowStride;
        return new Matrices(
                0, rows, spec.shape().dim(-1), rowStride, spec.strides().get(rank - 1), dims, strides);
    }

    Matrices transposed() {
        return new Matrices(first, columns, rows, columnStride, rowStride, batch, batchStrides);
    }

    /// The indices `from` to `from + count` of one dimension of the batch.
    Matrices part(int axis, long from, long count) {
        List<Long> dims = new ArrayList<>(batch);
        dims.set(axis, count);
        return new Matrices(
                first + from * batchStrides.get(axis), rows, columns, rowStride, columnStride, dims, batchStrides);
    }

    /// Whether BLAS can read the matrices where they lie: one stride 1, the other at least as large as what lies
    /// between, in 32 bits.
    boolean fit() {
        Matrices regular = regular();
        boolean rowMajor = regular.columnStride == 1 && regular.rowStride >= columns;
        boolean columnMajor = regular.rowStride == 1 && regular.columnStride >= rows;
        return (rowMajor || columnMajor) && Math.max(regular.rowStride, regular.columnStride) <= Integer.MAX_VALUE;
    }

    /// The same elements; a dimension of size 1, whose stride says nothing, gets one that BLAS accepts.
    Matrices regular() {
        long down = rows == 1 ? (columnStride == 1 || columns == 1 ? Math.max(1, columns) : 1) : rowStride;
        long along = columns == 1 ? (down == 1 ? Math.max(1, rows) : 1) : columnStride;
        return new Matrices(first, rows, columns, down, along, batch, batchStrides);
    }

    /// Number of matrices in memory.
    long distinct() {
        long count = 1;
        for (int axis = 0; axis < batch.size(); axis++) {
            count = Math.multiplyExact(count, batchStrides.get(axis) == 0 ? 1 : batch.get(axis));
        }
        return count;
    }

    /// A copy without gaps of every distinct matrix. Lines run as they do in the original, so that both are read
    /// and written in order.
    Matrices packed() {
        if (isColumnMajor()) {
            return transposed().packed().transposed();
        }
        List<Long> strides = new ArrayList<>(Collections.nCopies(batch.size(), 0L));
        long step = rows * columns;
        for (int axis = batch.size() - 1; axis >= 0; axis--) {
            if (batchStrides.get(axis) != 0) {
                strides.set(axis, step);
                step *= batch.get(axis);
            }
        }
        return new Matrices(0, rows, columns, columns, 1, batch, strides);
    }

    boolean isColumnMajor() {
        return columnStride != 1 && rowStride == 1 && rows > 1;
    }

    /// Where a row starts, the rows of all distinct matrices counted through.
    long rowPosition(long number) {
        long matrix = number / rows;
        long position = first + number % rows * rowStride;
        for (int axis = batch.size() - 1; axis >= 0; axis--) {
            if (batchStrides.get(axis) != 0) {
                position += matrix % batch.get(axis) * batchStrides.get(axis);
                matrix /= batch.get(axis);
            }
        }
        return position;
    }

    /// Whether the rows of all matrices are the rows of one, at equal distances and few enough for BLAS.
    boolean followEachOther() {
        long next = rowStride * rows;
        for (int axis = batch.size() - 1; axis >= 0; axis--) {
            if (batchStrides.get(axis) != next) {
                return false;
            }
            next *= batch.get(axis);
        }
        return distinct() * rows <= Integer.MAX_VALUE;
    }

    /// All rows as one matrix, if they [#followEachOther].
    Matrices stacked() {
        long count = batch.stream().reduce(rows, Math::multiplyExact);
        return single(first, count, columns, rowStride, columnStride);
    }
}
