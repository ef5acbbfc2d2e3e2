package dev.assay.operator;

import dev.assay.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/// Broadcasting as NumPy and ONNX have it: shapes are aligned at the end, and dimensions of size 1 or missing repeat.
public final class Broadcast {
    private final long[] size;
    private final long[] stride;

    private Broadcast(long[] size, long[] stride) {
        this.size = size;
        this.stride = stride;
    }

    /// The common shape. Throws [InvalidCallException] if there is none.
    public static Shape shape(List<Shape> shapes, String where) {
        int rank = shapes.stream().mapToInt(Shape::rank).max().orElse(0);
        long[] dims = new long[rank];
        Arrays.fill(dims, 1);
        for (Shape shape : shapes) {
            for (int axis = 0; axis < shape.rank(); axis++) {
                int to = axis + rank - shape.rank();
                long dim = shape.dim(axis);
                if (dims[to] != dim && dims[to] != 1 && dim != 1) {
                    throw new InvalidCallException(
                            "shapes " + shapes + " do not broadcast: " + dims[to] + " and " + dim + " meet",
                            where,
                            "make aligned dimensions equal, or 1");
                }
                dims[to] = dim == 1 ? dims[to] : dim;
            }
        }
        return Shape.of(dims);
    }

    /// Reads a tensor of shape `from` at the places of one of shape `to`.
    public static Broadcast of(Shape from, Shape to) {
        long[] size = to.toArray();
        long[] stride = new long[size.length];
        long[] dense = from.denseStrides();
        for (int axis = 0; axis < from.rank(); axis++) {
            stride[axis + size.length - from.rank()] = from.dim(axis) == 1 ? 0 : dense[axis];
        }
        return new Broadcast(size, stride);
    }

    /// The row-major number of the element of the smaller tensor that stands at element `index` of the larger one.
    public long source(long index) {
        long rest = index;
        long source = 0;
        for (int axis = size.length - 1; axis >= 0; axis--) {
            source += rest % size[axis] * stride[axis];
            rest /= size[axis];
        }
        return source;
    }
}
