package dev.assay.tensor;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// Element type, shape and layout of a tensor, without its values. Prints as `bf16[64,128]`.
///
/// @param dtype element type as stored, not the type used to accumulate
/// @param shape sizes, outermost dimension first
/// @param strides in elements, one per dimension, none negative; a stride of 0 repeats (broadcast view)
public record TensorSpec(DType dtype, Shape shape, List<Long> strides) {

    public TensorSpec {
        requireNonNull(dtype, "dtype");
        requireNonNull(shape, "shape");
        strides = List.copyOf(strides);
        if (strides.size() != shape.rank()) {
            throw new IllegalArgumentException(strides.size() + " strides for shape " + shape);
        }
        for (long stride : strides) {
            if (stride < 0) {
                throw new IllegalArgumentException("negative stride in " + strides);
            }
        }
        if (dtype.bits() < 8 && !strides.equals(boxed(shape.denseStrides()))) {
            throw new IllegalArgumentException(dtype + " is packed and cannot have strides " + strides);
        }
    }

    /// Row-major without gaps.
    public static TensorSpec dense(DType dtype, Shape shape) {
        return new TensorSpec(dtype, shape, boxed(shape.denseStrides()));
    }

    public static TensorSpec of(DType dtype, long... dims) {
        return dense(dtype, Shape.of(dims));
    }

    private static List<Long> boxed(long[] values) {
        return LongStream.of(values).boxed().toList();
    }

    /// The same values seen with dimensions `a` and `b` exchanged (negative numbers count from the end).
    public TensorSpec transposed(int a, int b) {
        int first = a < 0 ? a + shape.rank() : a;
        int second = b < 0 ? b + shape.rank() : b;
        long[] dims = shape.toArray();
        long[] steps = strideArray();
        long dim = dims[first];
        long step = steps[first];
        dims[first] = dims[second];
        steps[first] = steps[second];
        dims[second] = dim;
        steps[second] = step;
        return new TensorSpec(dtype, Shape.of(dims), boxed(steps));
    }

    /// Whether elements lie in row-major order without gaps. Sizes of 1 leave their stride free.
    public boolean isDense() {
        long[] dense = shape.denseStrides();
        for (int axis = 0; axis < dense.length; axis++) {
            if (shape.dim(axis) > 1 && strides.get(axis) != dense[axis]) {
                return shape.isEmpty();
            }
        }
        return true;
    }

    /// Elements between the first and the last one in memory, both included; 0 if there are none.
    public long extent() {
        if (shape.isEmpty()) {
            return 0;
        }
        long last = 0;
        for (int axis = 0; axis < shape.rank(); axis++) {
            last = Math.addExact(last, Math.multiplyExact(shape.dim(axis) - 1, strides.get(axis)));
        }
        return last + 1;
    }

    /// Bytes from the first to the last element, both included. Throws ArithmeticException if it exceeds a long.
    public long byteSize() {
        return dtype.bytes(extent());
    }

    public long[] strideArray() {
        return strides.stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public String toString() {
        String text = dtype.label() + shape;
        return isDense()
                ? text
                : text + strides.stream().map(Object::toString).collect(Collectors.joining(",", "{", "}"));
    }
}
