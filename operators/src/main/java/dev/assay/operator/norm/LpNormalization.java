package dev.assay.operator.norm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
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
import dev.assay.operator.reduction.AxisOperator;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/// Each line along a dimension divided by its norm: `Σ |x|` for `p` 1, `sqrt(Σ x²)` for `p` 2.
///
/// - a line of zeros stays one
/// - squares that may leave the range leave the line open
/// - source: ONNX LpNormalization-22
public final class LpNormalization extends AxisOperator {
    public LpNormalization() {
        super(
                "lp_normalization",
                "LpNormalization",
                new About("x / Σ |x|, or x / sqrt(Σ x²)", "ONNX LpNormalization-22", About.Errors.COMPOSITE),
                new Signature(
                        List.of(Parameter.required("input", "T", Signature.floats(), "any shape but a scalar's")),
                        List.of(Parameter.required("output", "T", Signature.floats(), "like the input")),
                        List.of(
                                AttributeSpec.integer(
                                        "axis", -1, "dimension of the lines; negative counts from the end"),
                                AttributeSpec.integer("p", 2, "order of the norm, 1 or 2"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        long p = call.attributes().integer("p");
        if (p != 1 && p != 2) {
            throw invalid("p " + p, "attribute p", "give 1 or 2");
        }
        axis(call);
        return List.of(TensorSpec.dense(call.input("input").dtype(), shape(call)));
    }

    @Override
    protected double flops() {
        return 3;
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorLines lines = lines(call);
        Tensor input = inputs.get("input");
        boolean first = call.attributes().integer("p") == 1;
        LineArithmetic arithmetic =
                new LineArithmetic(contract, input.dtype(), shape(call).elements());
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.whole(lines))) {
            @Override
            protected Line line(long number, Observed device) {
                double[] x = lines.read(input, number);
                Estimate norm = first
                        ? arithmetic.sum(Arrays.stream(x).map(Math::abs).toArray())
                        : arithmetic.sqrt(arithmetic.sumOfSquares(x));
                return (output, i, into, to) -> put(part(x[i], norm, arithmetic), into, to);
            }
        };
    }

    private static Estimate part(double x, Estimate norm, LineArithmetic arithmetic) {
        if (norm.number() == 0 && norm.isExact()) {
            return Estimate.exact(0);
        }
        Estimate part = arithmetic.divided(Estimate.exact(x), norm);
        boolean open = norm.has(Estimate.NOT_FINITE) && Double.isFinite(norm.number());
        return open ? part.doubting(Estimate.OPEN) : part;
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return shape(call).isEmpty()
                ? List.of()
                : List.of(new Probe("lognormal", false, "the norm leaves out elements"));
    }
}
