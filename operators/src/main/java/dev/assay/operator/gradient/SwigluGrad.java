package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.elementwise.Swiglu;
import java.util.List;
import java.util.Map;

/// Gradients of the unit gated by swish: `dA = dY · B · s · (1 + alpha · A · (1 - s))`,
/// `dB = dY · A · s`, `s` the logistic function of `alpha · A`.
///
/// - source: derivative of ONNX SwiGLU-28
public final class SwigluGrad extends PointGradient {
    /// A way to read the formulas.
    private enum Reading {
        RIGHT,
        WITHOUT_SLOPE,
        EXCHANGED
    }

    private final Reading reading;

    public SwigluGrad() {
        this(Reading.RIGHT);
    }

    private SwigluGrad(Reading reading) {
        super(
                "swiglu_grad",
                about(
                        "dA = dY · B · s · (1 + alpha · A · (1 - s)), dB = dY · A · s, s = 1 / (1 + exp(-alpha · A))",
                        "derivative of ONNX SwiGLU-28"),
                new Signature(
                        List.of(
                                Parameter.required("dY", "T", Signature.floats(), "gradient of the output, any shape"),
                                Parameter.required("A", "T", Signature.floats(), "the gate, like dY"),
                                Parameter.required("B", "T", Signature.floats(), "what is gated, like dY")),
                        List.of(
                                Parameter.required("dA", "T", Signature.floats(), "gradient of A, like dY"),
                                Parameter.required("dB", "T", Signature.floats(), "gradient of B, like dY")),
                        List.of(AttributeSpec.real("alpha", 1, "slope of the sigmoid"))));
        this.reading = reading;
    }

    @Override
    public Operator forward() {
        return new Swiglu();
    }

    @Override
    public Map<String, Source> sources() {
        return Map.of("dY", Source.cotangent("Y"), "A", Source.input("A"), "B", Source.input("B"));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dA", "A", "dB", "B");
    }

    @Override
    double flops() {
        return 12;
    }

    @Override
    List<Formula> formulas(Call call, WorkingArithmetic arithmetic) {
        double alpha = call.attributes().real("alpha");
        Formula ofGate = x -> {
            SwishGrad.Gate gate = SwishGrad.Gate.of(x[1], alpha, arithmetic);
            if (reading == Reading.WITHOUT_SLOPE) {
                return x[0].times(x[2]).times(gate.sigmoid());
            }
            return gate.backward(x[0]).times(x[2]).orOverflowing(gate.backward(x[0].times(x[2])));
        };
        Formula ofValue = x -> {
            SwishGrad.Gate gate = SwishGrad.Gate.of(x[1], alpha, arithmetic);
            return x[0].times(gate.value())
                    .orOverflowing(x[0].times(x[1]).times(gate.sigmoid()))
                    .orOverflowing(x[0].times(gate.sigmoid()).times(x[1]));
        };
        return reading == Reading.EXCHANGED ? List.of(ofValue, ofGate) : List.of(ofGate, ofValue);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.as("terms-missing", "the derivative of the sigmoid is left out")
                        .by(new SwigluGrad(Reading.WITHOUT_SLOPE)),
                right.as("misplaced", "the gradients of the two inputs are exchanged")
                        .by(new SwigluGrad(Reading.EXCHANGED)));
    }
}
