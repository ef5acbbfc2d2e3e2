package dev.assay.operator.gemm;

import dev.assay.numerics.Gemm;
import dev.assay.numerics.GemmF32;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// Sums of the squares of the scaled terms of a product's elements.
///
/// In f32 where the ranges of an element's row and column allow it: a variance needs few digits, and f32 takes
/// half the time. The choice is the element's own, so that a bound does not depend on its neighbours.
final class SquaredTerms {
    /// Below this, a term of the sum of squares would be lost in f32.
    private static final double SMALLEST_IN_F32 = 0x1p-120;

    /// From one asked element in so many of a column on, the whole column is the cheaper one: an element by itself
    /// takes about as much longer.
    private static final int DENSE = 16;
    /// Elements to a row from which on columns are worked out: to read all rows costs as much as these.
    private static final int MANY = 16;
    /// Lines that a thread takes at a time.
    private static final int LINES = 16;

    private final double[] rowRange;
    private final double[] columnRange;
    private final int depth;
    private final Matrix left;
    private final Matrix right;
    /// Scaled elements row by row, and column by column, if they are kept.
    private final float[][] leftLines;

    private final float[][] rightLines;
    /// Roots of the sums of the fourth powers of what is kept.
    private final double[] ofRows;

    private final double[] ofColumns;

    /// @param leftLines rows of the left operand as they are, or nothing
    /// @param rightLines columns of the right operand as they are, or nothing
    SquaredTerms(Operands operands, int rows, int columns, float[][] leftLines, float[][] rightLines) {
        this.rowRange = of(rows, operands.rowsOf()::range);
        this.columnRange = of(columns, operands.columnsOf()::range);
        this.depth = operands.depth();
        double[] rowScale = of(rows, operands.rowsOf()::scale);
        double[] columnScale = of(columns, operands.columnsOf()::scale);
        this.left = finiteSquares(operands.left().scaledRows(rowScale));
        this.right = finiteSquares(
                operands.right().transposed().scaledRows(columnScale).transposed());
        this.leftLines = leftLines;
        this.rightLines = rightLines;
        this.ofRows = new double[rows];
        this.ofColumns = new double[columns];
        if (answersSingly()) {
            scale(leftLines, rowScale, ofRows);
            scale(rightLines, columnScale, ofColumns);
        }
    }

    private static void scale(float[][] lines, double[] scale, double[] fourthPowers) {
        Parallel.forEach(Math.ceilDiv(lines.length, LINES), part -> {
            for (int i = part * LINES; i < Math.min(lines.length, (part + 1) * LINES); i++) {
                scale(lines[i], scale[i]);
                fourthPowers[i] = rootOfFourthPowers(lines[i]);
            }
        });
    }

    private static void scale(float[] values, double factor) {
        for (int i = 0; i < values.length; i++) {
            // Not in f32: the reciprocal of a subnormal number is beyond its range.
            values[i] = (float) (values[i] * factor);
        }
    }

