package dev.assay.baselines.simulated;

import dev.assay.tensor.DType;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;

/// What a normalisation kernel does to a row.
///
/// Immutable: each method returns a copy that differs in one step.
public final class NormalizationNumerics implements Cloneable {
    /// Order and rounding of its sums.
    Summation summation;

    /// The same for the squares; empty where it is the same.
    Optional<Summation> squares = Optional.empty();

    Method method = Method.TWO_PASS;
    /// How many elements of a row the statistics take in, given how many there are.
    IntUnaryOperator used = length -> length;

    Mean mean = (sum, length) -> sum / length;
    /// What the squares are divided by, given the number of elements.
    IntUnaryOperator divisor = length -> length;

    Inverse inverse = (variance, epsilon) -> 1 / (float) Math.sqrt(variance + epsilon);
    /// Type in which mean and inverse deviation are kept; empty for f32.
    Optional<DType> statistics = Optional.empty();

    Affine affine = (x, mean, inverse, weight, bias, type) -> (x - mean) * inverse * weight + bias;
    /// How many elements of a row are written, given how many there are.
    IntUnaryOperator written = length -> length;

    private NormalizationNumerics(Summation summation) {
        this.summation = summation;
    }

    /// How mean and variance are found.
    public enum Method {
        /// The mean, then the mean of squared distances from it.
        TWO_PASS,
        /// Welford's recurrence.
        WELFORD,
        /// Welford's recurrence in 32 interleaved parts, put together as Chan, Golub and LeVeque do.
        PARALLEL_WELFORD,
        /// E((x - x₀)²) - E(x - x₀)², x₀ being the first element.
        SHIFTED,
        /// E(x²) - E(x)²
        NAIVE
    }

    /// The mean from the sum.
    @FunctionalInterface
    public interface Mean {
        float of(float sum, int length);
    }

    /// The inverse deviation.
    @FunctionalInterface
    public interface Inverse {
        float of(float variance, float epsilon);
    }

    /// An element of the result.
    @FunctionalInterface
    public interface Affine {
        /// The value to round.
        ///
        /// @param type of the result
        float of(float x, float mean, float inverse, float weight, float bias, DType type);
    }

    static NormalizationNumerics of(Chip chip) {
        return new NormalizationNumerics(Summations.named(chip.normalization().summation(), chip.name()));
    }

    private NormalizationNumerics with(Consumer<NormalizationNumerics> change) {
        try {
            NormalizationNumerics copy = (NormalizationNumerics) clone();
            change.accept(copy);
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    public NormalizationNumerics summation(Summation value) {
        return with(n -> n.summation = value);
    }

    public NormalizationNumerics squares(Summation value) {
        return with(n -> n.squares = Optional.of(value));
    }

    public NormalizationNumerics method(Method value) {
        return with(n -> n.method = value);
    }

    public NormalizationNumerics used(IntUnaryOperator value) {
        return with(n -> n.used = value);
    }

    public NormalizationNumerics mean(Mean value) {
        return with(n -> n.mean = value);
    }

    public NormalizationNumerics divisor(IntUnaryOperator value) {
        return with(n -> n.divisor = value);
    }

    public NormalizationNumerics inverse(Inverse value) {
        return with(n -> n.inverse = value);
    }

    public NormalizationNumerics statistics(DType value) {
        return with(n -> n.statistics = Optional.of(value));
    }

    public NormalizationNumerics affine(Affine value) {
        return with(n -> n.affine = value);
    }

    public NormalizationNumerics written(IntUnaryOperator value) {
        return with(n -> n.written = value);
    }
}
