package dev.assay.baselines.simulated;

import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.tensor.DType;
import java.util.Optional;

/// What a matrix unit does to a product, step by step.
///
/// @param inputs rounding of f32 operands
/// @param summation order and rounding of the sums; empty for the fast path, which is [Summations#CHAINED]
/// @param terms which terms a sum has
/// @param result what happens to a sum before it is rounded to the output
/// @param store which results are written where
/// @param strided whether operands' strides are honoured
public record MatMulNumerics(
        InputRounding inputs, Optional<Summation> summation, Terms terms, Result result, Store store, boolean strided) {

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

    /// Where a result goes.
    @FunctionalInterface
    public interface Store {
        /// Column that the result of `column` is written to, of `columns`; -1 for none.
        int column(int column, int columns, int tile);
    }

    /// What becomes of a sum before it is rounded to the output's type.
    @FunctionalInterface
    public interface Result {
        double of(double value, DType output);
    }

    static final Terms ALL = (k, tile) -> Terms.all(k);
    static final Store IN_PLACE = (column, columns, tile) -> column;

    static MatMulNumerics of(Chip chip) {
        InputRounding rounding = switch (chip.matmul().inputs()) {
            case "tf32" -> InputRounding.TF32;
            case "tf32-truncated" -> InputRounding.TF32_TOWARD_ZERO;
            default -> InputRounding.NONE;
        };
        Summation summation = Summations.named(chip.matmul().summation(), chip.name());
        return new MatMulNumerics(
                rounding,
                summation.equals(Summations.CHAINED) ? Optional.empty() : Optional.of(summation),
                ALL,
                (value, output) -> value,
                IN_PLACE,
                true);
    }

    public MatMulNumerics withInputs(InputRounding rounding) {
        return new MatMulNumerics(rounding, summation, terms, result, store, strided);
    }

    public MatMulNumerics withSummation(Summation order) {
        return new MatMulNumerics(inputs, Optional.of(order), terms, result, store, strided);
    }

    public MatMulNumerics withTerms(Terms selection) {
        return new MatMulNumerics(inputs, summation, selection, result, store, strided);
    }

    public MatMulNumerics withResult(Result change) {
        return new MatMulNumerics(inputs, summation, terms, change, store, strided);
    }

    public MatMulNumerics withStore(Store target) {
        return new MatMulNumerics(inputs, summation, terms, result, target, strided);
    }

    public MatMulNumerics withoutStrides() {
        return new MatMulNumerics(inputs, summation, terms, result, store, false);
    }

    /// Whether the fast path computes exactly this.
    boolean isPlain() {
        return summation.isEmpty() && terms.equals(ALL);
    }

    /// Rounds an operand as the unit does.
    boolean roundsInputs(DType dtype) {
        return inputs.precision() < dtype.precision();
    }
}
