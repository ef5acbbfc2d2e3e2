package dev.assay.engine.judge;

import dev.assay.numerics.Parallel;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Region;
import dev.assay.tensor.Shape;
import java.util.Arrays;

/// How the errors of one output are distributed, in units of what the contract explains.
///
/// With e the error of an element, σ and D its error model and q the variance of the final rounding (ulp²/12
/// for rounding
/// to nearest, ulp²/3 for cutting off), `v = σ² + D² + q`. The ratio `r² = mean(e²/v)` of a legitimate kernel
/// is at most
/// about 1; a kernel that loses half a bit everywhere shows here long before a single element leaves its
/// bound. The mean
/// of `e/√v`, and of the same toward zero, shows errors that all go one way.
///
/// Elements of a cluster (see `Oracle.cluster`) share a part of their error, so that clusters and not elements
/// are what is counted: both statistics are held against the spread between clusters. Elements that have only
/// one right value, that are open, or whose error model is an envelope take no part.
///
/// Structured data can make roundings agree that chance would not: what the final rounding of the exact value
/// alone does
/// is known, and counts for neither statistic. Where clusters repeat each other there is no statistic.
final class ErrorStatistics {
    /// Elements looked at; of a larger output every so many clusters.
    private static final long MOST_ELEMENTS = 1 << 18;
    /// Fewer clusters than this have no spread worth the name, and object to nothing.
    private static final int FEWEST_CLUSTERS = 30;
    /// Fewer elements than this are no distribution.
    private static final int FEWEST_ELEMENTS = 64;
    /// Share of clusters that must differ from all others.
    private static final double DISTINCT = 0.9;

    /// In ulps: the square of smaller errors adds at most 0.3 % to the variance of the final rounding.
    private static final double NEGLIGIBLE = 0x1p-6;
    /// Pieces that a thread takes at a time.
    private static final int CHUNK = 256;

    private static final int FIELDS = 9;
    private static final int COUNT = 0;
    private static final int SQUARES = 1;
    private static final int OWN = 2;
    private static final int PLAIN = 3;
    private static final int PLAIN_REST = 4;
    private static final int SHRINKING = 5;
    private static final int SHRINKING_REST = 6;
    private static final int ALLOWED = 7;
    private static final int KEY = 8;

    private final Shape shape;
    private final ErrorBound bound;
    private final long cluster;
    private final long step;
    private int clusters;
    private double[] sums;

    /// Over all of an output.
    ErrorStatistics(Shape shape, ErrorBound bound, long cluster) {
        this.shape = shape;
        this.bound = bound;
        this.cluster = cluster;
        long all = Math.ceilDiv(shape.elements(), cluster);
        this.step = Math.max(1, Math.ceilDiv(shape.elements(), MOST_ELEMENTS));
        this.clusters = Math.toIntExact(Math.ceilDiv(all, step));
        this.sums = new double[clusters * FIELDS];
    }

    private ErrorStatistics(Shape shape, ErrorBound bound, long cluster, double[] sums) {
        this.shape = shape;
        this.bound = bound;
        this.cluster = cluster;
        this.step = 1;
        this.clusters = 0;
        this.sums = sums;
    }

    /// Over samples of an output, each run of which is in clusters of its own.
    static ErrorStatistics ofSamples(Shape shape, ErrorBound bound, long cluster) {
        return new ErrorStatistics(shape, bound, cluster, new double[0]);
    }

    /// Adds the elements of a sample, which may have gaps.
    void takeSample(ExpectedBlock block, Region region, double[] got) {
        long inner = region.rank() == 0 ? 1 : region.size().dim(-1);
        int width = (int) Math.max(1, Math.min(cluster, inner));
        if (inner == 0 || region.elements() == 0 || clusters * (long) width >= MOST_ELEMENTS) {
            return;
        }
        int runs = Math.toIntExact(region.elements() / inner);
        int perRun = Math.toIntExact(Math.ceilDiv(inner, width));
        double[] pieces = new double[Math.multiplyExact(runs, perRun) * FIELDS];
        Expected expected = new Expected(block);
        Parallel.forEach(runs, run -> {
            for (int i = 0; i < inner; i++) {
                int at = Math.toIntExact(run * inner) + i;
                element(expected, at, got[at], pieces, (run * perRun + i / width) * FIELDS);
            }
        });
        sums = Arrays.copyOf(sums, clusters * FIELDS + pieces.length);
        System.arraycopy(pieces, 0, sums, clusters * FIELDS, pieces.length);
        clusters += runs * perRun;
    }

