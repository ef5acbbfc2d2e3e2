package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// Fragments of 4 by 4 results are stored with rows and columns exchanged.
final class TransposeTile extends Fault {
    private static final int SIZE = 4;

    TransposeTile() {
        super(
                "transpose-tile",
                "",
                List.of("exact", "bound"),
                List.of("misplaced"),
                "tiles of 4 by 4 results are stored transposed",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.store((row, column, rows, columns, tile) -> {
            int up = row % SIZE;
            int left = column % SIZE;
            boolean whole = row - up + SIZE <= rows && column - left + SIZE <= columns;
            return whole ? (row - up + left) * columns + column - left + up : row * columns + column;
        });
    }
}
