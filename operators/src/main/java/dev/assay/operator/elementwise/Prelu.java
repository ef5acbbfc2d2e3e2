package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import java.util.List;

/// Rectifier with slopes: `Y = X < 0 ? slope · X : X`.
///
/// - source: ONNX PRelu-16
public final class Prelu extends Elementwise {
    public Prelu() {
        super(
                "prelu",
                "PRelu",
                about("Y = X < 0 ? slope · X : X", "ONNX PRelu-16"),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", Signature.numbers(), "any shape"),
                                Parameter.required("slope", "T", Signature.numbers(), "broadcasts to X")),
                        List.of(Parameter.required("Y", "T", Signature.numbers(), "like X")),
                        List.of()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].value() < 0 ? x[0].times(x[1]) : x[0];
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean unsigned = isUnsigned(call);
        return x -> !unsigned && x[0] < 0 ? x[0] * x[1] : x[0];
    }
}