    /// Adds the elements of a box.
    ///
    /// @param got what the device returned, in the order of the box
    void take(ExpectedBlock block, Region region, double[] got) {
        long inner = region.rank() == 0 ? 1 : region.size().dim(-1);
        if (inner == 0 || region.elements() == 0) {
            return;
        }
        Pieces pieces = new Pieces(region, Math.toIntExact(inner));
        int[] elements = pieces.elements();
        Expected part = new Expected(block.pick(elements, NEGLIGIBLE));
        double[] found = new double[pieces.count * FIELDS];
        Parallel.forEach(Math.ceilDiv(pieces.count, CHUNK), chunk -> {
            for (int piece = chunk * CHUNK; piece < Math.min(pieces.count, (chunk + 1) * CHUNK); piece++) {
                for (int n = pieces.first[piece]; n < pieces.first[piece + 1]; n++) {
                    element(part, n, got[elements[n]], found, piece * FIELDS);
                }
            }
        });
        for (int piece = 0; piece < pieces.count; piece++) {
            for (int field = 0; field < FIELDS; field++) {
                sums[pieces.cluster[piece] * FIELDS + field] += found[piece * FIELDS + field];
            }
        }
    }

    /// The parts of a box's runs that lie in clusters that are looked at. A run may hold a part of a cluster, or
    /// several; two runs may share one.
    private final class Pieces {
        int count;
        int[] start = new int[64];
        int[] cluster = new int[64];
        /// Of each piece, and of what follows the last one, the first element among those of all pieces.
        int[] first = new int[64];

        Pieces(Region region, int length) {
            long runs = region.elements() / length;
            for (int run = 0; run < runs; run++) {
                int at = run * length;
                long from = region.number(shape, at);
                long to = from + length;
                long size = ErrorStatistics.this.cluster;
                for (long which = Math.ceilDiv(from / size, step) * step; which * size < to; which += step) {
                    long begin = Math.max(from, which * size);
                    long end = Math.min(to, (which + 1) * size);
                    add(at + (int) (begin - from), (int) (end - begin), Math.toIntExact(which / step));
                }
            }
        }

        private void add(int begin, int length, int number) {
            if (count + 1 == start.length) {
                start = Arrays.copyOf(start, 2 * count + 2);
                cluster = Arrays.copyOf(cluster, 2 * count + 2);
                first = Arrays.copyOf(first, 2 * count + 2);
            }
            start[count] = begin;
            cluster[count] = number;
            first[++count] = first[count - 1] + length;
        }

        /// Their elements' numbers in the box.
        int[] elements() {
            int[] elements = new int[first[count]];
            for (int piece = 0; piece < count; piece++) {
                for (int n = first[piece]; n < first[piece + 1]; n++) {
                    elements[n] = start[piece] + n - first[piece];
                }
            }
            return elements;
        }
    }

    /// The arrays of a block.
    private static final class Expected {
        final double[] values;
        final double[] lows;
        final double[] sigmas;
        final double[] deterministic;
        final double[] systematic;
        final byte[] flags;

        Expected(ExpectedBlock block) {
            values = block.values();
            lows = block.lows();
            sigmas = block.sigmas();
            deterministic = block.deterministic();
            systematic = block.systematic();
            flags = block.flags();
        }
    }

    private void element(Expected block, int i, double got, double[] into, int to) {
        double want = block.values[i];
        double sigma = block.sigmas[i];
        double deterministic = block.deterministic[i];
        // Position-dependent, so that equal values in another order are another cluster.
        into[to + KEY] = into[to + KEY] * 1.000000119 + want;
        boolean modelled = block.flags[i] == 0
                && sigma + deterministic > 0
                && sigma + deterministic <= Double.MAX_VALUE
                && Double.isFinite(want)
                && Double.isFinite(got)
                && !bound.mayBeFlushed(want);
        if (!modelled) {
            return;
        }
        double low = block.lows[i];
        double rounding = bound.roundingVariance(want);
        double variance = sigma * sigma + deterministic * deterministic + rounding;
        if (!(variance > 0 && variance <= Double.MAX_VALUE)) {
            return;
        }
        double error = (got - want) - low;
        double own = (bound.exact(want, low) - want) - low;
        double weight = 1 / variance;
        double scale = Math.sqrt(weight);
        double inward = want > 0 ? -1 : 1;
        into[to + COUNT]++;
        into[to + SQUARES] += error * error * weight;
        into[to + OWN] += (own * own - rounding) * weight;
        into[to + PLAIN] += error * scale;
        into[to + PLAIN_REST] += (error - own) * scale;
        into[to + SHRINKING] += error * scale * inward;
        into[to + SHRINKING_REST] += (error - own) * scale * inward;
        into[to + ALLOWED] += (block.systematic[i] + deterministic + bound.roundingShift(want)) * scale;
    }

