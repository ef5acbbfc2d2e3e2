package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;

/// Logic of bits: `C = A | B, bit by bit`.
///
/// - source: ONNX BitwiseOr-18
public final class BitwiseOr extends Elementwise {
    public BitwiseOr() {
        super(
                "bitwise_or",
                "BitwiseOr",
                exact("C = A | B, bit by bit", "ONNX BitwiseOr-18"),
                binary(Signature.integers()));
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0] | x[1];
    }
}
