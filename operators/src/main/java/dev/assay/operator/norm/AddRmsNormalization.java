package dev.assay.operator.norm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A residual added first, and the sum normalised by its root mean square over the last dimension.
///
/// - `Sum = X + residual`, `Y = Sum / sqrt(mean(Sum²) + epsilon) · scale`
/// - whether the sum is rounded to its type before it is normalised is left open: kernels of serving stacks differ in
/// it
/// - source: vLLM `fused_add_rms_norm`; Teco-Ops `rms_norm` with a residual
public final class AddRmsNormalization extends NormOperator {
    public AddRmsNormalization() {
        super(
                "add_rms_normalization",
                "",
                "Sum = X + residual, Y = Sum / sqrt(mean(Sum²) + epsilon) · scale",
                "vLLM fused_add_rms_norm",
                new Signature(
                        List.of(
                                Parameter.required(
                                        "X", "T", Signature.floats(), "values to add, at least one dimension"),
                                Parameter.required("residual", "T", Signature.floats(), "like X"),
                                Parameter.required("scale", "T", Signature.floats(), "weight of the last dimension")),
                        List.of(
                                Parameter.required("Y", "T", Signature.floats(), "the sum, normalised and weighted"),
                                Parameter.required("Sum", "T", Signature.floats(), "the sum")),
                        List.of(AttributeSpec.real("epsilon", 1e-6, "added to the mean square"))));
    }

    @Override
    int firstAxis(Call call) {
        return shape(call).rank() - 1;
    }

    /// The mean of the squares, and not the variance, is what epsilon is added to.
    @Override
    String nearEpsilon() {
        return "normal(0,0.003)";
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape x = shape(call);
        if (x.rank() == 0) {
            throw invalid("X is a scalar", "input X", "give it a dimension");
        }
        if (!call.input("residual").shape().equals(x)) {
            throw invalid(
                    "residual is " + call.input("residual").shape() + ", X is " + x,
                    "input residual",
                    "give it the shape of X");
        }
        Shape last = x.slice(x.rank() - 1, x.rank());
        if (!call.input("scale").shape().equals(last)) {
            throw invalid(
                    "scale is " + call.input("scale").shape() + ", X is " + x,
                    "input scale",
                    "give it the shape " + last);
        }
        epsilon(call);
        TensorSpec like = TensorSpec.dense(call.input("X").dtype(), x);
        return List.of(like, like);
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("X");
        Tensor residual = inputs.get("residual");
        Shape shape = shape(call);
        TensorLines lines = TensorLines.trailing(shape, firstAxis(call));
        DType dtype = x.dtype();
        double epsilon = call.attributes().real("epsilon");
        LineArithmetic arithmetic = new LineArithmetic(contract, dtype, shape.elements());
        double[] scale = RootMeanSquare.all(inputs.get("scale"));
        LineOracle.Layout layout = LineOracle.Layout.runs(shape, lines.length());
        return new LineOracle(lines.length(), List.of(layout, layout)) {
            @Override
            protected Line line(long number, Observed device) {
                double[] a = lines.read(x, number);
                double[] b = lines.read(residual, number);
                double[] sums = new double[a.length];
                double[] beyond = new double[a.length];
                for (int i = 0; i < a.length; i++) {
                    DoubleDouble sum = DoubleDouble.sum(a[i], b[i]);
                    sums[i] = sum.hi();
                    beyond[i] = sum.lo();
                }
                RootMeanSquare row = new RootMeanSquare(sums, beyond, epsilon, arithmetic.unit(), arithmetic);
                return (output, i, into, to) -> {
                    if (output == 1) {
                        put(sum(sums[i], beyond[i], dtype, arithmetic), into, to);
                        return;
                    }
                    Estimate y = row.weighted(i, scale[i]);
                    double rounded = dtype == arithmetic.working() || !Double.isFinite(y.number())
                            ? 0
                            : Math.abs(scale[i] * row.inverse().number()) * dtype.ulp(sums[i]) / Math.sqrt(12);
                    put(y.withSigma(rounded), into, to);
                };
            }
        };
    }

    /// A sum is rounded to the working type on its way to a narrower one.
    private static Estimate sum(double value, double beyond, DType dtype, LineArithmetic arithmetic) {
        Estimate exact = Estimate.exact(new DoubleDouble(value, beyond));
        DType working = arithmetic.working();
        boolean kept = beyond == 0 && working.round(value) == value;
        return kept || working.precision() <= dtype.precision() || !Double.isFinite(value)
                ? exact
                : exact.withCertain(working.unitRoundoff() * Math.abs(value));
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("scale", 2), Map.of("Y", 2)));
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return isBatched(call)
                ? Optional.of(new BatchAxis(Map.of("X", 0, "residual", 0), Map.of("Y", 0, "Sum", 0)))
                : Optional.empty();
    }
}