    /// What was found.
    Summary summary() {
        int used = 0;
        double elements = 0;
        double[] keys = new double[clusters];
        int[] at = new int[clusters];
        for (int c = 0; c < clusters; c++) {
            if (sums[c * FIELDS + COUNT] > 0) {
                keys[used] = sums[c * FIELDS + KEY];
                at[used++] = c * FIELDS;
                elements += sums[c * FIELDS + COUNT];
            }
        }
        if (elements < FEWEST_ELEMENTS || used < 2 || distinct(keys, used) < DISTINCT * used) {
            return Summary.NONE;
        }
        Spread squares = spread(at, used, SQUARES);
        double structure = Math.max(0, spread(at, used, OWN).mean());
        double limit = RuleConstants.rmsLimit() * RuleConstants.rmsLimit() * (1 + structure);
        boolean enough = used >= FEWEST_CLUSTERS;
        double scatter = RuleConstants.statisticsZ() * squares.error();
        double ratio = Math.sqrt(squares.mean() / (1 + structure));
        double z = 0;
        if (enough) {
            double allowed = spread(at, used, ALLOWED).mean() + RuleConstants.biasLimit();
            double plain = bias(at, used, PLAIN, PLAIN_REST, allowed);
            double shrinking = bias(at, used, SHRINKING, SHRINKING_REST, allowed);
            z = Math.abs(plain) >= Math.abs(shrinking) ? plain : shrinking;
        }
        return new Summary(
                ratio,
                enough && squares.mean() - scatter > limit,
                z,
                Math.abs(z) > RuleConstants.statisticsZ(),
                (long) elements,
                used);
    }

    private static int distinct(double[] keys, int used) {
        double[] sorted = Arrays.copyOf(keys, used);
        Arrays.sort(sorted);
        int distinct = used == 0 ? 0 : 1;
        for (int i = 1; i < used; i++) {
            distinct += sorted[i] != sorted[i - 1] ? 1 : 0;
        }
        return distinct;
    }

    /// The weaker of what all of the error shows and what is left of it without the rounding of the exact
    /// value.
    private double bias(int[] at, int used, int all, int rest, double allowed) {
        double one = excess(spread(at, used, all), allowed);
        double other = excess(spread(at, used, rest), allowed);
        if (Math.signum(one) != Math.signum(other)) {
            return 0;
        }
        return Math.abs(one) < Math.abs(other) ? one : other;
    }

    /// How many standard errors a mean lies beyond what is allowed.
    private static double excess(Spread spread, double allowed) {
        double beyond = Math.abs(spread.mean()) - allowed;
        if (!(beyond > 0)) {
            return 0;
        }
        double z = Math.min(LARGEST_Z, beyond / Math.max(spread.error(), Double.MIN_NORMAL));
        return Math.copySign(z, spread.mean());
    }

    private static final double LARGEST_Z = 1e6;

    /// Mean over the clusters' means, and its standard error.
    private record Spread(double mean, double error) {}

    private Spread spread(int[] at, int used, int field) {
        double sum = 0;
        for (int c = 0; c < used; c++) {
            sum += sums[at[c] + field] / sums[at[c] + COUNT];
        }
        double mean = sum / used;
        double squares = 0;
        for (int c = 0; c < used; c++) {
            double distance = sums[at[c] + field] / sums[at[c] + COUNT] - mean;
            squares += distance * distance;
        }
        return new Spread(mean, Math.sqrt(squares / Math.max(1, used - 1) / used));
    }

    /// The two statistics of an output.
    ///
    /// @param rms r, NaN if there is no statistic
    /// @param tooLarge whether r cannot be that of a kernel that keeps the contract
    /// @param biasZ standard errors by which the mean error exceeds what is allowed, positive for errors that
    ///     are, or that shrink
    /// @param biased whether that cannot be chance
    /// @param elements that were looked at
    /// @param clusters that they form
    record Summary(double rms, boolean tooLarge, double biasZ, boolean biased, long elements, int clusters) {
        static final Summary NONE = new Summary(Double.NaN, false, Double.NaN, false, 0, 0);
    }
}
