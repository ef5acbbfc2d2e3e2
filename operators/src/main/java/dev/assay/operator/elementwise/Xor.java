package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;

/// Logic: `C = A ^ B, of truth values`.
///
/// - source: ONNX Xor-7
public final class Xor extends Elementwise {
    public Xor() {
        super("xor", "Xor", exact("C = A ^ B, of truth values", "ONNX Xor-7"), predicate(Signature.only(DType.BOOL)));
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0] ^ x[1];
    }
}
