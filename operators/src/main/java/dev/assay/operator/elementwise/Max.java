package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// The largest of any number of operands, which broadcast; NaN if one of them is NaN.
///
/// - source: ONNX Max-13
public final class Max extends Elementwise {
    public Max() {
        super(
                "max",
                "Max",
                exact("the largest operand; NaN if one is NaN", "ONNX Max-13"),
                variadic("data", "max", Signature.numbers()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> {
            Approx largest = x[0];
            for (Approx other : x) {
                largest = largest.max(other);
            }
            return largest;
        };
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean unsigned = isUnsigned(call);
        return x -> {
            long largest = x[0];
            for (long other : x) {
                largest = compare(other, largest, unsigned) > 0 ? other : largest;
            }
            return largest;
        };
    }
}
