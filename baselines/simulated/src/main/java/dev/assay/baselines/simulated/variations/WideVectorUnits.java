package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.Deviation;
import dev.assay.baselines.simulated.Variation;

/// As where a compiler keeps everything between load and store in wider registers.
final class WideVectorUnits extends Variation {
    WideVectorUnits() {
        super(
                "wide-vector-units",
                "16",
                "the vector units compute in f64 and round once",
                Deviation.libraryOperators());
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return Arithmetic.F64;
    }
}
