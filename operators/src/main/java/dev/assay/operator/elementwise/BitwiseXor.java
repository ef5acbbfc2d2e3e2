package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;

/// Logic of bits: `C = A ^ B, bit by bit`.
///
/// - source: ONNX BitwiseXor-18
public final class BitwiseXor extends Elementwise {
    public BitwiseXor() {
        super(
                "bitwise_xor",
                "BitwiseXor",
                exact("C = A ^ B, bit by bit", "ONNX BitwiseXor-18"),
                binary(Signature.integers()));
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0] ^ x[1];
    }
}
