package dev.assay.tensor;

import java.util.function.Function;

/// A named recipe for the values of one tensor.
///
/// Counter-based: the value of an element depends on the keys and on the element's number alone, so any element can
/// be produced alone, on any machine, in any order.
public interface Fill {

    /// Canonical text, as in a suite: `uniform(-1,1)`.
    String name();

    /// The values for one tensor of one case.
    Values bind(Site site);

    /// Values of one tensor before they are rounded to its dtype.
    @FunctionalInterface
    interface Values {
        /// The value of the element with row-major number `index`.
        double at(long index);
    }

    /// The line of elements that an operator sums over: `length` of them, `stride` apart in row-major order.
    ///
    /// Recipes that place something along a reduction (pairs that cancel, outlier channels) shuffle along it.
    record Along(long length, long stride) {
        /// Dimension `axis` of a shape; negative axes count from the end.
        public static Along axis(Shape shape, int axis) {
            int from = axis < 0 ? axis + shape.rank() : axis;
            long stride = shape.slice(from + 1, shape.rank()).elements();
            return new Along(shape.dim(from), Math.max(1, stride));
        }

        /// Dimensions `from` to the last, taken as one.
        public static Along trailing(Shape shape, int from) {
            return new Along(shape.slice(from, shape.rank()).elements(), 1);
        }

        long position(long index) {
            return index / stride % length;
        }

        /// Number of the line that an element lies on.
        long line(long index) {
            return index / (stride * length) * stride + index % stride;
        }

        /// The element at another position of the same line.
        long moved(long index, long position) {
            return index + (position - position(index)) * stride;
        }
    }

    /// What a recipe may know of the tensor it fills.
    ///
    /// @param spec the tensor
    /// @param along the line that the operator sums over
    /// @param tensorKey differs from tensor to tensor of a case
    /// @param caseKey common to all tensors of a case, for what two of them must agree on
    /// @param others values of the other inputs of the case, by name
    record Site(TensorSpec spec, Along along, long tensorKey, long caseKey, Function<String, Values> others) {}

    /// Writes the values into a tensor, each rounded once.
    static void write(Values values, Tensor into) {
        if (into.shape().elements() > 0) {
            new MemoryOrder(into.spec()).forEachLine((position, step, index, indexStep, length) -> {
                double[] line = new double[length];
                for (int i = 0; i < length; i++) {
                    line[i] = values.at(index + i * indexStep);
                }
                into.encodeRun(position, step, length, line, 0);
            });
        }
    }
}
