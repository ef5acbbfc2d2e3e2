package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Addition: `C = A + B`; integers wrap.
///
/// - source: ONNX Add-14
public final class Add extends Elementwise {
    public Add() {
        super("add", "Add", about("C = A + B; integers wrap", "ONNX Add-14"), binary(Signature.numbers()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].plus(x[1]);
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0] + x[1];
    }
}
