package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;

/// Logic: `C = A | B, of truth values`.
///
/// - source: ONNX Or-7
public final class Or extends Elementwise {
    public Or() {
        super("or", "Or", exact("C = A | B, of truth values", "ONNX Or-7"), predicate(Signature.only(DType.BOOL)));
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0] | x[1];
    }
}
