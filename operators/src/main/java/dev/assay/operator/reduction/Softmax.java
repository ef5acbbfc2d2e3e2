package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Softmax along a dimension: `exp(x - max) / Σ exp(x - max)`.
///
/// - minus infinity gives 0; a line that holds NaN or infinity, or minus infinities alone, gives NaN, as IEEE
/// arithmetic
///   has it where infinity is subtracted from itself
/// - source: ONNX Softmax-13
public final class Softmax extends AxisOperator {
    public Softmax() {
        super(
                "softmax",
                "Softmax",
                new About("exp(x - max) / Σ exp(x - max)", "ONNX Softmax-13", About.Errors.COMPOSITE),
                likeInput());
    }

    /// One floating-point input, an output like it, and the dimension.
    static Signature likeInput() {
        return new Signature(
                List.of(Parameter.required("input", "T", Signature.floats(), "any shape but a scalar's")),
                List.of(Parameter.required("output", "T", Signature.floats(), "like the input")),
                List.of(AttributeSpec.integer("axis", -1, "dimension of the lines; negative counts from the end")));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        axis(call);
        return List.of(TensorSpec.dense(call.input(data()).dtype(), shape(call)));
    }

    @Override
    protected double flops() {
        return 5;
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorLines lines = lines(call);
        Tensor input = inputs.get("input");
        LineArithmetic arithmetic =
                new LineArithmetic(contract, input.dtype(), shape(call).elements());
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.whole(lines))) {
            @Override
            protected Line line(long number, Observed device) {
                Exponentials e = new Exponentials(lines.read(input, number), arithmetic);
                return (output, i, into, to) -> put(probability(e, i, arithmetic), into, to);
            }
        };
    }

    /// `σ² = p² (own + sum's + division's)`, each relative. That an element is a part of its sum makes it smaller.
    static Estimate probability(Exponentials e, int i, LineArithmetic arithmetic) {
        if (!e.isDefined()) {
            return Estimate.exact(Double.NaN);
        }
        Estimate sum = e.sum();
        DoubleDouble p = e.value(i).dividedBy(sum.value());
        double size = p.hi();
        double ofSum = sum.sigma() / sum.number();
        double ofDivision = arithmetic.function(arithmetic.contract().divideUlps());
        double sigma = size * Math.hypot(Math.hypot(e.relative(i), ofSum), ofDivision);
        // What lies below the smallest number is lost, before the division and after it.
        double lost = size == 0 ? 0 : arithmetic.quantum();
        double certain = size * (e.fused() + sum.certain() / sum.number()) + lost;
        return new Estimate(p, sigma, certain, size * e.systematic(), sum.doubts());
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return probes(call);
    }

    static List<Probe> probes(Call call) {
        boolean empty = call.inputs().getFirst().spec().orElseThrow().shape().isEmpty();
        return empty
                ? List.of()
                : List.of(
                        new Probe("lognormal", false, "large differences between elements are handled wrongly"),
                        new Probe("specials", false, "infinities are handled wrongly"));
    }
}
