package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;

/// Complement: `Y = ~X`.
///
/// - source: ONNX BitwiseNot-18
public final class BitwiseNot extends Elementwise {
    public BitwiseNot() {
        super("bitwise_not", "BitwiseNot", exact("Y = ~X", "ONNX BitwiseNot-18"), unary(Signature.integers()));
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> ~x[0];
    }
}
