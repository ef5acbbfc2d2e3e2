package dev.assay.baselines.cpu;

import dev.assay.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/// Matrix products `C = A·B` over fixed places in memory, computed by ND4J there and nowhere else.
///
/// ND4J hands each one to OpenBLAS without a copy. It is given the transposed problem `Cᵀ = Bᵀ·Aᵀ`, for it writes
/// results in column-major order only, and C is row-major. Built once and run many times: building takes about 30 µs,
/// running 1 µs more than the product itself.
final class Product {
    private final Mmul operation;
    private final OpContext context;

    /// A batch of matrices in memory, strides in elements. One matrix stride is 1, the other as large as what lies
    /// between (see [#fits]); a batch stride of 0 repeats.
    ///
    /// @param memory holds f32 or f64
    /// @param first the element (0, 0) of the first matrix
    record Strided(MemorySegment memory, long first, long rowStride, long columnStride, List<Long> batchStrides) {
        Strided {
            batchStrides = List.copyOf(batchStrides);
        }

        static Strided matrix(MemorySegment memory, long first, long rowStride, long columnStride) {
            return new Strided(memory, first, rowStride, columnStride, List.of());
        }

        Strided transposed() {
            return new Strided(memory, first, columnStride, rowStride, batchStrides);
        }
    }

    /// Whether BLAS can read a matrix with these strides as it lies in memory.
    static boolean fits(long rows, long columns, long rowStride, long columnStride) {
        long down = rows == 1 ? rowStrideOfOne(columns, columnStride) : rowStride;
        long along = columns == 1 ? columnStrideOfOne(rows, rowStride) : columnStride;
        boolean rowMajor = along == 1 && down >= columns;
        boolean columnMajor = down == 1 && along >= rows;
        return (rowMajor || columnMajor) && Math.max(down, along) <= Integer.MAX_VALUE;
    }

    /// A dimension of size 1 may have any stride; BLAS asks for one that would be possible if it were larger.
    private static long rowStrideOfOne(long columns, long columnStride) {
        return columnStride == 1 || columns == 1 ? Math.max(1, columns) : 1;
    }

    private static long columnStrideOfOne(long rows, long rowStride) {
        return rowStride == 1 || rows == 1 ? Math.max(1, rows) : 1;
    }

    private Product(INDArray left, INDArray right, INDArray result) {
        this.operation = new Mmul(left, right, result, 1, 0, null);
        this.context = Nd4j.getExecutioner().buildContext();
        context.setInputArrays(left, right);
        context.setOutputArrays(result);
        context.setTArguments(1, 0);
    }

    /// @param dtype f32 or f64, of all three
    /// @param batch batch dimensions; may be empty
    /// @param m rows of A and C, at least 1 as all sizes
    /// @param c its column stride is 1
    static Product of(DType dtype, List<Long> batch, long m, long n, long k, Strided a, Strided b, Strided c) {
        // A vector makes ND4J choose BLAS's product of matrix and vector, which reads the matrix once: ten times as
        // fast as the general one (1.4 against 14 ms for 4096 x 4096).
        if (batch.isEmpty() && n == 1) {
            return new Product(
                    matrix(dtype, batch, m, k, a),
                    vector(dtype, k, b, b.rowStride()),
                    vector(dtype, m, c, c.rowStride()));
        }
        INDArray right = matrix(dtype, batch, n, k, b.transposed());
        if (batch.isEmpty() && m == 1) {
            return new Product(right, vector(dtype, k, a, a.columnStride()), vector(dtype, n, c, c.columnStride()));
        }
        return new Product(
                right, matrix(dtype, batch, k, m, a.transposed()), matrix(dtype, batch, n, m, c.transposed()));
    }

    private static INDArray matrix(DType dtype, List<Long> batch, long rows, long columns, Strided at) {
        int rank = batch.size() + 2;
        long[] shape = new long[rank];
        long[] strides = new long[rank];
        for (int axis = 0; axis < rank - 2; axis++) {
            shape[axis] = batch.get(axis);
            strides[axis] = at.batchStrides().get(axis);
        }
        shape[rank - 2] = rows;
        shape[rank - 1] = columns;
        strides[rank - 2] = rows == 1 ? rowStrideOfOne(columns, at.columnStride()) : at.rowStride();
        strides[rank - 1] = columns == 1 ? columnStrideOfOne(rows, at.rowStride()) : at.columnStride();
        return array(dtype, shape, strides, at);
    }

    private static INDArray vector(DType dtype, long length, Strided at, long stride) {
        return array(dtype, new long[] {length}, new long[] {length == 1 ? 1 : stride}, at);
    }

    private static INDArray array(DType dtype, long[] shape, long[] strides, Strided at) {
        long elements = 1;
        for (int axis = 0; axis < shape.length; axis++) {
            elements += (shape[axis] - 1) * strides[axis];
        }
        int bytes = dtype == DType.F64 ? Double.BYTES : Float.BYTES;
        // The slice checks that all of it lies in the memory; ND4J checks nothing.
        MemorySegment memory = at.memory().asSlice(at.first() * bytes, elements * bytes);
        DataType type = dtype == DType.F64 ? DataType.DOUBLE : DataType.FLOAT;
        char order = shape.length == 2 ? 'f' : 'c';
        return Nd4j.create(Nd4j.createBuffer(new Address(memory), elements, type), shape, strides, 0, order);
    }

    /// Memory of somebody else in JavaCPP's terms.
    private static final class Address extends Pointer {
        Address(MemorySegment memory) {
            this.address = memory.address();
        }
    }

    void run() {
        try {
            Nd4j.getExecutioner().exec(operation, context);
        } finally {
            // ND4J frees its side of an array that the collector finds unreachable, even while native code uses it.
            Reference.reachabilityFence(this);
        }
    }
}
