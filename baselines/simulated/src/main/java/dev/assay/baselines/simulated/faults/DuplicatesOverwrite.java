package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
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
                "embedding_grad");
    }

    @Override
    public Call misread(Call call) {
        return call.operator().equals("embedding_grad") ? call : Calls.text(call, "reduction", "none");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (!call.operator().equals("embedding_grad")) {
            return plain;
        }
        return KernelLibrary.plan(call, new ForwardingArithmetic(arithmetic) {
            @Override
            public double sum(double[] terms, int count) {
                return count == 0 ? 0 : terms[count - 1];
            }
        });
    }
}
