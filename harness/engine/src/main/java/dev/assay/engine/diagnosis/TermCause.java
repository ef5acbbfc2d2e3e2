package dev.assay.engine.diagnosis;

import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.numerics.InputRoundings;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Optional;

/// Terms of a matrix product that are left out or counted more than once.
///
/// The error of such an element is a sum of its own terms, so the terms are held against it: single ones, all before
/// or behind a place, and slices of a split, with one choice for all elements or one for each.
final class TermCause {
    private static final double MOST_TERMS = 4e6;
    private static final double EXPLAINED = 0.97;
    /// Elements of which many sums are formed again.
    private static final int FEW = 100;

    private final Held held;
    private final int[] sample;
    private final int depth;
    private final double[][] terms;
    private final double[] errors;

    private TermCause(Held held, int depth, boolean wrongOnly) {
        this.held = held;
        this.depth = depth;
        int most = (int) Math.clamp(MOST_TERMS / depth, 24, 400);
        this.sample = wrongOnly ? held.someWrong(most) : held.some(Math.min(most, FEW));
        this.terms = new double[sample.length][depth];
        this.errors = new double[sample.length];
    }

    static Optional<Diagnosis> of(Held held) {
        return read(held).filter(TermCause::tells).flatMap(TermCause::find);
    }

    /// The terms of some wrong elements; empty where there are none to speak of.
    private static Optional<TermCause> read(Held held) {
        return held.wrongs < 4 ? Optional.empty() : read(held, true);
    }

    /// The terms of some elements, right ones among them.
    static Optional<TermCause> readAny(Held held) {
        return read(held, false);
    }

    private static Optional<TermCause> read(Held held, boolean wrongOnly) {
        if (!held.evidence.operator().name().equals("matmul")) {
            return Optional.empty();
        }
        Shape a = held.evidence.call().input("A").shape();
        int depth = Math.toIntExact(a.dim(-1));
        if (depth < 2 || depth > 1 << 17) {
            return Optional.empty();
        }
        TermCause cause = new TermCause(held, depth, wrongOnly);
        return cause.read() ? Optional.of(cause) : Optional.empty();
    }

    int size() {
        return sample.length;
    }

    int depth() {
        return depth;
    }

    int element(int n) {
        return sample[n];
    }

    double[] terms(int n) {
        return terms[n];
    }

    /// Whether most errors are so much larger than what is legitimate that a match means something.
    private boolean tells() {
        int large = 0;
        for (int n = 0; n < sample.length; n++) {
            double reach = held.limit(sample[n]) + held.ulp(held.got[sample[n]]) / 2;
            large += Math.abs(errors[n]) > 3 * reach ? 1 : 0;
        }
        return 2 * large > sample.length;
    }

    private boolean read() {
        Tensor a = tensor("A");
        Tensor b = tensor("B");
        boolean finite = true;
        for (int n = 0; n < sample.length; n++) {
            int i = sample[n];
            long[] at = held.at(i);
            errors[n] = held.got[i] - held.want[i];
            finite &= Double.isFinite(errors[n]);
            boolean row = a.shape().rank() == 1;
            boolean column = b.shape().rank() == 1;
            long j = column ? 0 : at[at.length - 1];
            long r = row ? 0 : at[at.length - (column ? 1 : 2)];
            int batchRank = at.length - (row ? 0 : 1) - (column ? 0 : 1);
            long left = matrix(a.shape(), at, batchRank, row ? 1 : 2);
            long right = matrix(b.shape(), at, batchRank, column ? 1 : 2);
            double[] line = new double[depth];
            a.decode((left * (row ? 1 : a.shape().dim(-2)) + r) * depth, depth, line, 0);
            InputRounding rounding =
                    a.dtype() == DType.F32 ? held.evidence.contract().inputs() : InputRounding.NONE;
            long columns = column ? 1 : b.shape().dim(-1);
            for (int k = 0; k < depth; k++) {
                terms[n][k] = InputRoundings.round(rounding, line[k])
                        * InputRoundings.round(rounding, b.get((right * depth + k) * columns + j));
            }
        }
        return finite && sample.length >= 4;
    }

    private Tensor tensor(String name) {
        return new dev.assay.operator.Inputs(held.run.inputs()).get(name);
    }

    /// Number of the matrix that an output element's batch coordinates select, dimensions of size 1 repeated.
    private static long matrix(Shape shape, long[] at, int batchRank, int own) {
        long number = 0;
        int outer = shape.rank() - own;
        for (int d = 0; d < outer; d++) {
            long size = shape.dim(d);
            number = number * size + (size == 1 ? 0 : at[batchRank - outer + d]);
        }
        return number;
    }

    private Optional<Diagnosis> find() {
        return ends().or(this::single).or(this::ranges).or(this::slices);
    }

    /// All terms before or behind a place.
    private Optional<Diagnosis> ends() {
        double[] behind = new double[depth + 1];
        double[] before = new double[depth + 1];
        for (int n = 0; n < sample.length; n++) {
            double weight = weight(n);
            double sum = 0;
            for (int k = depth - 1; k > 0; k--) {
                sum += terms[n][k];
                behind[k] += weight * square(errors[n] + sum);
            }
            sum = 0;
            for (int k = 0; k < depth - 1; k++) {
                sum += terms[n][k];
                before[k + 1] += weight * square(errors[n] + sum);
            }
        }
        int last = 1;
        int first = 1;
        for (int k = 1; k < depth; k++) {
            last = behind[k] < behind[last] ? k : last;
            first = before[k] < before[first] ? k : first;
        }
        if (held(-1, last, depth) >= EXPLAINED) {
            return found(Cause.TERMS_MISSING, "terms from k = " + last + " on are left out" + tail(last));
        }
        return held(-1, 0, first) >= EXPLAINED
                ? found(Cause.TERMS_MISSING, "terms before k = " + first + " are left out")
                : Optional.empty();
    }

