package dev.assay.operator.norm;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Lines along `axes` with their mean taken away and divided by their deviation: `(X - mean) / (sqrt(var) + 1e-9)`.
///
/// - the small number is that of the function which defines the operator, and is added behind the root
/// - an almost constant line magnifies the errors of its mean; where these reach its deviation, nothing is said of it
/// - source: ONNX MeanVarianceNormalization-13
public final class MeanVarianceNormalization extends NormOperator {
    private static final double SMALL = 1e-9;

    public MeanVarianceNormalization() {
        super(
                "mean_variance_normalization",
                "MeanVarianceNormalization",
                "(X - mean) / (sqrt(var) + 1e-9)",
                "ONNX MeanVarianceNormalization-13",
                new Signature(
                        List.of(Parameter.required("X", "T", Signature.floats(), "any shape that has the axes")),
                        List.of(Parameter.required("Y", "T", Signature.floats(), "like X")),
                        List.of(new AttributeSpec(
                                "axes",
                                Attribute.Ints.class,
                                Optional.of(new Attribute.Ints(List.of(0L, 2L, 3L))),
                                "dimensions of the lines; negative ones count from the end"))));
    }

    private int[] axes(Call call) {
        int rank = shape(call).rank();
        Set<Integer> axes = new TreeSet<>();
        for (long axis : call.attributes().integers("axes")) {
            if (axis < -rank || axis >= rank || !axes.add(Math.toIntExact(axis < 0 ? axis + rank : axis))) {
                throw invalid(
                        "axes " + call.attributes().integers("axes") + " of a tensor of rank " + rank,
                        "attribute axes",
                        "give different numbers from " + -rank + " to " + (rank - 1));
            }
        }
        return axes.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    int firstAxis(Call call) {
        return -1;
    }

    @Override
    boolean isBatched(Call call) {
        int[] axes = axes(call);
        return shape(call).rank() > 0 && (axes.length == 0 || axes[0] > 0);
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        axes(call);
        return List.of(TensorSpec.dense(call.input("X").dtype(), shape(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("X");
        TensorLines lines = TensorLines.along(shape(call), axes(call));
        long elements = shape(call).elements();
        Moments moments = new Moments(contract, x.dtype(), x.dtype(), lines.length(), 0, elements);
        LineArithmetic arithmetic = new LineArithmetic(contract, x.dtype(), elements);
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.whole(lines))) {
            @Override
            protected Line line(long number, Observed device) {
                Moments.Row row = moments.of(lines.read(x, number));
                if (!row.finite) {
                    return (output, i, into, to) -> put(Estimate.exact(Double.NaN), into, to);
                }
                Estimate deviation = arithmetic.plus(arithmetic.sqrt(variance(row)), Estimate.exact(SMALL));
                Estimate mean = mean(row);
                return (output, i, into, to) -> {
                    Estimate distance = arithmetic.plus(Estimate.exact(row.values[i]), mean);
                    put(arithmetic.divided(distance, deviation), into, to);
                };
            }
        };
    }

    /// The mean, negated.
    private static Estimate mean(Moments.Row row) {
        DoubleDouble value = new DoubleDouble(row.mean, row.meanLow).negated();
        return new Estimate(value, Math.sqrt(row.meanVariance), row.meanError, 0, doubts(row));
    }

    static Estimate variance(Moments.Row row) {
        DoubleDouble value = new DoubleDouble(row.variance, row.varianceLow);
        return new Estimate(value, Math.sqrt(row.varianceVariance), row.varianceError, 0, doubts(row));
    }

    private static int doubts(Moments.Row row) {
        return (row.open ? Estimate.OPEN : 0)
                | (row.overflows ? Estimate.NOT_FINITE : 0)
                | (row.guarded ? Estimate.GUARDED : 0);
    }
}
