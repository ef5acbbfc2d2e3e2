package dev.assay.baselines.simulated;

import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.numerics.Matrix;
import dev.assay.tensor.DType;
import java.util.Optional;
import java.util.function.Consumer;

/// What a matrix unit does to a product, step by step.
///
/// Immutable: each method returns a copy that differs in one step. A class rather than a record because a record would
/// have to repeat every step in each of them.
public final class MatMulNumerics implements Cloneable {
    /// Subnormal operands count as zero.
    public static final Operands FLUSHED_OPERANDS =
            (value, dtype, left) -> Math.abs(value) < dtype.minNormal() ? 0 : value;

    /// Subnormal results become zero.
    public static final Result FLUSHED_RESULTS =
            (value, output, row, column) -> Math.abs(value) < output.minNormal() ? 0 : value;

    /// Results are cut off to the output's type.
    public static final Result TRUNCATED_RESULTS = (value, output, row, column) -> {
        double rounded = output.round(value);
        boolean away = Double.isFinite(value) && Math.abs(rounded) > Math.abs(value);
        if (!away) {
            return value;
        }
        return Double.isInfinite(rounded)
                ? Math.copySign(output.maxFinite(), value)
                : output.decode(output.encode(rounded) - 1);
    };

    static final Operands UNCHANGED = (value, dtype, left) -> value;
    static final Orders STANDARD = (standard, row) -> standard;
    static final Terms ALL = (k, tile) -> Terms.all(k);
    static final Store IN_PLACE = (row, column, rows, columns, tile) -> row * columns + column;

    /// Rounding of f32 operands.
    InputRounding inputs = InputRounding.NONE;

    Operands operands = UNCHANGED;
    /// Order and rounding of the sums; empty for [Summations#CHAINED].
    Optional<Summation> summation = Optional.empty();

    Orders orders = STANDARD;
    Terms terms = ALL;
    /// Whether matrices are multiplied by one level of Strassen's scheme.
    boolean strassen;

    Result result = (value, output, row, column) -> value;
    Batches batches = (left, right, linear, matrices) -> right;
    Store store = IN_PLACE;
    /// Whether operands' strides are honoured.
    boolean strided = true;
    /// Whether results are added to what the output holds.
    boolean accumulates;

    private MatMulNumerics() {}

    /// What becomes of an operand's element, after [#inputs].
    @FunctionalInterface
    public interface Operands {
        float of(float value, DType dtype, boolean left);
    }

    /// The terms of a sum: positions along k, in the order in which they are added.
    @FunctionalInterface
    public interface Terms {
        /// Positions for a sum of `k` terms on a unit that works in tiles of `tile`.
        int[] of(int k, int tile);

        /// All of them, in order.
        static int[] all(int k) {
            int[] positions = new int[k];
            java.util.Arrays.setAll(positions, i -> i);
            return positions;
        }
    }

    /// A row of a launch.
    ///
    /// @param number of the row, counted through all matrices of the batch
    /// @param rows that the launch computes
    /// @param launch number of the launch since the device was opened
    public record Row(long number, long rows, long launch) {}

    /// How the sums of a row are taken.
    @FunctionalInterface
    public interface Orders {
        Optional<Summation> of(Optional<Summation> standard, Row row);
    }

    /// Which matrix of an operand a matrix of the result is made from.
    @FunctionalInterface
    public interface Batches {
        /// The matrix's number within the operand.
        ///
        /// @param left whether it is the left operand
        /// @param right the right one
        /// @param linear number of the result's matrix
        /// @param matrices that the operand has
        long of(boolean left, long right, long linear, long matrices);
    }

    /// Where a result goes.
    @FunctionalInterface
    public interface Store {
        /// Element of the matrix that a result is written to; -1 for none.
        int element(int row, int column, int rows, int columns, int tile);
    }

    /// What becomes of a sum before it is rounded to the output's type.
    @FunctionalInterface
    public interface Result {
        /// The value to round.
        ///
        /// @param row counted through all matrices of the batch
        double of(double value, DType output, long row, int column);
    }

    static MatMulNumerics of(Chip chip) {
        InputRounding rounding = switch (chip.matmul().inputs()) {
            case "tf32" -> InputRounding.TF32;
            case "tf32-truncated" -> InputRounding.TF32_TOWARD_ZERO;
            default -> InputRounding.NONE;
        };
        Summation summation = Summations.named(chip.matmul().summation(), chip.name());
        MatMulNumerics numerics = new MatMulNumerics().inputs(rounding);
        return summation.equals(Summations.CHAINED) ? numerics : numerics.summation(summation);
    }

    private MatMulNumerics with(Consumer<MatMulNumerics> change) {
        try {
            MatMulNumerics copy = (MatMulNumerics) clone();
            change.accept(copy);
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    public MatMulNumerics inputs(InputRounding value) {
        return with(n -> n.inputs = value);
    }

    public MatMulNumerics operands(Operands value) {
        return with(n -> n.operands = value);
    }

    public MatMulNumerics summation(Summation value) {
        return with(n -> n.summation = Optional.of(value));
    }

    public MatMulNumerics orders(Orders value) {
        return with(n -> n.orders = value);
    }

    public MatMulNumerics terms(Terms value) {
        return with(n -> n.terms = value);
    }

    public MatMulNumerics strassen() {
        return with(n -> n.strassen = true);
    }

    public MatMulNumerics result(Result value) {
        return with(n -> n.result = value);
    }

    public MatMulNumerics batches(Batches value) {
        return with(n -> n.batches = value);
    }

    public MatMulNumerics store(Store value) {
        return with(n -> n.store = value);
    }

    public MatMulNumerics withoutStrides() {
        return with(n -> n.strided = false);
    }

    public MatMulNumerics accumulates() {
        return with(n -> n.accumulates = true);
    }

    /// The sums' order and rounding, for deviations that build on it.
    public Summation usual() {
        return summation.orElse(Summations.CHAINED);
    }

    /// All sums of a product, row-major; empty where they are not all taken in the usual way over all terms, or where
    /// that way takes them one by one.
    Optional<float[]> usualProduct(Matrix left, Matrix right, int rows, int columns, int depth) {
        boolean usual = terms.equals(ALL) && orders.equals(STANDARD) && !strassen;
        return usual ? usual().product(left, right, rows, columns, depth) : Optional.empty();
    }

    /// Whether an operand of this type reaches the multiplier changed.
    boolean roundsInputs(DType dtype) {
        return inputs.precision() < dtype.precision();
    }
}
