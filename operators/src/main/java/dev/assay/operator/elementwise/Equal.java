package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;

/// Comparison; false where one is NaN: `C = A == B`.
///
/// - source: ONNX Equal-19
public final class Equal extends Elementwise {
    public Equal() {
        super(
                "equal",
                "Equal",
                exact("C = A == B", "ONNX Equal-19"),
                predicate(Signature.union(Signature.numbers(), Signature.only(DType.BOOL))));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.of(x[0].value() == x[1].value() ? 1 : 0);
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0] == x[1] ? 1 : 0;
    }
}
