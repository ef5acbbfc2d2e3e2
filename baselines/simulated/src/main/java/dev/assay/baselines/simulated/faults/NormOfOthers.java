package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The loop over tensors ends too early.
final class NormOfOthers extends Fault {
    NormOfOthers() {
        super(
                "norm-of-others",
                "",
                List.of("bound", "rms", "bias"),
                List.of("terms-missing", "scale"),
                "the norm of the last gradient does not count",
                "clip_grad_norm");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        int grads = call.members("grads").size();
        return KernelLibrary.plan(call, new ForwardingArithmetic(arithmetic) {
            @Override
            public double dot(double[] a, double[] b, int count) {
                // The norms of the gradients are added up in the end, if there is more than one.
                boolean norms = count == grads && count == a.length && grads > 1;
                return super.dot(a, b, norms ? count - 1 : count);
            }
        });
    }
}
