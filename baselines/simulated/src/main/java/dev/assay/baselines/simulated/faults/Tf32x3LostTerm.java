package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import java.util.List;

/// Of three products of tf32 parts, one of the mixed ones is forgotten.
final class Tf32x3LostTerm extends Fault {
    Tf32x3LostTerm() {
        super(
                "tf32x3-lost-term",
                "G16",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-inputs"),
                "f32 products from tf32 parts lack one of the two mixed products",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.pieces(2, 11, (left, right) -> left == 0));
    }
}
