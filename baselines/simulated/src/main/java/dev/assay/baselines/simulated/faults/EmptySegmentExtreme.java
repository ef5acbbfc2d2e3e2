package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// What a search for an extreme starts from is left.
final class EmptySegmentExtreme extends Fault {
    EmptySegmentExtreme() {
        super(
                "empty-segment-extreme",
                "",
                List.of("exact", "special"),
                List.of("empty-row", "special-values"),
                "segments without rows give what the reduction starts from, and a mean of nothing NaN",
                "segment_reduce");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "out", (found, given) -> {
            Tensor ids = given.input("segment_ids").tensor();
            long segments = found.shape().dim(0);
            long width = segments == 0 ? 0 : found.shape().elements() / segments;
            boolean[] busy = new boolean[(int) segments];
            for (long e = 0; e < ids.shape().elements(); e++) {
                busy[(int) ids.dtype().decodeLong(ids.codeAt(ids.position(e)))] = true;
            }
            double start = switch (call.attributes().text("reduce")) {
                case "max" -> Double.NEGATIVE_INFINITY;
                case "min" -> Double.POSITIVE_INFINITY;
                case "mean" -> Double.NaN;
                default -> 0;
            };
            for (long i = 0; i < segments * width; i++) {
                if (!busy[(int) (i / width)]) {
                    found.set(i, start);
                }
            }
        });
    }
}
