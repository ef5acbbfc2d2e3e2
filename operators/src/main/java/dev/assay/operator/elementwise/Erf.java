package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.ErrorFunction;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Error function: `Y = erf(X)`.
///
/// - source: ONNX Erf-13
public final class Erf extends Elementwise {
    public Erf() {
        super("erf", "Erf", about("Y = erf(X)", "ONNX Erf-13"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(ErrorFunction::erf);
    }
}
