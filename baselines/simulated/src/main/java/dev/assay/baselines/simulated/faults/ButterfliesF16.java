package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// Partial transforms are stored in half precision, as tensor-core transforms do.
final class ButterfliesF16 extends Fault {
    ButterfliesF16() {
        super(
                "butterflies-f16",
                "",
                List.of("bound", "rms", "exact", "contract"),
                List.of("narrow-accumulator", "narrow-intermediate"),
                "sums of the transform are kept in f16",
                "dft",
                "fftn",
                "stft",
                "spectral_conv");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double add(double a, double b) {
                return DType.F16.round(super.add(a, b));
            }

            @Override
            public double subtract(double a, double b) {
                return DType.F16.round(super.subtract(a, b));
            }
        };
    }
}
