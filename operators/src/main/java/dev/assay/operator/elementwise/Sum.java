package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// The sum of any number of operands, which broadcast, added up in any order.
///
/// - source: ONNX Sum-13
public final class Sum extends Elementwise {
    public Sum() {
        super(
                "sum",
                "Sum",
                about("the sum of the operands", "ONNX Sum-13"),
                variadic("data_0", "sum", Signature.floats()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.sum(x);
    }
}
