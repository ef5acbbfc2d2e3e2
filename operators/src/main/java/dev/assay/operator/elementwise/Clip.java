package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import java.util.List;

/// Restriction to an interval: `min(max(input, min), max)`; where `min` exceeds `max` all is `max`.
///
/// - source: ONNX Clip-13
public final class Clip extends Elementwise {
    public Clip() {
        super(
                "clip",
                "Clip",
                exact("output = min(max(input, min), max)", "ONNX Clip-13"),
                new Signature(
                        List.of(
                                Parameter.required("input", "T", Signature.numbers(), "any shape"),
                                Parameter.optional("min", "T", Signature.numbers(), "lower limit, a scalar"),
                                Parameter.optional("max", "T", Signature.numbers(), "upper limit, a scalar")),
                        List.of(Parameter.required("output", "T", Signature.numbers(), "like input")),
                        List.of()));
    }

    @Override
    protected void check(Call call) {
        for (String limit : List.of("min", "max")) {
            if (call.hasInput(limit) && call.input(limit).shape().rank() != 0) {
                throw new InvalidCallException(
                        limit + " is " + call.input(limit), "clip, input " + limit, "give a scalar");
            }
        }
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        boolean low = call.hasInput("min");
        boolean high = call.hasInput("max");
        return x -> {
            Approx raised = low ? x[0].max(x[1]) : x[0];
            return high ? raised.min(x[2]) : raised;
        };
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean low = call.hasInput("min");
        boolean high = call.hasInput("max");
        boolean unsigned = isUnsigned(call);
        return x -> {
            long raised = low && compare(x[0], x[1], unsigned) < 0 ? x[1] : x[0];
            return high && compare(raised, x[2], unsigned) > 0 ? x[2] : raised;
        };
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return switch (input) {
            case "min" -> Fills.of("uniform", 0, 1);
            case "max" -> Fills.of("uniform", 2, 9);
            default -> super.fill(call, input, dataSet);
        };
    }
}
