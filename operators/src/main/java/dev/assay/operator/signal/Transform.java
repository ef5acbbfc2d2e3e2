package dev.assay.operator.signal;

import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The oracle of Fourier transforms along some dimensions of a tensor of complex or real numbers.
final class Transform extends LineOracle {
    private final Plan plan;
    private final Tensor x;
    private final SpectralError errors;
    private final TensorLines lines;

    /// What is transformed and how.
    ///
    /// @param in shape of the input, with a last dimension of 1 for real numbers or 2 for complex
    ///     ones
    /// @param out shape of the output, likewise
    /// @param axes transformed dimensions in ascending order
    /// @param lengths of the transform along each of them; what the input lacks is 0, what it has
    ///     more is left out
    /// @param inverse whether the exponent is positive
    /// @param half index into `axes` of the dimension of which one half is kept, or negative: the
    ///     other half follows by symmetry. Forward the output has it; inverse the input has it, and the
    ///     output is real
    /// @param factor of all results
    record Plan(
            Shape in,
            Shape out,
            List<Integer> axes,
            List<Integer> lengths,
            boolean inverse,
            int half,
            DoubleDouble factor) {
        Plan {
            axes = List.copyOf(axes);
            lengths = List.copyOf(lengths);
        }

        int[] sizes() {
            return lengths.stream().mapToInt(Integer::intValue).toArray();
        }

        /// Numbers that take part in one transform.
        int count() {
            return lengths.stream().reduce(1, Math::multiplyExact);
        }

        /// How many transforms there are.
        double transforms() {
            double elements = out.elements();
            for (int axis : axes) {
                elements /= Math.max(1, out.dim(axis));
            }
            return elements / out.dim(-1);
        }
    }

    Transform(Plan plan, Tensor x, SpectralError errors) {
        super(plan.count() * 2, List.of(new Layout(plan.out(), withLast(plan.axes(), plan.out()), 0)));
        this.plan = plan;
        this.x = x;
        this.errors = errors;
        this.lines = TensorLines.along(
                plan.in(),
                withLast(plan.axes(), plan.in()).stream()
                        .mapToInt(Integer::intValue)
                        .toArray());
    }

    /// These dimensions and the one of real and imaginary parts.
    private static List<Integer> withLast(List<Integer> axes, Shape shape) {
        return Stream.concat(axes.stream(), Stream.of(shape.rank() - 1)).toList();
    }

    /// Row-major numbers in an array of the plan's lengths of the elements of one that is shorter or
    /// longer; negative for those outside.
    private static int[] places(Shape shape, Plan plan) {
        int[] lengths = plan.sizes();
        int[] sizes =
                plan.axes().stream().mapToInt(axis -> (int) shape.dim(axis)).toArray();
        int count = Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
        int[] places = new int[count];
        for (int n = 0; n < count; n++) {
            int rest = n;
            int place = 0;
            int weight = 1;
            for (int axis = sizes.length - 1; axis >= 0; axis--) {
                int at = rest % sizes[axis];
                rest /= sizes[axis];
                place = place < 0 || at >= lengths[axis] ? -1 : place + at * weight;
                weight *= lengths[axis];
            }
            places[n] = place;
        }
        return places;
    }

    @Override
    protected Line line(long number, Observed device) {
        ComplexLine values = ComplexLine.zeros(plan.count());
        double[] read = lines.read(x, number);
        int parts = Math.toIntExact(plan.in().dim(-1));
        int[] from = places(plan.in(), plan);
        boolean finite = true;
        for (int n = 0; n < from.length; n++) {
            if (from[n] >= 0) {
                double im = parts == 2 ? read[n * parts + 1] : 0;
                values.set(from[n], read[n * parts], im);
                finite &= Double.isFinite(read[n * parts]) && Double.isFinite(im);
            }
        }
        boolean mirrored = plan.half() >= 0 && plan.inverse();
        if (mirrored) {
            mirror(values);
        }
        double squares = values.squares();
        double magnitudes = values.magnitudes();
        boolean known = finite && Double.isFinite(squares);
        if (known) {
            for (int axis = 0; axis < plan.axes().size(); axis++) {
                ExactDft.along(values, plan.sizes(), axis, plan.inverse());
            }
        }
        int width = Math.toIntExact(plan.out().dim(-1));
        int[] to = places(plan.out(), plan);
        return (output, position, into, at) -> {
            if (!known) {
                // Which products of infinities and zeros are formed depends on the algorithm.
                put(Estimate.exact(Double.NaN).doubting(Estimate.OPEN), into, at);
                return;
            }
            int place = to[position / width];
            DoubleDouble value = position % width == 0 ? values.re()[place] : values.im()[place];
            put(errors.scaled(errors.of(value, squares, magnitudes), plan.factor()), into, at);
        };
    }

    /// Fills in the half that follows by symmetry: `X[-k] = conj(X[k])`. What stands in both halves
    /// counts once, and where a number is its own mirror image along all dimensions its imaginary part
    /// counts for nothing.
    private void mirror(ComplexLine values) {
        int[] lengths = plan.sizes();
        int half = plan.half();
        int stride = 1;
        for (int axis = half + 1; axis < lengths.length; axis++) {
            stride *= lengths[axis];
        }
        ComplexLine given = values.copy();
        for (int n = 0; n < values.length(); n++) {
            int at = n / stride % lengths[half];
            boolean own = 2 * at <= lengths[half];
            boolean middle = at == 0 || 2 * at == lengths[half];
            int other = opposite(n, lengths);
            if (!own) {
                values.re()[n] = given.re()[other];
                values.im()[n] = given.im()[other].negated();
            } else if (middle) {
                // Real parts of the result alone are kept: the part of it that is symmetric.
                values.re()[n] = given.re()[n].plus(given.re()[other]).scaled(-1);
                values.im()[n] = given.im()[n].minus(given.im()[other]).scaled(-1);
            }
        }
    }

    private static int opposite(int number, int[] lengths) {
        int rest = number;
        int place = 0;
        int weight = 1;
        for (int axis = lengths.length - 1; axis >= 0; axis--) {
            int at = rest % lengths[axis];
            rest /= lengths[axis];
            place += (at == 0 ? 0 : lengths[axis] - at) * weight;
            weight *= lengths[axis];
        }
        return place;
    }
}
