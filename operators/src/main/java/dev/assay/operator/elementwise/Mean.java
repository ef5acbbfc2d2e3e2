package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// The mean of any number of operands, which broadcast, added up in any order.
///
/// - source: ONNX Mean-13
public final class Mean extends Elementwise {
    public Mean() {
        super(
                "mean",
                "Mean",
                about("the sum of the operands, divided by their number", "ONNX Mean-13"),
                variadic("data_0", "mean", Signature.floats()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.sum(x).dividedBy(arithmetic.of(x.length));
    }
}
