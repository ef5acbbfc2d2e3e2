package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.Tensor;

/// Any NaN is a NaN.
final class NanPayload extends Variation {
    NanPayload() {
        super(
                "nan-payload",
                "56",
                "NaN results have another sign and payload",
                "matmul",
                "attention",
                "layer_normalization");
    }

    @Override
    public void after(Call call, Arguments arguments) {
        Tensor y = arguments.output("Y").tensor();
        long other = (1L << (y.dtype().bits() - 1)) + 1;
        for (long i = 0; i < y.shape().elements(); i++) {
            if (Double.isNaN(y.get(i))) {
                y.setCodeAt(i, y.codeAt(i) | other);
            }
        }
    }
}
