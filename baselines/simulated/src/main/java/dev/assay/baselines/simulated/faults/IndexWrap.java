package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.Arrays;
import java.util.List;

/// An index overflows. In 12 bits, for no simulated product is large enough for 32.
final class IndexWrap extends Fault {
    IndexWrap() {
        super(
                "index-wrap",
                "G20",
                List.of("exact", "large"),
                List.of("misplaced", "terms-repeated"),
                "positions along k are kept in 12 bits",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.terms((k, tile) -> {
            int[] positions = new int[k];
            Arrays.setAll(positions, i -> i & 0xFFF);
            return positions;
        });
    }
}
