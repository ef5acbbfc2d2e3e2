package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Comparison; false where one is NaN: `C = A < B`.
///
/// - source: ONNX Less-13
public final class Less extends Elementwise {
    public Less() {
        super("less", "Less", exact("C = A < B", "ONNX Less-13"), predicate(Signature.numbers()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.of(x[0].value() < x[1].value() ? 1 : 0);
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean unsigned = isUnsigned(call);
        return x -> compare(x[0], x[1], unsigned) < 0 ? 1 : 0;
    }
}
