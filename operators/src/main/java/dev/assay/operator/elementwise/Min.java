package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// The smallest of any number of operands, which broadcast; NaN if one of them is NaN.
///
/// - source: ONNX Min-13
public final class Min extends Elementwise {
    public Min() {
        super(
                "min",
                "Min",
                exact("the smallest operand; NaN if one is NaN", "ONNX Min-13"),
                variadic("data", "min", Signature.numbers()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> {
            Approx smallest = x[0];
            for (Approx other : x) {
                smallest = smallest.min(other);
            }
            return smallest;
        };
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean unsigned = isUnsigned(call);
        return x -> {
            long smallest = x[0];
            for (long other : x) {
                smallest = compare(other, smallest, unsigned) < 0 ? other : smallest;
            }
            return smallest;
        };
    }
}
