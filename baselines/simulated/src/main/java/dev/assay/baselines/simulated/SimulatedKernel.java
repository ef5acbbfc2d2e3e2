package dev.assay.baselines.simulated;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;

/// The kernel of one operator.
interface SimulatedKernel {
    /// Computes the call as the chip would.
    ///
    /// @param launch number of this launch since the device was opened
    void run(Call call, Arguments arguments, long launch);

    /// Flops that the chip spends, idle parts of tiles and waves included.
    double modelledFlops(Call call);
}
