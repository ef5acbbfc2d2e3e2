package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Rounding: `Y = floor(X): the largest whole number that is not larger`.
///
/// - source: ONNX Floor-13
public final class Floor extends Elementwise {
    public Floor() {
        super(
                "floor",
                "Floor",
                exact("Y = floor(X): the largest whole number that is not larger", "ONNX Floor-13"),
                unary(Signature.floats()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.of(Math.floor(x[0].value()));
    }
}
