package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import java.util.List;

/// Gated linear unit of swish: `Y = A / (1 + exp(-alpha · A)) · B`.
///
/// - source: ONNX SwiGLU-28
public final class Swiglu extends Elementwise {
    public Swiglu() {
        super(
                "swiglu",
                "SwiGLU",
                about("Y = A / (1 + exp(-alpha · A)) · B", "ONNX SwiGLU-28"),
                new Signature(
                        List.of(
                                Parameter.required("A", "T", Signature.floats(), "the gate"),
                                Parameter.required("B", "T", Signature.floats(), "what is gated, like A")),
                        List.of(Parameter.required("Y", "T", Signature.floats(), "like A")),
                        List.of(AttributeSpec.real("alpha", 1, "slope of the sigmoid"))));
    }

    @Override
    protected void check(Call call) {
        checkAlike(call, "A", "B");
    }

    @Override
    protected double flops() {
        return 7;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        double alpha = call.attributes().real("alpha");
        return x -> Swish.swish(arithmetic, x[0], alpha).times(x[1]);
    }
}
