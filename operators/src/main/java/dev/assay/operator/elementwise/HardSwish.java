package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Piecewise quadratic swish: `Y = X · max(0, min(1, X / 6 + 1/2))`.
///
/// Kernels also work it out as `X · max(0, min(6, X + 3)) / 6`, which is how it was published.
///
/// - source: ONNX HardSwish-22; A. Howard et al., Searching for MobileNetV3, arXiv:1905.02244, section 5.2
public final class HardSwish extends Elementwise {
    public HardSwish() {
        super(
                "hard_swish",
                "HardSwish",
                about("Y = X · max(0, min(1, X / 6 + 1/2))", "ONNX HardSwish-22"),
                unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 5;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> {
            Approx published = x[0].plus(3).min(arithmetic.of(6)).max(arithmetic.of(0));
            return x[0].times(
                            x[0].times(1 / 6.0).plus(0.5).min(arithmetic.of(1)).max(arithmetic.of(0)))
                    .or(x[0].times(published).times(1 / 6.0))
                    .or(x[0].times(published.times(1 / 6.0)));
        };
    }
}
