package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Reciprocal: `Y = 1 / X`.
///
/// - source: ONNX Reciprocal-13
public final class Reciprocal extends Elementwise {
    public Reciprocal() {
        super("reciprocal", "Reciprocal", about("Y = 1 / X", "ONNX Reciprocal-13"), unary(Signature.floats()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.of(1).dividedBy(x[0]);
    }
}
