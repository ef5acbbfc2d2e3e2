package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Quotient: `C = A / B; integers are cut off toward zero`.
///
/// - source: ONNX Div-14
public final class Div extends Elementwise {
    public Div() {
        super(
                "div",
                "Div",
                about("C = A / B; integers are cut off toward zero", "ONNX Div-14"),
                binary(Signature.numbers()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].dividedBy(x[1]);
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean unsigned = isUnsigned(call);
        return x -> unsigned ? Long.divideUnsigned(x[0], x[1]) : x[0] / x[1];
    }

    /// What an integer becomes that is divided by 0 is left open.
    @Override
    protected boolean isOpen(long[] x) {
        return x[1] == 0;
    }
}
