package dev.assay.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// Sizes of a tensor, outermost dimension first. Rank 0 is a scalar with one element. Prints as `[64,128]`.
public final class Shape {
    private final long[] dims;
    private final long elements;

    private Shape(long[] dims) {
        this.dims = dims;
        long product = 1;
        boolean empty = false;
        for (long dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException("negative size in shape " + Arrays.toString(dims));
            }
            empty |= dim == 0;
        }
        for (long dim : dims) {
            product = empty ? 0 : Math.multiplyExact(product, dim);
        }
        this.elements = product;
    }

    /// Throws IllegalArgumentException for a negative size, ArithmeticException if the count exceeds a long.
    public static Shape of(long... dims) {
        return new Shape(dims.clone());
    }

    public static Shape of(List<Long> dims) {
        return new Shape(dims.stream().mapToLong(Long::longValue).toArray());
    }

    public int rank() {
        return dims.length;
    }

    /// Size of dimension `axis`; negative axes count from the end.
    public long dim(int axis) {
        return dims[axis < 0 ? axis + dims.length : axis];
    }

    /// Number of elements.
    public long elements() {
        return elements;
    }

    public boolean isEmpty() {
        return elements == 0;
    }

    public long[] toArray() {
        return dims.clone();
    }

    public List<Long> toList() {
        return LongStream.of(dims).boxed().toList();
    }

    /// The sizes `from` (inclusive) to `to` (exclusive) as a shape of their own.
    public Shape slice(int from, int to) {
        return new Shape(Arrays.copyOfRange(dims, from, to));
    }

    /// This shape with `other` behind it.
    public Shape concat(Shape other) {
        long[] all = Arrays.copyOf(dims, dims.length + other.dims.length);
        System.arraycopy(other.dims, 0, all, dims.length, other.dims.length);
        return new Shape(all);
    }

    /// This shape with size `size` in dimension `axis` (negative axes count from the end).
    public Shape with(int axis, long size) {
        long[] changed = dims.clone();
        changed[axis < 0 ? axis + dims.length : axis] = size;
        return new Shape(changed);
    }

    /// Row-major strides in elements.
    public long[] denseStrides() {
        long[] strides = new long[dims.length];
        long step = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides[axis] = step;
            step *= Math.max(1, dims[axis]);
        }
        return strides;
    }

    /// Coordinates of the element with row-major number `index`.
    public long[] coordinates(long index) {
        long[] at = new long[dims.length];
        long rest = index;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            at[axis] = rest % dims[axis];
            rest /= dims[axis];
        }
        return at;
    }

    /// Sizes joined by `x`: `64x128`; `1` for a scalar is the empty string.
    public String joined() {
        return LongStream.of(dims).mapToObj(Long::toString).collect(Collectors.joining("x"));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    @Override
    public String toString() {
        return LongStream.of(dims).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    }
}
