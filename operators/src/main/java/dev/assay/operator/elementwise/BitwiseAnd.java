package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;

/// Logic of bits: `C = A & B, bit by bit`.
///
/// - source: ONNX BitwiseAnd-18
public final class BitwiseAnd extends Elementwise {
    public BitwiseAnd() {
        super(
                "bitwise_and",
                "BitwiseAnd",
                exact("C = A & B, bit by bit", "ONNX BitwiseAnd-18"),
                binary(Signature.integers()));
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0] & x[1];
    }
}
