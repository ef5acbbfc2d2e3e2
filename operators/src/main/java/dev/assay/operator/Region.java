package dev.assay.operator;

import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A box of elements of a tensor: a range in every dimension. Samples may have gaps: a list of coordinates instead.
public final class Region {
    private final long[] start;
    private final Shape size;
    /// Coordinates along every dimension; empty for a box.
    private final long[][] lists;

    private Region(long[] start, Shape size) {
        this(start, size, new long[0][]);
    }

    private Region(long[] start, Shape size, long[][] lists) {
        this.start = start;
        this.size = size;
        this.lists = lists;
    }

    /// The box that starts at these coordinates. Throws IllegalArgumentException if the ranks differ.
    public static Region of(long[] start, long... size) {
        if (start.length != size.length) {
            throw new IllegalArgumentException(start.length + " coordinates and " + size.length + " sizes");
        }
        return new Region(start.clone(), Shape.of(size));
    }

    /// All elements whose coordinates stand in these lists, one list to a dimension, each in ascending order. Without
    /// gaps
    /// it is the same as the box.
    public static Region grid(long[]... coordinates) {
        long[] start = new long[coordinates.length];
        long[] size = new long[coordinates.length];
        boolean gaps = false;
        for (int axis = 0; axis < start.length; axis++) {
            long[] list = coordinates[axis];
            size[axis] = list.length;
            start[axis] = list.length == 0 ? 0 : list[0];
            gaps |= list.length > 0 && list[list.length - 1] - list[0] >= list.length;
        }
        return gaps
                ? new Region(
                        start,
                        Shape.of(size),
                        Arrays.stream(coordinates).map(long[]::clone).toArray(long[][]::new))
                : of(start, size);
    }

    /// Whether there are gaps between its elements.
    public boolean hasGaps() {
        return lists.length > 0;
    }

    /// Coordinates along a dimension.
    public long[] along(int axis) {
        if (hasGaps()) {
            return lists[axis].clone();
        }
        long[] all = new long[Math.toIntExact(size.dim(axis))];
        Arrays.setAll(all, i -> start[axis] + i);
        return all;
    }

    /// Whether the element with these coordinates is in it.
    public boolean contains(long[] coordinates) {
        boolean inside = true;
        for (int axis = 0; axis < start.length && inside; axis++) {
            inside = hasGaps()
                    ? Arrays.binarySearch(lists[axis], coordinates[axis]) >= 0
                    : coordinates[axis] >= start[axis] && coordinates[axis] < start[axis] + size.dim(axis);
        }
        return inside;
    }

    public static Region all(Shape shape) {
        return new Region(new long[shape.rank()], shape);
    }

    public int rank() {
        return start.length;
    }

    public long start(int axis) {
        return start[axis < 0 ? axis + start.length : axis];
    }

    /// Sizes of the box; its elements are numbered in row-major order.
    public Shape size() {
        return size;
    }

    public long elements() {
        return size.elements();
    }

    /// Coordinates in the tensor of the box's element `index`.
    public long[] coordinates(long index) {
        long[] at = size.coordinates(index);
        for (int axis = 0; axis < at.length; axis++) {
            at[axis] = hasGaps() ? lists[axis][(int) at[axis]] : at[axis] + start[axis];
        }
        return at;
    }

    /// Row-major number in a tensor of `shape` of the box's element `index`.
    public long number(Shape shape, long index) {
        long[] at = coordinates(index);
        long number = 0;
        for (int axis = 0; axis < at.length; axis++) {
            number = number * shape.dim(axis) + at[axis];
        }
        return number;
    }

    /// Boxes of at most `elements` elements that cover a shape in order: whole trailing dimensions as far as they
    /// fit, ranges of the one before them.
    public static List<Region> rows(Shape shape, long elements) {
        List<Region> boxes = new ArrayList<>();
        if (!shape.isEmpty()) {
            split(shape, 0, new long[shape.rank()], new long[0], elements, boxes);
        }
        return boxes;
    }

    private static void split(Shape shape, int axis, long[] start, long[] fixed, long limit, List<Region> into) {
        long inner = shape.slice(Math.min(axis + 1, shape.rank()), shape.rank()).elements();
        if (axis >= shape.rank() || inner <= limit) {
            long step = axis >= shape.rank() ? 1 : Math.max(1, limit / inner);
            long end = axis >= shape.rank() ? 1 : shape.dim(axis);
            for (long from = 0; from < end; from += step) {
                long[] at = start.clone();
                long[] size = Arrays.copyOf(fixed, shape.rank());
                if (axis < shape.rank()) {
                    at[axis] = from;
                    size[axis] = Math.min(step, end - from);
                }
                for (int rest = axis + 1; rest < shape.rank(); rest++) {
                    size[rest] = shape.dim(rest);
                }
                into.add(of(at, size));
            }
            return;
        }
        long[] one = Arrays.copyOf(fixed, fixed.length + 1);
        one[fixed.length] = 1;
        for (long i = 0; i < shape.dim(axis); i++) {
            long[] at = start.clone();
            at[axis] = i;
            split(shape, axis + 1, at, one, limit, into);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Region region
                && Arrays.equals(start, region.start)
                && size.equals(region.size)
                && Arrays.deepEquals(lists, region.lists);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(start) + size.hashCode()) + Arrays.deepHashCode(lists);
    }

    @Override
    public String toString() {
        return Arrays.toString(start) + "+" + size + (hasGaps() ? " with gaps" : "");
    }
}
