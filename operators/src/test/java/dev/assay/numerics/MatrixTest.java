package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MatrixTest {
    private static final int ROWS = 5;
    private static final int COLUMNS = 4;

    private interface Element {
        double at(int row, int column);
    }

    private static double element(int row, int column) {
        return 10 * row + column + 1;
    }

    private static double[] rowMajor() {
        double[] values = new double[ROWS * COLUMNS];
        Arrays.setAll(values, i -> element(i / COLUMNS, i % COLUMNS));
        return values;
    }

    /// Every run of every length, along rows and along columns, and nothing written beside it.
    private static void check(Matrix matrix, int rows, int columns, Element want) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                for (int count = 0; count <= columns - j; count++) {
                    double[] run = new double[count + 2];
                    matrix.row(i, j, count, run, 1);
                    for (int k = 0; k < count; k++) {
                        assertEquals(want.at(i, j + k), run[1 + k], "row " + i + " column " + (j + k));
                    }
                    assertTrue(run[0] == 0 && run[count + 1] == 0);
                }
                for (int count = 0; count <= rows - i; count++) {
                    double[] run = new double[count + 2];
                    matrix.column(j, i, count, run, 1);
                    for (int k = 0; k < count; k++) {
                        assertEquals(want.at(i + k, j), run[1 + k], "row " + (i + k) + " column " + j);
                    }
                    assertTrue(run[0] == 0 && run[count + 1] == 0);
                }
            }
        }
    }

    @Test
    void arraysAreReadWithTheirOffsetAndRowStride() {
        double[] values = new double[3 + ROWS * 7];
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLUMNS; j++) {
                values[3 + i * 7 + j] = element(i, j);
            }
        }
        Matrix matrix = Matrix.of(values, 3, 7);
        assertTrue(matrix.rowMajor());
        check(matrix, ROWS, COLUMNS, MatrixTest::element);
    }

    @Test
    void tensorsAreReadWithBothStrides() {
        try (Arena arena = Arena.ofShared()) {
            for (DType dtype : new DType[] {DType.F64, DType.F32, DType.BF16, DType.I8}) {
                Tensor tensor = Tensor.of(arena, dtype, Shape.of(ROWS, COLUMNS), rowMajor());
                Matrix matrix = Matrix.of(tensor, 0, COLUMNS, 1);
                assertTrue(matrix.rowMajor());
                check(matrix, ROWS, COLUMNS, MatrixTest::element);
                Matrix transposed = Matrix.of(tensor, 0, 1, COLUMNS);
                assertFalse(transposed.rowMajor());
                check(transposed, COLUMNS, ROWS, (i, j) -> element(j, i));
                check(Matrix.of(tensor, COLUMNS + 1, COLUMNS, 1), ROWS - 1, 2, (i, j) -> element(i + 1, j + 1));
                check(Matrix.of(tensor, 2, 0, 1), 3, 2, (i, j) -> element(0, j + 2));
                check(Matrix.of(tensor, 0, COLUMNS, 0), ROWS, 3, (i, j) -> element(i, 0));
            }
        }
    }

    @Test
    void emptyRunsOfEmptyTensorsAreRead() {
        try (Arena arena = Arena.ofShared()) {
            for (DType dtype : new DType[] {DType.F64, DType.F32, DType.F16}) {
                Tensor tensor = Tensor.allocate(TensorSpec.of(dtype, 4, 0), arena);
                Matrix matrix = Matrix.of(tensor, 0, 1, 1);
                matrix.row(3, 0, 0, new double[0], 0);
                matrix.column(0, 0, 0, new double[0], 0);
            }
        }
    }

    @Test
    void viewsReadTheSameElements() {
        Matrix matrix = Matrix.of(rowMajor(), 0, COLUMNS);
        check(matrix.transposed(), COLUMNS, ROWS, (i, j) -> element(j, i));
        assertFalse(matrix.transposed().rowMajor());
        assertTrue(matrix.transposed().transposed().rowMajor());
        check(matrix.from(2, 1), ROWS - 2, COLUMNS - 1, (i, j) -> element(i + 2, j + 1));
        double[] scale = {1, 2, 4, 8, 16};
        check(matrix.scaledRows(scale), ROWS, COLUMNS, (i, j) -> element(i, j) * scale[i]);
        check(matrix.transposed().scaledRows(scale), COLUMNS, ROWS, (i, j) -> element(j, i) * scale[i]);
        Matrix negated = matrix.map((run, from, count) -> {
            for (int i = from; i < from + count; i++) {
                run[i] = -run[i];
            }
        });
        check(negated, ROWS, COLUMNS, (i, j) -> -element(i, j));
    }

    @Test
    void stackedMatricesJoinInAnyRun() {
        Matrix top = Matrix.of(rowMajor(), 0, COLUMNS);
        for (int rows = 0; rows <= ROWS; rows++) {
            int above = rows;
            Matrix joined = Matrix.stacked(top, above, Matrix.of(rowMajor(), 0, COLUMNS));
            check(joined, above + ROWS, COLUMNS, (i, j) -> element(i < above ? i : i - above, j));
        }
    }

    @Test
    void chosenRowsStandInTheirOrder() {
        Matrix matrix = Matrix.of(rowMajor(), 0, COLUMNS);
        long[] numbers = {3, 0, 3, 2};
        check(matrix.rows(numbers), numbers.length, COLUMNS, (i, j) -> element((int) numbers[i], j));
        long[] columns = {2, 0};
        check(
                matrix.transposed().rows(columns).transposed(),
                ROWS,
                columns.length,
                (i, j) -> element(i, (int) columns[j]));
    }
}