    private String tail(int from) {
        for (int tile : new int[] {128, 64, 32, 16, 8, 4}) {
            if (from % tile == 0 && depth - from < tile) {
                return ", the tail of tiles of " + tile;
            }
        }
        return "";
    }

    private double weight(int n) {
        double limit = held.limit(sample[n]);
        return 1 / Math.max(limit * limit, 1e-300);
    }

    private static double square(double x) {
        return x * x;
    }

    /// Part of the sample that the sum of some terms, counted `times` times too often, explains.
    private double held(double times, int from, int to) {
        int right = 0;
        for (int n = 0; n < sample.length; n++) {
            double sum = 0;
            for (int k = from; k < to; k++) {
                sum += terms[n][k];
            }
            right += holds(n, times * sum) ? 1 : 0;
        }
        return (double) right / sample.length;
    }

    private boolean holds(int n, double error) {
        return matches(n, n, error);
    }

    private boolean matches(int of, int n, double error) {
        int i = sample[n];
        double limit = held.limit(i) + held.ulp(held.got[i]) / 2 + 0x1p-45 * Math.abs(error);
        return Math.abs(errors[of] - error) <= 1.5 * limit;
    }

    /// One term, left out or repeated.
    private Optional<Diagnosis> single() {
        int best = -1;
        double bestExplained = 0;
        double coefficient = 0;
        double total = 0;
        for (int n = 0; n < sample.length; n++) {
            total += square(errors[n]);
        }
        for (int k = 0; k < depth; k++) {
            double products = 0;
            double squares = 0;
            for (int n = 0; n < sample.length; n++) {
                products += errors[n] * terms[n][k];
                squares += square(terms[n][k]);
            }
            double explained = squares == 0 ? 0 : products * products / squares / total;
            if (explained > bestExplained) {
                best = k;
                bestExplained = explained;
                coefficient = products / squares;
            }
        }
        double times = Math.rint(coefficient);
        if (best < 0 || times == 0 || times < -1 || held(times, best, best + 1) < EXPLAINED) {
            return Optional.empty();
        }
        return times < 0
                ? found(Cause.TERMS_MISSING, "the term k = " + best + " is left out")
                : found(Cause.TERMS_REPEATED, "the term k = " + best + " is counted " + (long) (times + 1) + " times");
    }

    /// A run of terms, for sums that are not long.
    private Optional<Diagnosis> ranges() {
        if (depth > 600) {
            return Optional.empty();
        }
        int few = Math.min(sample.length, 24);
        for (int from = 0; from < depth; from++) {
            double[] sums = new double[few];
            // Not all of them: what gives nothing at all has another cause.
            for (int to = from + 1; to <= depth && to - from < depth; to++) {
                int missing = 0;
                int repeated = 0;
                for (int n = 0; n < few; n++) {
                    sums[n] += terms[n][to - 1];
                    missing += holds(n, -sums[n]) ? 1 : 0;
                    repeated += holds(n, sums[n]) ? 1 : 0;
                }
                String where = "terms " + from + ".." + (to - 1);
                if (missing >= 0.95 * few && held(-1, from, to) >= EXPLAINED) {
                    return found(Cause.TERMS_MISSING, where + " are left out");
                }
                if (repeated >= 0.95 * few && held(1, from, to) >= EXPLAINED) {
                    return found(Cause.TERMS_REPEATED, where + " are counted twice");
                }
            }
        }
        return Optional.empty();
    }

    /// For each element some slice of a split, not the same for all.
    private Optional<Diagnosis> slices() {
        int missing = 0;
        int repeated = 0;
        int chance = 0;
        for (int n = 0; n < sample.length; n++) {
            double[] sums = new double[depth + 1];
            for (int k = 0; k < depth; k++) {
                sums[k + 1] = sums[k] + terms[n][k];
            }
            boolean less = false;
            boolean more = false;
            boolean any = false;
            // The error of another element serves to see what chance does.
            int other = (n + sample.length / 2) % sample.length;
            for (int parts = 2; parts <= Math.min(64, depth); parts++) {
                int size = Math.ceilDiv(depth, parts);
                for (int from = 0; from < depth; from += size) {
                    double sum = sums[Math.min(depth, from + size)] - sums[from];
                    less |= holds(n, -sum);
                    more |= holds(n, sum);
                    any |= matches(other, n, sum) || matches(other, n, -sum);
                }
            }
            for (int k = 0; k < depth && depth <= 4096; k++) {
                less |= holds(n, -terms[n][k]);
                more |= holds(n, terms[n][k]);
                any |= matches(other, n, terms[n][k]) || matches(other, n, -terms[n][k]);
            }
            missing += less ? 1 : 0;
            repeated += more ? 1 : 0;
            chance += any ? 1 : 0;
        }
        if (chance > 0.3 * sample.length) {
            return Optional.empty();
        }
        if (missing >= 0.9 * sample.length) {
            return found(Cause.TERMS_MISSING, "each wrong element lacks a slice of its terms");
        }
        return repeated >= 0.9 * sample.length
                ? found(Cause.TERMS_REPEATED, "each wrong element has a slice of its terms twice")
                : Optional.empty();
    }

    private Optional<Diagnosis> found(Cause cause, String sentence) {
        return Optional.of(
                new Diagnosis(cause, sentence + ", in " + Places.wrong(held).sentence()));
    }
}
