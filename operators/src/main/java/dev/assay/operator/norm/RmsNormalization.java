package dev.assay.operator.norm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Broadcast;
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

/// Normalisation by the root mean square over the dimensions from `axis` on:
/// `Y = X / sqrt(mean(X²) + epsilon) · scale`.
///
/// - `scale` broadcasts to `X`; `Y` has its type
/// - `stash_type` (1: f32, 11: f64) is the type of all arithmetic before `scale`; ONNX has f32 by default
/// - a row of zeros gives zeros unless epsilon is 0; one that holds NaN gives NaN; beside an infinity finite elements
///   give 0
/// - source: ONNX RMSNormalization-23
public final class RmsNormalization extends NormOperator {
    public RmsNormalization() {
        super(
                "rms_normalization",
                "RMSNormalization",
                "Y = X / sqrt(mean(X²) + epsilon) · scale",
                "ONNX RMSNormalization-23",
                new Signature(
                        List.of(
                                Parameter.required("X", "T", Signature.floats(), "values to normalise"),
                                Parameter.required(
                                        "scale",
                                        "V",
                                        Signature.floats(),
                                        "weight, which broadcasts to the normalised dimensions")),
                        List.of(Parameter.required("Y", "V", Signature.floats(), "like X, of the type of scale")),
                        List.of(
                                AttributeSpec.integer(
                                        "axis", -1, "first normalised dimension; negative counts from the end"),
                                AttributeSpec.real("epsilon", 1e-5, "added to the mean square"),
                                AttributeSpec.integer(
                                        "stash_type",
                                        RootMeanSquare.ONNX_F32,
                                        "type of the arithmetic: 1 for f32, 11 for f64"))));
    }

    @Override
    int firstAxis(Call call) {
        int rank = shape(call).rank();
        long axis = call.attributes().integer("axis");
        if (axis < -rank || axis >= rank) {
            throw invalid(
                    "axis " + axis + " of X " + shape(call),
                    "attribute axis",
                    rank == 0 ? "give X a dimension" : "give a number from " + -rank + " to " + (rank - 1));
        }
        return Math.toIntExact(axis < 0 ? axis + rank : axis);
    }

    /// The mean of the squares, and not the variance, is what epsilon is added to.
    @Override
    String nearEpsilon() {
        return "normal(0,0.003)";
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape x = shape(call);
        Shape normalised = x.slice(firstAxis(call), x.rank());
        Shape scale = call.input("scale").shape();
        if (!Broadcast.shape(List.of(normalised, scale), name() + ", input scale")
                .equals(normalised)) {
            throw invalid(
                    "scale is " + scale + ", the normalised dimensions are " + normalised,
                    "input scale",
                    "give it the shape " + normalised + ", or one that broadcasts to it");
        }
        epsilon(call);
        stage(call);
        return List.of(TensorSpec.dense(call.input("scale").dtype(), x));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("X");
        Shape shape = shape(call);
        TensorLines lines = TensorLines.trailing(shape, firstAxis(call));
        DType stage = stage(call);
        double epsilon = call.attributes().real("epsilon");
        double inputUnit = inputUnit(x.dtype(), stage);
        LineArithmetic arithmetic = new LineArithmetic(contract, stage, shape.elements());
        double[] scale = broadcast(inputs.get("scale"), shape.slice(firstAxis(call), shape.rank()));
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.runs(shape, lines.length()))) {
            @Override
            protected Line line(long number, Observed device) {
                RootMeanSquare row =
                        new RootMeanSquare(lines.read(x, number), new double[0], epsilon, inputUnit, arithmetic);
                return (output, i, into, to) -> put(row.weighted(i, scale[i]), into, to);
            }
        };
    }

    /// A weight for each of the normalised elements.
    static double[] broadcast(Tensor scale, Shape normalised) {
        Broadcast places = Broadcast.of(scale.shape(), normalised);
        double[] values = new double[Math.toIntExact(normalised.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = scale.get(places.source(i));
        }
        return values;
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("scale", 2), Map.of("Y", 2)));
    }
}
