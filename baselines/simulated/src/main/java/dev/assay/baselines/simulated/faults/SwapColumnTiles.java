package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// Tiles of 16 columns are written to their neighbour's place.
final class SwapColumnTiles extends Fault {
    SwapColumnTiles() {
        super(
                "swap-column-tiles",
                "",
                List.of("exact", "bound"),
                List.of("misplaced"),
                "neighbouring tiles of columns change places",
                "matmul");
    }

    private static final int WIDTH = 16;

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.store((row, column, rows, columns, tile) ->
                row * columns + ((column ^ WIDTH) < columns ? column ^ WIDTH : column));
    }
}
