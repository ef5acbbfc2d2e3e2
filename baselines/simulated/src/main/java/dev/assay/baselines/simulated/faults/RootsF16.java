package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// A table of roots in half precision.
final class RootsF16 extends Fault {
    RootsF16() {
        super(
                "roots-f16",
                "",
                List.of("bound", "rms", "bias", "exact"),
                List.of("narrow-intermediate", "rough-function"),
                "roots of unity are kept in f16",
                "dft",
                "fftn",
                "stft",
                "spectral_conv");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double sin(double x) {
                return DType.F16.round(super.sin(x));
            }

            @Override
            public double cos(double x) {
                return DType.F16.round(super.cos(x));
            }
        };
    }
}
