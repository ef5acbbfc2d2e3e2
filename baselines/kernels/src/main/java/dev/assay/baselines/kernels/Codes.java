package dev.assay.baselines.kernels;

import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;

/// Copies of elements as they are stored, whatever their type.
final class Codes {
    private Codes() {}

    static long code(Tensor tensor, long number) {
        return tensor.codeAt(tensor.position(number));
    }

    /// A run of elements in row-major order.
    static void run(Tensor from, long first, Tensor to, long start, long count) {
        for (long i = 0; i < count; i++) {
            to.setCodeAt(start + i, code(from, first + i));
        }
    }

    static void all(Tensor from, Tensor to) {
        run(from, 0, to, 0, from.shape().elements());
    }

    static void fill(Tensor to, long code) {
        for (long i = 0; i < to.shape().elements(); i++) {
            to.setCodeAt(i, code);
        }
    }

    /// The whole number that an element of an integer type holds.
    static long whole(Tensor tensor, long number) {
        return tensor.dtype().decodeLong(code(tensor, number));
    }

    /// An index with negative ones counted from the end; stops a launch that would leave the tensor.
    static long index(Tensor indices, long number, long size) {
        long given = whole(indices, number);
        return java.util.Objects.checkIndex(given < 0 ? given + size : given, size);
    }

    /// Exchange of dimensions: walks over the input and scatters.
    ///
    /// @param from sizes of the input, which may be other than the tensor's
    static void permuted(Tensor data, Shape from, int[] perm, Tensor out) {
        int rank = from.rank();
        long[] steps = new long[rank];
        long step = 1;
        for (int i = rank - 1; i >= 0; i--) {
            steps[perm[i]] = step;
            step *= from.dim(perm[i]);
        }
        for (long number = 0; number < from.elements(); number++) {
            long rest = number;
            long to = 0;
            for (int axis = rank - 1; axis >= 0; axis--) {
                to += rest % from.dim(axis) * steps[axis];
                rest /= from.dim(axis);
            }
            out.setCodeAt(to, code(data, number));
        }
    }

    /// Elements of the input at all combinations of the lists' indices; `other` where one of them is negative.
    static void selected(Tensor data, long[][] lists, long other, Tensor out) {
        Shape shape = data.shape();
        long number = 0;
        int[] turn = new int[lists.length];
        while (number < out.shape().elements()) {
            long source = 0;
            boolean inside = true;
            for (int axis = 0; axis < lists.length; axis++) {
                long at = lists[axis][turn[axis]];
                inside &= at >= 0;
                source = source * shape.dim(axis) + at;
            }
            out.setCodeAt(number++, inside ? code(data, source) : other);
            for (int axis = lists.length - 1; axis >= 0 && ++turn[axis] == lists[axis].length; axis--) {
                turn[axis] = 0;
            }
        }
    }

    /// All indices of every dimension.
    static long[][] everything(Shape shape) {
        long[][] lists = new long[shape.rank()][];
        Arrays.setAll(lists, axis -> LongStream.range(0, shape.dim(axis)).toArray());
        return lists;
    }

    /// Axes from 0; the first ones where the call names none.
    static int[] axes(List<Long> axes, int rank) {
        return axes.stream()
                .mapToInt(axis -> Math.toIntExact(axis < 0 ? axis + rank : axis))
                .toArray();
    }

    static List<Long> ones(int count) {
        return Collections.nCopies(count, 1L);
    }

    static List<Long> firstOnes(int count) {
        return LongStream.range(0, count).boxed().toList();
    }
}
