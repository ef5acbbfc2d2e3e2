package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import java.util.List;

/// Gated linear unit of gelu in its exact form: `Y = gelu(A) · B`.
///
/// - source: Shazeer 2020, GLU Variants Improve Transformer
public final class Geglu extends Elementwise {
    private final boolean tanh;

    public Geglu() {
        this(false);
    }

    /// @param tanh whether the gate has the form by tanh, as a wrong kernel may have it
    private Geglu(boolean tanh) {
        super(
                "geglu",
                "",
                about("Y = gelu(A) · B", "Shazeer 2020, GLU Variants Improve Transformer"),
                new Signature(
                        List.of(
                                Parameter.required("A", "T", Signature.floats(), "the gate"),
                                Parameter.required("B", "T", Signature.floats(), "what is gated, like A")),
                        List.of(Parameter.required("Y", "T", Signature.floats(), "like A")),
                        List.of()));
        this.tanh = tanh;
    }

    @Override
    protected void check(Call call) {
        checkAlike(call, "A", "B");
    }

    @Override
    protected double flops() {
        return 15;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> Gelu.gelu(x[0], tanh).times(x[1]);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .as("rough-function", "the error function is replaced by the form by tanh")
                .by(new Geglu(true)));
    }
}
