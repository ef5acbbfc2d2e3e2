package dev.assay.operator.optimizer;

import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Whether random decisions, each with a probability of its own, can be those of a generator that is fair and draws
/// each anew.
///
/// Sums over the decisions whose means are 0 if so: of the deviations `hit - p`; of the deviations times `2p - 1`,
/// which see
/// a generator that tosses a coin, or decides by the larger probability; and of products of deviations at a distance,
/// which see decisions that repeat. Each is the sum of a martingale's differences of no more than 1, so that it exceeds
/// `t` with a probability of at most `exp(-t² / (2 (V + t / 3)))` where V adds up the variances that the differences
/// have
/// given those before (Freedman, On tail probabilities for martingales, 1975). A fair generator is accused with a
/// probability below 1e-9: 1e-12 for each sum in each tail, of which there are fewer than 500.
final class Trials {
    private static final long NEIGHBOURS = 32;
    private static final long MOST = 1 << 24;

    /// `-log(1e-12)`.
    private static final double LIMIT = 27.7;

    private final double[] deviations;
    private final double[] probabilities;
    private final int count;

    /// @param count of elements; those that [#note] is not called for have not been decided on
    Trials(int count) {
        this.count = count;
        deviations = new double[count];
        probabilities = new double[count];
    }

    /// Notes a decision.
    ///
    /// @param probability of a hit, strictly between 0 and 1
    void note(int element, double probability, boolean hit) {
        deviations[element] = (hit ? 1 : 0) - probability;
        probabilities[element] = probability;
    }

    /// The first decision of those that there are too many of; empty if nothing can be said against them.
    ///
    /// @param distances at which decisions must not repeat
    OptionalInt unfair(long... distances) {
        double sum = 0;
        double weighted = 0;
        double variance = 0;
        double weightedVariance = 0;
        for (int i = 0; i < count; i++) {
            double own = probabilities[i] * (1 - probabilities[i]);
            double weight = 2 * probabilities[i] - 1;
            sum += deviations[i];
            weighted += weight * deviations[i];
            variance += own;
            weightedVariance += weight * weight * own;
        }
        if (isUnlikely(sum, variance) || isUnlikely(weighted, weightedVariance)) {
            double side = isUnlikely(sum, variance) ? sum : weighted;
            return first(i -> deviations[i] * side > 0);
        }
        for (long distance : distances) {
            if (distance > 0 && distance < count && repeats((int) distance)) {
                return first(i -> deviations[i] != 0);
            }
        }
        return OptionalInt.empty();
    }

    private boolean repeats(int distance) {
        double sum = 0;
        double variance = 0;
        for (int i = distance; i < count; i++) {
            double before = deviations[i - distance];
            sum += before * deviations[i];
            variance += before * before * probabilities[i] * (1 - probabilities[i]);
        }
        return isUnlikely(sum, variance);
    }

    private static boolean isUnlikely(double sum, double variance) {
        double size = Math.abs(sum);
        return size > 0 && size * size > 2 * LIMIT * (variance + size / 3);
    }

    private OptionalInt first(IntPredicate which) {
        return IntStream.range(0, count).filter(which).findFirst();
    }

    /// Distances at which generators are known to repeat themselves: neighbours, vectors, tiles, rows and blocks.
    ///
    /// @param sizes of the tensor
    static long[] distances(long[] sizes) {
        LongStream.Builder all = LongStream.builder();
        LongStream.rangeClosed(1, NEIGHBOURS).forEach(all);
        for (long power = 2 * NEIGHBOURS; power < MOST; power *= 2) {
            all.add(power);
        }
        long product = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            product *= sizes[axis];
            all.add(product);
        }
        return all.build().toArray();
    }
}
