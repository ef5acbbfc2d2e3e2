package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.Eliminations;
import dev.assay.baselines.kernels.LinalgKernels;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Variation;

/// Right-looking and left-looking algorithms, and reciprocals of pivots.
final class OtherElimination extends Variation {
    OtherElimination() {
        super(
                "other-elimination",
                "",
                "Cholesky factors by updates of what is left, LU factors by inner products",
                "cholesky",
                "lu_factor");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (call.operator().equals("cholesky") && call.attributes().integer("upper") != 0) {
            return plain;
        }
        boolean lu = call.operator().equals("lu_factor");
        return LinalgKernels.batched(
                call,
                arithmetic,
                (asked, in, m) -> lu
                        ? Eliminations.luByDots(in[0], m)
                        : new double[][][] {Eliminations.choleskyByUpdates(in[0], m)});
    }
}
