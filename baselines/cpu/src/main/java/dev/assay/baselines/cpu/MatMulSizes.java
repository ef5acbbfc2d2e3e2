package dev.assay.baselines.cpu;

import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// Sizes of the products of a `matmul` call, and how the elements of its tensors lie.
///
/// @param batch batch dimensions larger than 1
record MatMulSizes(List<Long> batch, long m, long n, long k, Layout a, Layout b, Layout y) {
    MatMulSizes {
        batch = List.copyOf(batch);
    }

    static MatMulSizes of(TensorSpec a, TensorSpec b, TensorSpec y) {
        boolean rowVector = a.shape().rank() == 1;
        boolean columnVector = b.shape().rank() == 1;
        TensorSpec left = rowVector ? withDimension(a, 0) : a;
        TensorSpec right = columnVector ? withDimension(b, 1) : b;
        TensorSpec result = columnVector ? withDimension(y, y.shape().rank()) : y;
        result = rowVector ? withDimension(result, result.shape().rank() - 1) : result;
        Shape batch = result.shape().slice(0, result.shape().rank() - 2);
        List<Long> dims = batch.toList().stream().filter(dim -> dim != 1).toList();
        MatMulSizes sizes = new MatMulSizes(
                dims,
                left.shape().dim(-2),
                right.shape().dim(-1),
                left.shape().dim(-1),
                Layout.of(left, batch),
                Layout.of(right, batch),
                Layout.of(result, batch));
        return sizes.flattened();
    }

    /// The same values with a dimension of size 1 put in at `axis`.
    private static TensorSpec withDimension(TensorSpec spec, int axis) {
        List<Long> dims = new ArrayList<>(spec.shape().toList());
        List<Long> strides = new ArrayList<>(spec.strides());
        dims.add(axis, 1L);
        strides.add(axis, 1L);
        return new TensorSpec(spec.dtype(), Shape.of(dims), strides);
    }

    /// A batch of left operands times one right operand is one product with many rows.
    private MatMulSizes flattened() {
        long rows = products() * m;
        boolean oneRight = b.batchStrides().stream().allMatch(stride -> stride == 0);
        OptionalLong stepOfA = a.stepOfAllRows();
        OptionalLong stepOfY = y.stepOfAllRows();
        if (batch.isEmpty()
                || !oneRight
                || rows > Integer.MAX_VALUE
                || stepOfA.isEmpty()
                || stepOfY.isEmpty()
                || isEmpty()) {
            return this;
        }
        return new MatMulSizes(
                List.of(),
                rows,
                n,
                k,
                Layout.matrix(rows, k, stepOfA.getAsLong(), a.columnStride()),
                Layout.matrix(k, n, b.rowStride(), b.columnStride()),
                Layout.matrix(rows, n, stepOfY.getAsLong(), y.columnStride()));
    }

    /// Number of products.
    long products() {
        return batch.stream().reduce(1L, Math::multiplyExact);
    }

    boolean isEmpty() {
        return products() * m * n == 0;
    }

    /// Some of the products: those from the batch index `start`, over the batch dimensions `batch`, the last ones
    /// there are.
    record Part(List<Long> start, List<Long> batch) {
        Part {
            start = List.copyOf(start);
            batch = List.copyOf(batch);
        }
    }

    /// All products in about `wanted` parts.
    List<Part> parts(long wanted) {
        List<Part> parts = new ArrayList<>();
        split(List.of(), wanted, parts);
        return parts;
    }

    private void split(List<Long> start, long wanted, List<Part> into) {
        List<Long> rest = batch.subList(start.size(), batch.size());
        if (wanted <= 1 || rest.isEmpty()) {
            into.add(new Part(padded(start), rest));
            return;
        }
        long size = rest.getFirst();
        if (size <= wanted) {
            for (long index = 0; index < size; index++) {
                split(with(start, index), Math.ceilDiv(wanted, size), into);
            }
            return;
        }
        long step = Math.ceilDiv(size, wanted);
        for (long index = 0; index < size; index += step) {
            List<Long> dims = new ArrayList<>(rest);
            dims.set(0, Math.min(step, size - index));
            into.add(new Part(padded(with(start, index)), dims));
        }
    }

    private static List<Long> with(List<Long> start, long index) {
        List<Long> longer = new ArrayList<>(start);
        longer.add(index);
        return longer;
    }

    private List<Long> padded(List<Long> start) {
        List<Long> full = new ArrayList<>(start);
        while (full.size() < batch.size()) {
            full.add(0L);
        }
        return full;
    }

