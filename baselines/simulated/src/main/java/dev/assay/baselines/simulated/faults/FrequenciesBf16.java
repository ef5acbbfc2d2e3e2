package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// Inverse frequencies are a buffer of the model, and models are cast.
final class FrequenciesBf16 extends Fault {
    FrequenciesBf16() {
        super(
                "frequencies-bf16",
                "N25",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate", "rough-function"),
                "inverse frequencies are rounded to bf16",
                "rope",
                "rope_in_place");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double pow(double x, double y) {
                return DType.BF16.round(super.pow(x, y));
            }
        };
    }
}
