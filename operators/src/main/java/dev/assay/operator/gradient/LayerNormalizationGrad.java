package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
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
import dev.assay.operator.norm.LayerNormalization;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// Gradients of layer normalisation: `dX = InvStdDev (g - mean(g) - n mean(g n))` with `g = dY Scale` and
/// `n = (X - Mean) InvStdDev`; `dScale = Σ dY n` and `dB = Σ dY` over the rows.
///
/// - `Mean` and `InvStdDev` are what the forward call kept, and are taken as they are
/// - a form that multiplies with X and takes the mean away afterwards loses digits where the mean is
///   large, and is not allowed for
/// - source: derivative of ONNX LayerNormalization-17; inputs as of LayerNormalizationGrad in ONNX
///   Runtime
public final class LayerNormalizationGrad extends NormGradient {
    /// Whether the mean of a row's gradient, and its part along the row, are taken away.
    private final boolean centres;

    private final boolean projects;

    public LayerNormalizationGrad() {
        this(true, true);
    }

    private LayerNormalizationGrad(boolean centres, boolean projects) {
        super(
                "layer_normalization_grad",
                new About(
                        "dX = InvStdDev (g - mean(g) - n mean(g n)), g = dY Scale, n = (X - Mean) InvStdDev;"
                                + " dScale = Σ dY n, dB = Σ dY",
                        "derivative of ONNX LayerNormalization-17; inputs as of ONNX Runtime's gradient",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(
                                Parameter.required("dY", "T", Signature.floats(), "gradient of the output, like X"),
                                Parameter.required("X", "T", Signature.floats(), "what was normalised"),
                                Parameter.required(
                                        "Scale", "T", Signature.floats(), "weight, shape of the normalised dimensions"),
                                Parameter.required(
                                        "Mean", "U", Signature.only(DType.F32, DType.F64), "mean of each row"),
                                Parameter.required(
                                        "InvStdDev",
                                        "U",
                                        Signature.only(DType.F32, DType.F64),
                                        "inverse deviation of each row")),
                        List.of(
                                Parameter.required("dX", "T", Signature.floats(), "gradient of X, like it"),
                                Parameter.required("dScale", "T", Signature.floats(), "gradient of Scale, like it"),
                                Parameter.optional("dB", "T", Signature.floats(), "gradient of the bias, like Scale")),
                        List.of(AttributeSpec.integer(
                                "axis", -1, "first normalised dimension; negative counts from the end"))));
        this.centres = centres;
        this.projects = projects;
    }

    @Override
    public Operator forward() {
        return new LayerNormalization();
    }

    @Override
    public Map<String, Source> sources() {
        return Map.of(
                "dY", Source.cotangent("Y"),
                "X", Source.input("X"),
                "Scale", Source.input("Scale"),
                "Mean", Source.output("Mean"),
                "InvStdDev", Source.output("InvStdDev"));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dX", "X", "dScale", "Scale", "dB", "B");
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        requireShape(call, "dY", shape(call));
        requireShape(call, "Scale", normalised(call));
        requireShape(call, "Mean", statisticsShape(call));
        requireShape(call, "InvStdDev", statisticsShape(call));
        DType type = call.input("X").dtype();
        TensorSpec weights = TensorSpec.dense(type, normalised(call));
        return List.of(TensorSpec.dense(type, shape(call)), weights, weights);
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        LineArithmetic arithmetic = arithmetic(call, contract);
        Tensor dy = inputs.get("dY");
        Tensor x = inputs.get("X");
        double[] scale = all(inputs.get("Scale"));
        double[] mean = all(inputs.get("Mean"));
        double[] inverse = all(inputs.get("InvStdDev"));
        TensorLines lines = rows(call);
        Oracle rows = new LineOracle(lines.length(), List.of(LineOracle.Layout.runs(shape(call), lines.length()))) {
            @Override
            protected Line line(long number, Observed device) {
                int at = Math.toIntExact(number);
                Estimate inv = Estimate.exact(inverse[at]);
                double[] values = lines.read(x, number);
                DoubleDouble[] normal = new DoubleDouble[values.length];
                for (int i = 0; i < normal.length; i++) {
                    normal[i] = DoubleDouble.sum(values[i], -mean[at]).times(inverse[at]);
                }
                NormRow row = new NormRow(lines.read(dy, number), scale, normal, inv, centres, projects, arithmetic);
                return (output, i, into, to) -> put(row.gradient(i), into, to);
            }
        };
        // A distance and a product are rounded, and the product with dY as that of a sum is.
        double relative = arithmetic.unit() * Math.sqrt(2);
        Oracle scales = sums(call, inputs, (g, values) -> {
            DoubleDouble[] normal = new DoubleDouble[values.length];
            for (int i = 0; i < normal.length; i++) {
                normal[i] = DoubleDouble.sum(values[i], -mean[i]).times(inverse[i]);
            }
            return RowSums.dot(g, normal, relative, arithmetic);
        });
        Oracle biases = sums(call, inputs, (g, values) -> arithmetic.sum(g));
        return new OutputOracles(List.of(rows, scales, biases));
    }

    /// Statistics are near those of X.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        String recipe = Fills.nameOf(dataSet);
        boolean whole = recipe.equals("integers");
        return switch (input) {
            case "Mean" ->
                whole
                        ? Fills.of("integers", -1, 1)
                        : recipe.equals("large-mean") ? dataSet : Fills.of("normal", 0, 0.1);
            case "InvStdDev" -> whole ? Fills.of("integers", 1, 2) : Fills.of("uniform", 0.7, 1.3);
            case "dY" -> recipe.equals("large-mean") ? Fills.of("normal", 0, 1) : super.fill(call, input, dataSet);
            default -> super.fill(call, input, dataSet);
        };
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.as("terms-missing", "the mean of a row's gradient is not taken away")
                        .by(new LayerNormalizationGrad(false, true)),
                right.as("terms-missing", "the part of a gradient along its row is not taken away")
                        .by(new LayerNormalizationGrad(true, false)));
    }
}