    /// A matrix in a tensor's memory, once for every batch index; strides in elements, 0 where the index does not
    /// matter.
    record Layout(
            long rows, long columns, long rowStride, long columnStride, List<Long> batch, List<Long> batchStrides) {
        Layout {
            batch = List.copyOf(batch);
            batchStrides = List.copyOf(batchStrides);
        }

        static Layout matrix(long rows, long columns, long rowStride, long columnStride) {
            return new Layout(rows, columns, rowStride, columnStride, List.of(), List.of());
        }

        /// @param batch dimensions of the result, against which the tensor's own broadcast
        static Layout of(TensorSpec spec, Shape batch) {
            int rank = spec.shape().rank();
            List<Long> dims = new ArrayList<>();
            List<Long> strides = new ArrayList<>();
            for (int axis = 0; axis < batch.rank(); axis++) {
                int own = axis - batch.rank() + rank - 2;
                if (batch.dim(axis) != 1) {
                    dims.add(batch.dim(axis));
                    boolean repeats = own < 0 || spec.shape().dim(own) == 1;
                    strides.add(repeats ? 0 : spec.strides().get(own));
                }
            }
            return new Layout(
                    spec.shape().dim(-2),
                    spec.shape().dim(-1),
                    spec.strides().get(rank - 2),
                    spec.strides().get(rank - 1),
                    dims,
                    strides);
        }

        /// Whether BLAS can read the matrices as they lie.
        boolean fits() {
            return Product.fits(rows, columns, rowStride, columnStride);
        }

        /// Whether BLAS can write them there.
        boolean isRowMajor() {
            return fits() && (columnStride == 1 || columns == 1);
        }

        /// Elements from row to row of all matrices taken as one, if that is always the same number.
        OptionalLong stepOfAllRows() {
            long step = rowStride;
            long next = rowStride * rows;
            boolean first = rows == 1;
            for (int axis = batch.size() - 1; axis >= 0; axis--) {
                long stride = batchStrides.get(axis);
                if (!first && stride != next) {
                    return OptionalLong.empty();
                }
                step = first ? stride : step;
                next = stride * batch.get(axis);
                first = false;
            }
            return OptionalLong.of(step);
        }

        /// Different matrices in memory.
        long matrices() {
            long count = 1;
            for (int axis = 0; axis < batch.size(); axis++) {
                count *= batchStrides.get(axis) == 0 ? 1 : batch.get(axis);
            }
            return count;
        }

        long elements() {
            return matrices() * rows * columns;
        }

        private boolean isColumnMajor() {
            return rowStride == 1 && columnStride != 1 && rows > 1;
        }

        /// A copy without gaps of every different matrix. Its lines run as the original's do, so that both are
        /// read and written in order; a result is row-major.
        Layout packed(boolean result) {
            boolean columnMajor = isColumnMajor() && !result;
            List<Long> strides = new ArrayList<>(batchStrides);
            long step = rows * columns;
            for (int axis = batch.size() - 1; axis >= 0; axis--) {
                if (strides.get(axis) != 0) {
                    strides.set(axis, step);
                    step *= batch.get(axis);
                }
            }
            return new Layout(rows, columns, columnMajor ? 1 : columns, columnMajor ? rows : 1, batch, strides);
        }

        /// A line is a row, or a column where columns are what lies together.
        long lineLength() {
            return isColumnMajor() ? rows : columns;
        }

        /// Lines of one matrix.
        long lineCount() {
            return isColumnMajor() ? columns : rows;
        }

        /// Elements from one element of a line to the next.
        long lineStep() {
            return isColumnMajor() ? rowStride : columnStride;
        }

        /// Where a line starts, all lines of all different matrices counted through.
        long linePosition(long line) {
            long matrix = line / lineCount();
            long position = line % lineCount() * (isColumnMajor() ? columnStride : rowStride);
            for (int axis = batch.size() - 1; axis >= 0; axis--) {
                if (batchStrides.get(axis) != 0) {
                    position += matrix % batch.get(axis) * batchStrides.get(axis);
                    matrix /= batch.get(axis);
                }
            }
            return position;
        }

        /// The matrices of a part in memory.
        Product.Strided strided(MemorySegment memory, Part part) {
            long first = 0;
            for (int axis = 0; axis < batch.size(); axis++) {
                first += part.start().get(axis) * batchStrides.get(axis);
            }
            List<Long> strides =
                    batchStrides.subList(batch.size() - part.batch().size(), batch.size());
            return new Product.Strided(memory, first, rowStride, columnStride, strides);
        }
    }
}
