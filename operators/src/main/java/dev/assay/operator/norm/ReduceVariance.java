package dev.assay.operator.norm;

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
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.operator.reduction.AxisOperator;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// Variance of each line along a dimension: `Σ (x - mean)² / max(0, n - correction)`.
///
/// - without degrees of freedom it is a quotient by zero: NaN where all distances are zero
/// - source: Teco-Ops `reduce_variance`, PyTorch `var`
public final class ReduceVariance extends AxisOperator {
    public ReduceVariance() {
        super(
                "reduce_variance",
                "",
                new About("Σ (x - mean)² / (n - correction)", "Teco-Ops reduce_variance", About.Errors.COMPOSITE),
                new Signature(
                        List.of(Parameter.required("x", "T", Signature.floats(), "any shape but a scalar's")),
                        List.of(Parameter.required("y", "T", Signature.floats(), "one element for each line")),
                        List.of(
                                AttributeSpec.integer(
                                        "axis", -1, "dimension of the lines; negative counts from the end"),
                                AttributeSpec.integer("correction", 1, "what the divisor is less than n, not negative"),
                                AttributeSpec.integer(
                                        "keepdims", 1, "1: the dimension stays with size 1; 0: it goes"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        requireFlag(call, "keepdims");
        long correction = call.attributes().integer("correction");
        if (correction < 0) {
            throw invalid("correction " + correction, "attribute correction", "give 0 or more");
        }
        return List.of(TensorSpec.dense(
                call.input("x").dtype(), lines(call).reduced(call.attributes().integer("keepdims") != 0)));
    }

    @Override
    protected double flops() {
        return 4;
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorLines lines = lines(call);
        Tensor x = inputs.get("x");
        int length = lines.length();
        long degrees = Math.max(0, length - call.attributes().integer("correction"));
        Moments moments = new Moments(contract, x.dtype(), x.dtype(), length, 0, lines.count());
        LineArithmetic arithmetic = new LineArithmetic(contract, x.dtype(), lines.count());
        boolean keep = call.attributes().integer("keepdims") != 0;
        return new LineOracle(length, List.of(LineOracle.Layout.reduced(lines, keep))) {
            @Override
            protected Line line(long number, Observed device) {
                Moments.Row row = moments.of(lines.read(x, number));
                Estimate result = row.finite && length > 0
                        ? corrected(row, length, degrees, arithmetic)
                        : Estimate.exact(Double.NaN);
                return (output, position, into, to) -> put(result, into, to);
            }
        };
    }

    private static Estimate corrected(Moments.Row row, long length, long degrees, LineArithmetic arithmetic) {
        Estimate biased = MeanVarianceNormalization.variance(row);
        if (degrees == 0) {
            // Of one element 0/0; of more infinity, but for a constant line whose mean is rounded or not.
            boolean told = length == 1;
            return told
                    ? Estimate.exact(Double.NaN)
                    : Estimate.exact(Double.NaN).doubting(Estimate.NOT_FINITE);
        }
        DoubleDouble factor = DoubleDouble.of((double) length).dividedBy(DoubleDouble.of((double) degrees));
        double size = factor.hi();
        DoubleDouble value = biased.value().times(factor);
        double own = arithmetic.function(arithmetic.contract().divideUlps()) * Math.abs(value.hi());
        return new Estimate(
                value, Math.hypot(biased.sigma() * size, own), biased.certain() * size, own, biased.doubts());
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return shape(call).isEmpty()
                ? List.of()
                : List.of(
                        new Probe("plus-minus", false, "elements are left out, or the divisor is another one"),
                        new Probe("large-mean(30)", true, "the variance is a difference of large squares"));
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("x", 2), Map.of("y", 4)));
    }
}
