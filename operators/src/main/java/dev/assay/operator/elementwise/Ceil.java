package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Rounding: `Y = ceil(X): the smallest whole number that is not smaller`.
///
/// - source: ONNX Ceil-13
public final class Ceil extends Elementwise {
    public Ceil() {
        super(
                "ceil",
                "Ceil",
                exact("Y = ceil(X): the smallest whole number that is not smaller", "ONNX Ceil-13"),
                unary(Signature.floats()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.of(Math.ceil(x[0].value()));
    }
}
