package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Logistic function: `Y = 1 / (1 + exp(-X))`.
///
/// - source: ONNX Sigmoid-13
public final class Sigmoid extends Elementwise {
    public Sigmoid() {
        super("sigmoid", "Sigmoid", about("Y = 1 / (1 + exp(-X))", "ONNX Sigmoid-13"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 4;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.constant(1).dividedBy(x[0].negated().exp().plus(1));
    }
}
