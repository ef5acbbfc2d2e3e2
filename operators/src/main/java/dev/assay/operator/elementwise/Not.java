package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;

/// Negation of truth values: `Y = !X`.
///
/// - source: ONNX Not-1
public final class Not extends Elementwise {
    public Not() {
        super("not", "Not", exact("Y = !X", "ONNX Not-1"), unary(Signature.only(DType.BOOL)));
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> 1 - x[0];
    }
}
