package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Softsign: `Y = X / (1 + |X|)`.
///
/// - source: ONNX Softsign-22
public final class Softsign extends Elementwise {
    public Softsign() {
        super("softsign", "Softsign", about("Y = X / (1 + |X|)", "ONNX Softsign-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 3;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].dividedBy(x[0].abs().plus(1));
    }
}
