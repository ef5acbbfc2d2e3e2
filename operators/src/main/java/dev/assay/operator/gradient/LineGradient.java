package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Gradient;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.operator.reduction.AxisOperator;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Base of the gradients of what treats lines along a dimension, from the forward output: inputs `dY` and `Y`, output
/// `dX`.
abstract class LineGradient extends AxisOperator implements Gradient {
    /// @param kept what `Y` is
    LineGradient(String name, About about, String kept) {
        super(
                name,
                "",
                about,
                new Signature(
                        List.of(
                                Parameter.required(
                                        "dY",
                                        "T",
                                        Signature.floats(),
                                        "gradient of the output, any shape but a scalar's"),
                                Parameter.required("Y", "T", Signature.floats(), kept + ", like dY")),
                        List.of(Parameter.required("dX", "T", Signature.floats(), "gradient of the input, like dY")),
                        List.of(AttributeSpec.integer(
                                "axis", -1, "dimension of the lines; negative counts from the end"))));
    }

    @Override
    public final Map<String, Source> sources() {
        return Map.of("dY", Source.cotangent("output"), "Y", Source.output("output"));
    }

    @Override
    public final Map<String, String> gradients() {
        return Map.of("dX", "input");
    }

    @Override
    public final List<TensorSpec> outputs(Call call) {
        axis(call);
        require(
                call.input("Y").shape().equals(shape(call)),
                "Y is " + call.input("Y").shape() + ", dY is " + shape(call),
                "input Y",
                "give both one shape");
        return List.of(TensorSpec.dense(call.input("dY").dtype(), shape(call)));
    }

    /// The gradient of a line, element by element.
    @FunctionalInterface
    interface Work {
        Element of(double[] dy, double[] y);
    }

    /// An element of a line that is worked out.
    @FunctionalInterface
    interface Element {
        Estimate at(int i);
    }

    final LineArithmetic arithmetic(Call call, ComputeContract contract) {
        return new LineArithmetic(
                contract, call.input("dY").dtype(), shape(call).elements());
    }

    final Oracle lines(Call call, Inputs inputs, Work work) {
        TensorLines lines = lines(call);
        Tensor dy = inputs.get("dY");
        Tensor y = inputs.get("Y");
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.whole(lines))) {
            @Override
            protected Line line(long number, Observed device) {
                Element element = work.of(lines.read(dy, number), lines.read(y, number));
                return (output, i, into, to) -> put(element.at(i), into, to);
            }
        };
    }

    @Override
    protected final double flops() {
        return 4;
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return axis(call) == 0
                ? Optional.empty()
                : Optional.of(new BatchAxis(Map.of("dY", 0, "Y", 0), Map.of("dX", 0)));
    }

    @Override
    public Fill.Along along(Call call, String input) {
        return Fill.Along.axis(shape(call), axis(call));
    }

    @Override
    public final List<Probe> probes(Call call, ComputeContract contract) {
        return shape(call).isEmpty()
                ? List.of()
                : List.of(
                        new Probe("integers(-2,2)", false, "terms of the sum are left out or counted twice"),
                        new Probe("lognormal", false, "large differences between elements are handled wrongly"));
    }
}
