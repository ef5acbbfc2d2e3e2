package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import java.util.List;

/// Tables are kept in the type of the model.
final class AnglesBf16 extends Fault {
    AnglesBf16() {
        super(
                "angles-bf16",
                "N25",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate", "rough-function"),
                "sines and cosines are rounded to bf16",
                "rope",
                "rope_in_place",
                "rotary_embedding",
                "dft",
                "fftn",
                "stft",
                "spectral_conv",
                "hann_window",
                "hamming_window",
                "blackman_window");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double sin(double x) {
                return DType.BF16.round(super.sin(x));
            }

            @Override
            public double cos(double x) {
                return DType.BF16.round(super.cos(x));
            }
        };
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            if (!reading.has("cos_cache")) {
                return reading;
            }
            return reading.real("cos_cache", DType.F32, (i, value) -> DType.BF16.round(value))
                    .real("sin_cache", DType.F32, (i, value) -> DType.BF16.round(value));
        });
    }
}
