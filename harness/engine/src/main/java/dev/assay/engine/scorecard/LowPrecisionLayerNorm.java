package dev.assay.engine.scorecard;

import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.operator.Inputs;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;

/// A layer normalisation in two passes: statistics and arithmetic in the type that `stash_type` names, f32 mostly, and
/// one rounding of the result.
final class LowPrecisionLayerNorm implements LowPrecision {
    private final double[] y;
    private final double[] means;
    private final double[] inverses;

    LowPrecisionLayerNorm(Call call, Inputs inputs) {
        Shape shape = inputs.get("X").shape();
        int axis = Math.toIntExact(call.attributes().integer("axis"));
        axis = axis < 0 ? axis + shape.rank() : axis;
        int length = Math.toIntExact(shape.slice(axis, shape.rank()).elements());
        int rows = Math.toIntExact(shape.slice(0, axis).elements());
        double[] x = LowPrecision.values(inputs.get("X"));
        double[] scale = LowPrecision.values(inputs.get("Scale"));
        double[] bias = inputs.has("B") ? LowPrecision.values(inputs.get("B")) : new double[length];
        double epsilon = call.attributes().real("epsilon");
        DType dtype = inputs.get("X").dtype();
        // ONNX numbers its types; 11 is f64.
        DType stage = call.attributes().integer("stash_type") == 11 ? DType.F64 : DType.F32;
        this.y = new double[x.length];
        this.means = new double[rows];
        this.inverses = new double[rows];
        Parallel.forEach(rows, row -> {
            int at = row * length;
            double sum = 0;
            for (int i = 0; i < length; i++) {
                sum = stage.round(sum + stage.round(x[at + i]));
            }
            double mean = stage.round(sum / length);
            double squares = 0;
            for (int i = 0; i < length; i++) {
                double distance = stage.round(stage.round(x[at + i]) - mean);
                squares = stage.round(squares + stage.round(distance * distance));
            }
            double variance = stage.round(stage.round(squares / length) + stage.round(epsilon));
            double inverse = stage.round(1 / stage.round(Math.sqrt(variance)));
            for (int i = 0; i < length; i++) {
                double distance = stage.round(stage.round(x[at + i]) - mean);
                double scaled = stage.round(stage.round(distance * inverse) * stage.round(scale[i]));
                y[at + i] = dtype.round(stage.round(scaled + stage.round(bias[i])));
            }
            means[row] = mean;
            inverses[row] = inverse;
        });
    }

    @Override
    public Optional<double[]> output(String name) {
        return switch (name) {
            case "Y" -> Optional.of(y);
            case "Mean" -> Optional.of(Arrays.copyOf(means, means.length));
            case "InvStdDev" -> Optional.of(Arrays.copyOf(inverses, inverses.length));
            default -> Optional.empty();
        };
    }
}
