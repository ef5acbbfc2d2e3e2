package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The mean of the logits is taken even where its factor is 0.
final class MaskedClassNan extends Fault {
    MaskedClassNan() {
        super(
                "masked-class-nan",
                "N28",
                List.of("special"),
                List.of("special-values"),
                "a class that is masked by minus infinity makes the loss NaN",
                "cross_entropy");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        boolean rows = call.attributes().text("reduction").equals("none");
        return Operands.spoiling(plain, "loss", (loss, given) -> {
            Tensor logits = given.input("logits").tensor();
            Tensor labels = given.input("labels").tensor();
            long classes = logits.shape().dim(1);
            for (long row = 0; row < logits.shape().dim(0); row++) {
                boolean masked = false;
                for (long i = 0; i < classes && !masked; i++) {
                    masked = logits.get(row * classes + i) == Double.NEGATIVE_INFINITY;
                }
                long label = labels.dtype().decodeLong(labels.codeAt(labels.position(row)));
                if (masked && label != call.attributes().integer("ignore_index")) {
                    loss.set(rows ? row : 0, Double.NaN);
                }
            }
        });
    }
}
