package dev.assay.engine.scorecard;

import java.util.function.IntToDoubleFunction;

/// Maximum and mean of `|a - g| / (|g| + 1e-7)` and root mean square of `a - g`, over elements that are finite on both
/// sides: MARE, MERE and RMSE of the CANN standards.
///
/// @param specialsMatch whether infinities and NaN stand where the golden result, rounded to the output's type, has
///     them; the standards' texts do not say what to do with them, and CANN's checkers ask for this
record RelativeErrors(double largest, double mean, double rootMeanSquare, boolean specialsMatch) {
    private static final double SMALLEST = 1e-7;

    /// Of some values, those of the device or others, against the golden ones.
    static RelativeErrors of(Comparand comparand, IntToDoubleFunction values) {
        double largest = 0;
        double sum = 0;
        double squares = 0;
        long count = 0;
        boolean match = true;
        for (int i = 0; i < comparand.size(); i++) {
            double value = values.applyAsDouble(i);
            double rounded = comparand.rounded(i);
            if (!Double.isFinite(value) || !Double.isFinite(rounded)) {
                match &= Double.compare(value, rounded) == 0;
                continue;
            }
            double golden = comparand.reference(i);
            double error = Math.abs(value - golden);
            double relative = error / (Math.abs(golden) + SMALLEST);
            largest = Math.max(largest, relative);
            sum += relative;
            squares += error * error;
            count++;
        }
        double elements = Math.max(1, count);
        return new RelativeErrors(largest, sum / elements, Math.sqrt(squares / elements), match);
    }
}
