package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Square root: `Y = √X`.
///
/// - source: ONNX Sqrt-13
public final class Sqrt extends Elementwise {
    public Sqrt() {
        super("sqrt", "Sqrt", about("Y = √X", "ONNX Sqrt-13"), unary(Signature.floats()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].sqrt();
    }
}
