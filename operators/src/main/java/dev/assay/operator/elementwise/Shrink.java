package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;

/// Shrinkage: `Y = X < -lambd ? X + bias : X > lambd ? X - bias : 0`.
///
/// - source: ONNX Shrink-9
public final class Shrink extends Elementwise {
    public Shrink() {
        super(
                "shrink",
                "Shrink",
                about("Y = X < -lambd ? X + bias : X > lambd ? X - bias : 0", "ONNX Shrink-9"),
                unary(
                        Signature.floats(),
                        AttributeSpec.real("bias", 0, "by which values shrink"),
                        AttributeSpec.real("lambd", 0.5, "half the width of the gap")));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        double bias = call.attributes().real("bias");
        double lambd = call.attributes().real("lambd");
        return x ->
                x[0].value() < -lambd ? x[0].plus(bias) : x[0].value() > lambd ? x[0].minus(bias) : arithmetic.of(0);
    }
}
