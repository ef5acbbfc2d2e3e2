package dev.assay.results.compare;

/// Probabilities of the values 0, 1, 2, ... of a rank statistic where nothing differs. Symmetric about
/// the middle.
final class NullDistribution {
    private final double[] chances;

    /// @param chances of each value; the caller hands the array over
    NullDistribution(double[] chances) {
        this.chances = chances;
    }

    /// P(W ≤ w).
    double atMost(int w) {
        double sum = 0;
        for (int i = 0; i <= Math.min(w, chances.length - 1); i++) {
            sum += chances[i];
        }
        return Math.min(1, sum);
    }

    /// P(W ≥ w).
    double atLeast(int w) {
        double sum = 0;
        for (int i = chances.length - 1; i >= Math.max(w, 0); i--) {
            sum += chances[i];
        }
        return Math.min(1, sum);
    }

    /// Twice the smaller tail.
    double twoSided(int w) {
        return Math.min(1, 2 * Math.min(atMost(w), atLeast(w)));
    }

    /// The largest k with P(W ≤ k - 1) ≤ tail; 0 if even the extreme value is too likely. The k-th
    /// smallest and the k-th largest of the ordered differences are then the ends of an interval with a
    /// confidence of at least 1 - 2 tail (Hollander, Wolfe and Chicken 2014, §3.3 and §4.3).
    int depth(double tail) {
        double sum = 0;
        int k = 0;
        // A chance like 2^-n · 2^m is exact; the allowance is for those that are not, when they meet the tail exactly.
        while (k < chances.length && sum + chances[k] <= tail * (1 + 1e-12)) {
            sum += chances[k];
            k++;
        }
        return k;
    }

    /// Of the sum of two independent statistics.
    NullDistribution plus(NullDistribution other) {
        double[] sum = new double[chances.length + other.chances.length - 1];
        for (int i = 0; i < chances.length; i++) {
            for (int j = 0; j < other.chances.length; j++) {
                sum[i + j] += chances[i] * other.chances[j];
            }
        }
        return new NullDistribution(sum);
    }
}
