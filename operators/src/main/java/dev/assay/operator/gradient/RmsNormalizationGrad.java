package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.OutputOracles;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.operator.norm.RmsNormalization;
import dev.assay.operator.norm.RootMeanSquare;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// Gradients of the normalisation by the root mean square: `dX = r (g - n mean(g n))` with
/// `r = 1 / sqrt(mean(X²) + epsilon)`, `g = dY scale` and `n = X r`; `dscale = Σ dY n` over the rows.
///
/// - r is computed anew from X
/// - source: derivative of ONNX RMSNormalization-23
public final class RmsNormalizationGrad extends NormGradient {
    /// Whether the part of a gradient along its row is taken away.
    private final boolean projects;

    public RmsNormalizationGrad() {
        this(true);
    }

    private RmsNormalizationGrad(boolean projects) {
        super(
                "rms_normalization_grad",
                new About(
                        "dX = r (g - n mean(g n)), r = 1 / sqrt(mean(X²) + epsilon), g = dY scale, n = X r;"
                                + " dscale = Σ dY n",
                        "derivative of ONNX RMSNormalization-23",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(
                                Parameter.required("dY", "T", Signature.floats(), "gradient of the output, like X"),
                                Parameter.required("X", "T", Signature.floats(), "what was normalised"),
                                Parameter.required(
                                        "scale",
                                        "T",
                                        Signature.floats(),
                                        "weight, shape of the normalised dimensions")),
                        List.of(
                                Parameter.required("dX", "T", Signature.floats(), "gradient of X, like it"),
                                Parameter.required("dscale", "T", Signature.floats(), "gradient of scale, like it")),
                        List.of(
                                AttributeSpec.integer(
                                        "axis", -1, "first normalised dimension; negative counts from the end"),
                                AttributeSpec.real("epsilon", 1e-5, "added to the mean square"))));
        this.projects = projects;
    }

    @Override
    public Operator forward() {
        return new RmsNormalization();
    }

    @Override
    public Map<String, Source> sources() {
        return Map.of("dY", Source.cotangent("Y"), "X", Source.input("X"), "scale", Source.input("scale"));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dX", "X", "dscale", "scale");
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        requireShape(call, "dY", shape(call));
        requireShape(call, "scale", normalised(call));
        RootMeanSquare.checkEpsilon(call.attributes().real("epsilon"), name());
        DType type = call.input("X").dtype();
        return List.of(TensorSpec.dense(type, shape(call)), TensorSpec.dense(type, normalised(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        LineArithmetic arithmetic = arithmetic(call, contract);
        Tensor dy = inputs.get("dY");
        Tensor x = inputs.get("X");
        double[] scale = all(inputs.get("scale"));
        double epsilon = call.attributes().real("epsilon");
        TensorLines lines = rows(call);
        Estimate[] inverse = statistics(
                lines.count(),
                row -> new RootMeanSquare(lines.read(x, row), new double[0], epsilon, 0, arithmetic).inverse(),
                Estimate[]::new);
        Oracle rows = new LineOracle(lines.length(), List.of(LineOracle.Layout.runs(shape(call), lines.length()))) {
            @Override
            protected Line line(long number, Observed device) {
                Estimate inv = inverse[Math.toIntExact(number)];
                double[] values = lines.read(x, number);
                DoubleDouble[] normal = new DoubleDouble[values.length];
                for (int i = 0; i < normal.length; i++) {
                    normal[i] = inv.value().times(values[i]);
                }
                NormRow row = new NormRow(lines.read(dy, number), scale, normal, inv, false, projects, arithmetic);
                return (output, i, into, to) -> put(row.gradient(i), into, to);
            }
        };
        Oracle scales = sums(call, inputs, (g, values) -> column(g, values, inverse, arithmetic));
        return new OutputOracles(List.of(rows, scales));
    }

    /// Each row's root errs by itself, and by what the roots of all have in common.
    private static Estimate column(double[] dy, double[] x, Estimate[] inverse, LineArithmetic arithmetic) {
        DoubleDouble[] normal = new DoubleDouble[x.length];
        double variance = 0;
        double certain = 0;
        double common = 0;
        int doubts = 0;
        for (int i = 0; i < x.length; i++) {
            normal[i] = inverse[i].value().times(x[i]);
            double factor = dy[i] * x[i];
            double off = factor * inverse[i].sigma();
            variance += off * off;
            certain += Math.abs(factor) * inverse[i].certain();
            common += factor * inverse[i].systematic();
            doubts |= inverse[i].doubts();
        }
        Estimate sum = RowSums.dot(dy, normal, arithmetic.unit() * Math.sqrt(2), arithmetic);
        double random = Math.hypot(Math.sqrt(variance), common * RuleConstants.roundingRms());
        boolean finite = Double.isFinite(sum.number());
        return new Estimate(
                sum.value(),
                finite ? Math.hypot(sum.sigma(), random) : 0,
                finite ? sum.certain() + certain : 0,
                finite ? Math.abs(common) : 0,
                sum.doubts() | doubts);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .as("terms-missing", "the part of a gradient along its row is not taken away")
                .by(new RmsNormalizationGrad(false)));
    }
}
