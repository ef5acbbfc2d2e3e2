package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Rounding: `Y = round(X): the nearest whole number, ties to even`.
///
/// - source: ONNX Round-22
public final class Round extends Elementwise {
    public Round() {
        super(
                "round",
                "Round",
                exact("Y = round(X): the nearest whole number, ties to even", "ONNX Round-22"),
                unary(Signature.floats()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.of(Math.rint(x[0].value()));
    }
}
