package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// What meets in a place overwrites what is there.
final class DuplicatesOverwrite extends Fault {
    DuplicatesOverwrite() {
        super(
                "duplicates-overwrite",
                "M02",
                List.of("exact", "bound"),
                List.of("terms-missing", "misplaced"),
                "a reduction keeps the last update alone",
                "scatter_elements",
                "scatter_nd",
                "embedding_grad",
                "segment_reduce");
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().has("reduction") ? Calls.text(call, "reduction", "none") : call;
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return switch (call.operator()) {
            case "embedding_grad" -> lastTerms(call, arithmetic);
            case "segment_reduce" -> lastRows(plain);
            default -> plain;
        };
    }

    private static SharedKernel lastTerms(Call call, Arithmetic arithmetic) {
        return KernelLibrary.plan(call, new ForwardingArithmetic(arithmetic) {
            @Override
            public double sum(double[] terms, int count) {
                return count == 0 ? 0 : terms[count - 1];
            }
        });
    }

    private static SharedKernel lastRows(SharedKernel plain) {
        return Operands.spoiling(plain, "out", (found, given) -> {
            Tensor ids = given.input("segment_ids").tensor();
            Tensor data = given.input("data").tensor();
            long rows = ids.shape().elements();
            long width = data.shape().elements() / Math.max(1, rows);
            for (long e = 0; e < rows; e++) {
                long segment = ids.dtype().decodeLong(ids.codeAt(ids.position(e)));
                for (long f = 0; f < width; f++) {
                    found.set(segment * width + f, data.get(e * width + f));
                }
            }
        });
    }
}
