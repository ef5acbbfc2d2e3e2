package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Comparison; false where one is NaN: `C = A >= B`.
///
/// - source: ONNX GreaterOrEqual-16
public final class GreaterOrEqual extends Elementwise {
    public GreaterOrEqual() {
        super(
                "greater_or_equal",
                "GreaterOrEqual",
                exact("C = A >= B", "ONNX GreaterOrEqual-16"),
                predicate(Signature.numbers()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.of(x[0].value() >= x[1].value() ? 1 : 0);
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean unsigned = isUnsigned(call);
        return x -> compare(x[0], x[1], unsigned) >= 0 ? 1 : 0;
    }
}
