package dev.assay.baselines.cpu;

import dev.assay.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/// Matrix products `C = A·B` over fixed places in memory, computed by ND4J there and nowhere else.
///
/// ND4J hands each one to OpenBLAS without a copy. It is given the transposed problem `Cᵀ = Bᵀ·Aᵀ`, for it writes
/// results in column-major order only, and C is row-major. Built once and run many times: building takes 20 to 90 µs,
/// running 1 µs more than the product itself.
final class Product {
    private final Mmul operation;
    private final OpContext context;

    /// Matrices in memory that holds f32 or f64.
    record Operand(MemorySegment memory, Matrices layout) {}

    private Product(INDArray left, INDArray right, INDArray result) {
        this.operation = new Mmul(left, right, result, 1, 0, null);
        this.context = Nd4j.getExecutioner().buildContext();
        context.setInputArrays(left, right);
        context.setOutputArrays(result);
        context.setTArguments(1, 0);
    }

    /// No size may be 0, all matrices [Matrices#fit], and the result is row-major.
    ///
    /// @param dtype f32 or f64, of all three
    static Product of(DType dtype, Operand a, Operand b, Operand c) {
        boolean single = a.layout().batch().isEmpty();
        // A vector makes ND4J choose BLAS's product of matrix and vector, which reads the matrix once: ten times as
        // fast as the general one (1.4 against 14 ms for 4096 x 4096).
        if (single && b.layout().columns() == 1) {
            return new Product(matrices(dtype, a), column(dtype, b), column(dtype, c));
        }
        if (single && a.layout().rows() == 1) {
            return new Product(
                    matrices(dtype, transposed(b)), column(dtype, transposed(a)), column(dtype, transposed(c)));
        }
        return new Product(
                matrices(dtype, transposed(b)), matrices(dtype, transposed(a)), matrices(dtype, transposed(c)));
    }

    private static Operand transposed(Operand operand) {
        return new Operand(operand.memory(), operand.layout().transposed());
    }

    private static INDArray matrices(DType dtype, Operand operand) {
        Matrices layout = operand.layout().regular();
        int rank = layout.batch().size() + 2;
        long[] shape = new long[rank];
        long[] strides = new long[rank];
        for (int axis = 0; axis < rank - 2; axis++) {
            shape[axis] = layout.batch().get(axis);
            strides[axis] = layout.batchStrides().get(axis);
        }
        shape[rank - 2] = layout.rows();
        shape[rank - 1] = layout.columns();
        strides[rank - 2] = layout.rowStride();
        strides[rank - 1] = layout.columnStride();
        return array(dtype, shape, strides, operand);
    }

    private static INDArray column(DType dtype, Operand operand) {
        long length = operand.layout().rows();
        long stride = length == 1 ? 1 : operand.layout().rowStride();
        return array(dtype, new long[] {length}, new long[] {stride}, operand);
    }

    private static INDArray array(DType dtype, long[] shape, long[] strides, Operand operand) {
        long elements = 1;
        for (int axis = 0; axis < shape.length; axis++) {
            elements += (shape[axis] - 1) * strides[axis];
        }
        int bytes = dtype == DType.F64 ? Double.BYTES : Float.BYTES;
        // The slice checks that all of it lies in the memory; ND4J checks nothing.
        MemorySegment memory = operand.memory().asSlice(operand.layout().first() * bytes, elements * bytes);
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