    /// At least the root of the sum of the fourth powers.
    private static double rootOfFourthPowers(float[] values) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int whole = values.length & ~3;
        for (int i = 0; i < whole; i += 4) {
            float q0 = values[i] * values[i];
            float q1 = values[i + 1] * values[i + 1];
            float q2 = values[i + 2] * values[i + 2];
            float q3 = values[i + 3] * values[i + 3];
            s0 = Math.fma(q0, q0, s0);
            s1 = Math.fma(q1, q1, s1);
            s2 = Math.fma(q2, q2, s2);
            s3 = Math.fma(q3, q3, s3);
        }
        double sum = (double) s0 + s1 + s2 + s3;
        for (int i = whole; i < values.length; i++) {
            double square = values[i] * (double) values[i];
            sum += square * square;
        }
        // More than the roundings on the way may have lost, and what underflows.
        return Math.sqrt(sum * (1 + values.length * 0x1p-23) + values.length * 0x1p-126);
    }

    private static double[] of(int lines, IntToDoubleFunction value) {
        double[] values = new double[lines];
        Arrays.setAll(values, value);
        return values;
    }

    private static double largest(double[] values, int from, int count) {
        return Arrays.stream(values, from, from + count).max().orElse(1);
    }

    private static double smallest(double[] values, int from, int count) {
        return Arrays.stream(values, from, from + count).min().orElse(1);
    }

    private static boolean fitsF32(double rowRange, double columnRange) {
        double smallest = rowRange * columnRange;
        return smallest * smallest >= SMALLEST_IN_F32;
    }

    private static Matrix finiteSquares(Matrix matrix) {
        return matrix.map((run, from, count) -> {
            for (int i = from; i < from + count; i++) {
                run[i] = Double.isFinite(run[i]) ? run[i] * run[i] : 0;
            }
        });
    }

    /// Whether [Block#some] can answer: f32 serves all elements, and these are kept.
    boolean answersSingly() {
        return leftLines.length > 0
                && rightLines.length > 0
                && fitsF32(smallest(rowRange, 0, rowRange.length), smallest(columnRange, 0, columnRange.length));
    }

    /// Sums by an element's row-major number in a block.
    @FunctionalInterface
    interface Sums {
        double of(int element);
    }

    Block block(int fromRow, int height, int fromColumn, int width) {
        return new Block(fromRow, height, fromColumn, width);
    }

    /// The sums of some rows and columns; knows the columns that it has given.
    final class Block {
        private final int fromRow;
        private final int height;
        private final int fromColumn;
        private final int width;
        private final float[][] known;

        private Block(int fromRow, int height, int fromColumn, int width) {
            this.fromRow = fromRow;
            this.height = height;
            this.fromColumn = fromColumn;
            this.width = width;
            this.known = new float[width][0];
        }

        /// The sums of all elements.
        Sums all() {
            boolean anyNarrow = fitsF32(largest(rowRange, fromRow, height), largest(columnRange, fromColumn, width));
            boolean anyWide = !fitsF32(smallest(rowRange, fromRow, height), smallest(columnRange, fromColumn, width));
            Matrix a = left.from(fromRow, 0);
            Matrix b = right.from(0, fromColumn);
            float[] narrow = anyNarrow ? narrow(a, b, height, width) : new float[0];
            if (!anyWide) {
                return element -> narrow[element];
            }
            double[] wide = new double[height * width];
            Gemm.multiply(a, b, height, width, depth, wide, 0, width);
            return element -> fitsF32(rowRange[fromRow + element / width], columnRange[fromColumn + element % width])
                    ? narrow[element]
                    : wide[element];
        }

        /// A bound on the sum of an element, if this [#answersSingly].
        double most(int element) {
            return ofRows[fromRow + element / width] * ofColumns[fromColumn + element % width];
        }

        /// The sums of some elements, if this [#answersSingly]. Of all of them these are the same as [#all]; of few,
        /// they are added in another order.
        ///
        /// @param elements row-major numbers in the block, ascending
        synchronized double[] some(int[] elements) {
            if (elements.length == height * width) {
                Sums all = all();
                return IntStream.of(elements).mapToDouble(all::of).toArray();
            }
            learn(elements);
            double[] sums = new double[elements.length];
            int[] single = new int[elements.length];
            int singles = 0;
            for (int n = 0; n < sums.length; n++) {
                float[] column = known[elements[n] % width];
                if (column.length == 0) {
                    single[singles++] = n;
                } else {
                    sums[n] = column[elements[n] / width];
                }
            }
            int[] row = new int[singles];
            int[] column = new int[singles];
            for (int n = 0; n < singles; n++) {
                row[n] = fromRow + elements[single[n]] / width;
                column[n] = fromColumn + elements[single[n]] % width;
            }
            float[] alone = GemmF32.squaredTerms(leftLines, rightLines, row, column);
            for (int n = 0; n < singles; n++) {
                sums[single[n]] = alone[n];
            }
            return sums;
        }

        /// Works out whole columns where many of their elements are asked for.
        private void learn(int[] elements) {
            int[] asked = new int[width];
            for (int element : elements) {
                asked[element % width]++;
            }
            int[] dense = IntStream.range(0, width)
                    .filter(column -> known[column].length == 0 && (long) asked[column] * DENSE >= height)
                    .toArray();
            long covered =
                    IntStream.of(dense).mapToLong(column -> asked[column]).sum();
            if (covered < (long) MANY * height) {
                return;
            }
            Matrix a = squares(leftLines).from(fromRow, 0);
            long[] lines = Arrays.stream(dense)
                    .mapToLong(column -> fromColumn + (long) column)
                    .toArray();
            Matrix b = squares(rightLines).rows(lines).transposed();
            float[] sums = narrow(a, b, height, dense.length);
            for (int n = 0; n < dense.length; n++) {
                float[] column = new float[height];
                for (int row = 0; row < height; row++) {
                    column[row] = sums[row * dense.length + n];
                }
                known[dense[n]] = column;
            }
        }
    }

    private float[] narrow(Matrix a, Matrix b, int height, int width) {
        float[] sums = new float[height * width];
        GemmF32.chains(a, b, height, width, depth, sums, 0, width);
        return sums;
    }

    /// The squares of lines that are kept, which are finite.
    private Matrix squares(float[][] lines) {
        return Matrix.of(lines).map((run, from, count) -> {
            for (int i = from; i < from + count; i++) {
                run[i] *= run[i];
            }
        });
    }
}
