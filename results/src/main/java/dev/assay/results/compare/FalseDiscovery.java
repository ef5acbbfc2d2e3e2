package dev.assay.results.compare;

import java.util.Comparator;
import java.util.stream.IntStream;

/// What many tests at once do to their p-values.
final class FalseDiscovery {
    private FalseDiscovery() {}

    /// Adjusted p-values: rejecting those of at most q keeps the expected share of false ones among the
    /// rejected below q (Benjamini and Hochberg 1995): the i-th smallest of m becomes the least `p_(j)
    /// m / j` of all j ≥ i.
    static double[] adjusted(double[] p) {
        int m = p.length;
        int[] order = IntStream.range(0, m)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> p[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] adjusted = new double[m];
        double least = 1;
        for (int rank = m; rank >= 1; rank--) {
            least = Math.min(least, p[order[rank - 1]] * m / rank);
            adjusted[order[rank - 1]] = least;
        }
        return adjusted;
    }
}
