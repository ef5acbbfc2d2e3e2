package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Rerouted;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// A conversion toward zero at the end.
final class TruncatedResults extends Fault {
    TruncatedResults() {
        super(
                "truncated-results",
                "",
                List.of("exact", "bound", "rms", "bias"),
                List.of("truncation"),
                "results of elementwise operators are cut off instead of rounded",
                Operators.rounding());
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        DType type = call.outputs().getFirst().spec().orElseThrow().dtype();
        if (type == DType.F64 || !type.isFloat()) {
            return plain;
        }
        List<Operand> outputs = call.outputs();
        return Rerouted.of(
                call,
                operand -> outputs.contains(operand)
                        ? TensorSpec.dense(
                                DType.F64, operand.spec().orElseThrow().shape())
                        : operand.spec().orElseThrow(),
                Rerouted::codes,
                TruncatedResults::cutOff,
                Arithmetic.F64);
    }

    private static void cutOff(Tensor from, Tensor to) {
        for (long i = 0; i < to.shape().elements(); i++) {
            double value = from.get(i);
            double rounded = to.dtype().round(value);
            boolean away = Math.abs(rounded) > Math.abs(value) && Double.isFinite(value);
            // Codes of a sign are ordered as their magnitudes are.
            long code = to.dtype().encode(rounded);
            to.setCodeAt(i, away ? code - 1 : code);
        }
    }
}
