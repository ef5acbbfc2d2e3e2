package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Gradient;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Base of the gradients of normalisations over the dimensions from `axis` on: of the rows, and of
/// weights that all rows share, whose gradients are sums over the rows in any order.
abstract class NormGradient extends NamedOperator implements Gradient {
    NormGradient(String name, About about, Signature signature) {
        super(name, "", about, signature);
    }

    final Shape shape(Call call) {
        return call.input("X").shape();
    }

    /// First normalised dimension. Throws [dev.assay.operator.InvalidCallException].
    final int axis(Call call) {
        int rank = shape(call).rank();
        long axis = call.attributes().integer("axis");
        require(
                axis >= -rank && axis < rank,
                "axis " + axis + " of X " + shape(call),
                "attribute axis",
                rank == 0 ? "give X a dimension" : "give a number from " + -rank + " to " + (rank - 1));
        return Math.toIntExact(axis < 0 ? axis + rank : axis);
    }

    /// The normalised dimensions.
    final Shape normalised(Call call) {
        return shape(call).slice(axis(call), shape(call).rank());
    }

    /// Throws [dev.assay.operator.InvalidCallException] unless an input has this shape.
    final void requireShape(Call call, String input, Shape expected) {
        require(
                call.input(input).shape().equals(expected),
                input + " is " + call.input(input).shape() + ", X is " + shape(call) + " normalised from axis "
                        + axis(call),
                "input " + input,
                "give it the shape " + expected);
    }

    final TensorLines rows(Call call) {
        return TensorLines.trailing(shape(call), axis(call));
    }

    /// Lines through the same place of all rows.
    final TensorLines columns(Call call) {
        return TensorLines.along(shape(call), IntStream.range(0, axis(call)).toArray());
    }

    final LineArithmetic arithmetic(Call call, ComputeContract contract) {
        return new LineArithmetic(contract, call.input("X").dtype(), shape(call).elements());
    }

    /// What each row is normalised by, worked out once.
    static <S> S[] statistics(
            long rows, java.util.function.IntFunction<S> of, java.util.function.IntFunction<S[]> array) {
        S[] all = array.apply(Math.toIntExact(rows));
        dev.assay.numerics.Parallel.forEach(all.length, row -> all[row] = of.apply(row));
        return all;
    }

    /// The sum over a column.
    @FunctionalInterface
    interface Column {
        Estimate of(double[] dy, double[] x);
    }

    /// The oracle of a sum over the rows for each normalised element.
    final LineOracle sums(Call call, Inputs inputs, Column column) {
        TensorLines columns = columns(call);
        Tensor dy = inputs.get("dY");
        Tensor x = inputs.get("X");
        return new LineOracle(columns.length(), List.of(LineOracle.Layout.runs(normalised(call), 1))) {
            @Override
            protected Line line(long number, Observed device) {
                Estimate sum = column.of(columns.read(dy, number), columns.read(x, number));
                return (output, i, into, to) -> put(sum, into, to);
            }
        };
    }

    static double[] all(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        tensor.decode(0, values.length, values, 0);
        return values;
    }

    @Override
    public final Cost cost(Call call) {
        return new Cost(12.0 * shape(call).elements(), call.tensorBytes());
    }

    @Override
    public final String sizes(Call call) {
        return shape(call).joined();
    }

    /// Weights are near 1, except where the point of a data set is in the values themselves.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        String recipe = Fills.nameOf(dataSet);
        boolean whole = recipe.equals("integers");
        return input.equals("Scale") || input.equals("scale")
                ? whole ? dataSet : Fills.of("normal", 1, 0.25)
                : Gradient.super.fill(call, input, dataSet);
    }

    /// X lies along its rows; dY is summed over the rows.
    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        if (shape.isEmpty() || shape.rank() == 0) {
            return new Fill.Along(1, 1);
        }
        return shape.equals(shape(call)) ? Fill.Along.trailing(shape, axis(call)) : Fill.Along.axis(shape, -1);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return shape(call).isEmpty()
                ? List.of()
                : List.of(
                        new Probe("integers(-2,2)", false, "rows or elements are left out of a sum"),
                        new Probe("lognormal", false, "elements that are far from the others are left out"));
    }

    /// A shape with size 1 in the normalised dimensions.
    final Shape statisticsShape(Call call) {
        long[] dims = shape(call).toArray();
        Arrays.fill(dims, axis(call), dims.length, 1);
        return Shape.of(dims);
    }
}
