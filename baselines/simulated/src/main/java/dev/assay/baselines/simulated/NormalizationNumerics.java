package dev.assay.baselines.simulated;

import dev.assay.tensor.DType;
import java.util.Optional;

/// What a normalisation kernel does to a row.
///
/// @param summation order and rounding of its sums
/// @param method how it finds mean and variance
/// @param missing last elements of a row that the statistics leave out
/// @param correction subtracted from the number of elements in the variance's denominator
/// @param epsilonOutside whether epsilon is added to the deviation instead of the variance
/// @param statistics type in which mean and inverse deviation are kept; empty for f32
/// @param weightFirst whether the weight is multiplied with the inverse deviation before the row is
public record NormalizationNumerics(
        Summation summation,
        Method method,
        int missing,
        int correction,
        boolean epsilonOutside,
        Optional<DType> statistics,
        boolean weightFirst) {

    /// How mean and variance are found.
    public enum Method {
        /// The mean, then the mean of squared distances from it.
        TWO_PASS,
        /// Welford's recurrence.
        WELFORD,
        /// E(x²) - E(x)²
        NAIVE
    }

    static NormalizationNumerics of(Chip chip) {
        return new NormalizationNumerics(
                Summations.named(chip.normalization().summation(), chip.name()),
                Method.TWO_PASS,
                0,
                0,
                false,
                Optional.empty(),
                false);
    }

    public NormalizationNumerics withSummation(Summation order) {
        return new NormalizationNumerics(order, method, missing, correction, epsilonOutside, statistics, weightFirst);
    }

    public NormalizationNumerics withMethod(Method way) {
        return new NormalizationNumerics(summation, way, missing, correction, epsilonOutside, statistics, weightFirst);
    }

    public NormalizationNumerics withMissing(int elements) {
        return new NormalizationNumerics(
                summation, method, elements, correction, epsilonOutside, statistics, weightFirst);
    }

    public NormalizationNumerics withCorrection(int less) {
        return new NormalizationNumerics(summation, method, missing, less, epsilonOutside, statistics, weightFirst);
    }

    public NormalizationNumerics withEpsilonOutside() {
        return new NormalizationNumerics(summation, method, missing, correction, true, statistics, weightFirst);
    }

    public NormalizationNumerics withStatistics(DType type) {
        return new NormalizationNumerics(
                summation, method, missing, correction, epsilonOutside, Optional.of(type), weightFirst);
    }

    public NormalizationNumerics withWeightFirst() {
        return new NormalizationNumerics(summation, method, missing, correction, epsilonOutside, statistics, true);
    }
}
