package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.LinalgKernels;
import dev.assay.baselines.kernels.Reflections;
import dev.assay.baselines.kernels.Rotations;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Variation;

/// As parallel and systolic machines do.
final class RotationsForReflections extends Variation {
    RotationsForReflections() {
        super(
                "rotations-for-reflections",
                "",
                "rotations of pairs of rows in place of reflections: Givens for QR, Jacobi for eigenvalues",
                "qr",
                "eigh");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        boolean qr = call.operator().equals("qr");
        return LinalgKernels.batched(
                call,
                arithmetic,
                (asked, in, m) -> qr ? Reflections.qrByRotations(in[0], m) : Rotations.eigh(in[0], m));
    }
}
