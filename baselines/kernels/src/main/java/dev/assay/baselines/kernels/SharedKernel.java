package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;

/// A kernel of the library: one call, planned for one arithmetic.
@FunctionalInterface
public interface SharedKernel {
    /// Computes the call.
    void run(Arguments arguments);

    /// Plans a call.
    @FunctionalInterface
    interface Factory {
        /// Plans a call, with everything worked out that does not depend on the tensors' values.
        ///
        /// @param call that [KernelLibrary#supports] has a yes for
        /// @param arithmetic of the device
        SharedKernel plan(Call call, Arithmetic arithmetic);
    }
}
