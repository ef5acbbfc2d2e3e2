package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import java.util.List;

/// Gated linear unit of gelu in its exact form: `Y = gelu(A) · B`.
///
/// - source: Shazeer 2020, GLU Variants Improve Transformer
public final class Geglu extends Elementwise {
    public Geglu() {
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
        return x -> Gelu.gelu(x[0], false).times(x[1]);
    }
}
