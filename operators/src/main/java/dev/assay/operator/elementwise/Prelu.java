package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Broadcast;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
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

    /// The slopes are repeated, X is not.
    @Override
    protected void check(Call call) {
        Shape x = call.input("X").shape();
        Shape slope = call.input("slope").shape();
        require(
                Broadcast.shape(List.of(x, slope), name()).equals(x),
                "slope " + slope + " is larger than X " + x,
                "input slope",
                "give slopes that repeat to the shape of X");
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
