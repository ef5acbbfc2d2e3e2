package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Sign: `Y = sign(X): the sign as -1, 0 or 1`.
///
/// - source: ONNX Sign-13
public final class Sign extends Elementwise {
    public Sign() {
        super("sign", "Sign", exact("Y = sign(X): the sign as -1, 0 or 1", "ONNX Sign-13"), unary(Signature.numbers()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.of(Math.signum(x[0].value()));
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean unsigned = isUnsigned(call);
        return x -> unsigned ? Math.min(1, x[0] == 0 ? 0 : 1) : Long.signum(x[0]);
    }
}
