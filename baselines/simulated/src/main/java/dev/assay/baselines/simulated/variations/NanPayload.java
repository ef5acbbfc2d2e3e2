package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Deviation;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.Set;

/// Any NaN is a NaN.
final class NanPayload extends Variation {
    NanPayload() {
        super("nan-payload", "56", "NaN results have another sign and payload", Deviation.everyOperator());
    }

    @Override
    public void after(Call call, Arguments arguments) {
        arguments.outputs().values().forEach(output -> otherPayloads(output.tensor()));
    }

    private static void otherPayloads(Tensor y) {
        boolean free = Set.of(DType.F64, DType.F32, DType.F16, DType.BF16).contains(y.dtype());
        if (!free) {
            return;
        }
        long other = (1L << (y.dtype().bits() - 1)) + 1;
        for (long i = 0; i < y.shape().elements(); i++) {
            if (Double.isNaN(y.get(i))) {
                y.setCodeAt(i, y.codeAt(i) | other);
            }
        }
    }
}
