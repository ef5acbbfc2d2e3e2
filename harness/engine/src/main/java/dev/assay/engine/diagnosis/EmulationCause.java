package dev.assay.engine.diagnosis;

import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Sums formed again, term by term, as kernels with narrow arithmetic and common splits and block sizes form them.
///
/// A match is strong evidence because the errors of such sums are reproduced exactly or not at all: a way to add must
/// give the results of every run, right ones included. No match says little, for a device may add in another order.
final class EmulationCause {
    private static final double HELD = 0.9;
    /// Elements that must tell the sum from the right one: even if each fitted by chance with even odds, so many would
    /// not once in 4000 times.
    private static final int FEWEST = 12;

    private final Held held;
    private final TermCause terms;

    private EmulationCause(Held held, TermCause terms) {
        this.held = held;
        this.terms = terms;
    }

    /// A sum of terms as some kernel forms it.
    private interface Sum {
        double of(double[] terms);
    }

    private record Way(Cause cause, String sentence, Sum sum) {}

    /// @param wrong outputs in which something is wrong
    static Optional<Diagnosis> of(Evidence evidence, List<Held> wrong) {
        List<EmulationCause> seen = read(wrong);
        if (seen.isEmpty()) {
            return Optional.empty();
        }
        List<Way> ways =
                ways(evidence.call().outputs().getFirst().spec().orElseThrow().dtype());
        ways.removeIf(way -> !tells(way, seen));
        for (Evidence.Run run : evidence.runs()) {
            boolean known = wrong.stream().anyMatch(held -> held.run.equals(run));
            if (!known && !ways.isEmpty()) {
                List<EmulationCause> other = read(Held.all(evidence, run));
                ways.removeIf(way ->
                        !other.stream().allMatch(one -> one.count(way.sum()).right()));
            }
        }
        long causes = ways.stream().map(Way::cause).distinct().count();
        return causes == 1
                ? Optional.of(
                        new Diagnosis(ways.getFirst().cause(), ways.getFirst().sentence()))
                : Optional.empty();
    }

    private static List<EmulationCause> read(List<Held> outputs) {
        return outputs.stream()
                .flatMap(held -> TermCause.readAny(held).map(terms -> new EmulationCause(held, terms)).stream())
                .toList();
    }

    private static boolean tells(Way way, List<EmulationCause> seen) {
        int telling = 0;
        int told = 0;
        for (EmulationCause one : seen) {
            Count count = one.count(way.sum());
            if (!count.right()) {
                return false;
            }
            telling += count.telling();
            told += count.told();
        }
        return telling >= FEWEST && told >= HELD * telling;
    }

    private static List<Way> ways(DType output) {
        List<Way> all = new ArrayList<>();
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            for (int parts : new int[] {2, 4, 8, 16, 3, 6}) {
                for (int order = 0; order < 3; order++) {
                    int way = order;
                    String sentence = parts + " partial sums of each result are stored in " + type;
                    all.add(new Way(Cause.NARROW_PARTIALS, sentence, t -> split(t, parts, way, type)));
                }
            }
            for (int block : new int[] {1, 2, 4, 8, 16, 32, 64}) {
                String after = block == 1 ? "term" : block + " terms";
                String sentence = "sums are kept in " + type + ", rounded after every " + after;
                all.add(new Way(Cause.NARROW_ACCUMULATOR, sentence, t -> running(t, block, type)));
            }
        }
        for (int bits = 8; bits <= 20; bits++) {
            for (int block : new int[] {4, 8, 16, 32}) {
                int kept = bits;
                String sentence = "sums keep " + (bits + 1) + " bits and are cut off, " + block + " terms at a time";
                all.add(new Way(Cause.NARROW_ACCUMULATOR, sentence, t -> aligned(t, kept, block)));
            }
        }
        if (output.precision() <= DType.F16.precision()) {
            all.add(new Way(
                    Cause.TRUNCATION, "results are cut off where they should be rounded", t -> cutOff(t, output)));
            for (int bits = output.precision() + 1; bits <= 18; bits++) {
                int kept = bits;
                String sentence = "results are rounded to " + bits + " bits and then to " + output;
                all.add(new Way(Cause.DOUBLE_ROUNDING, sentence, t -> RoundingCause.toBits(exact(t), kept)));
            }
        }
        return all;
    }

    private static double exact(double[] terms) {
        double sum = 0;
        for (double term : terms) {
            sum += term;
        }
        return sum;
    }

    private static double cutOff(double[] terms, DType type) {
        // What f32 rounds up to a number of the type is no longer below it.
        double sum = DType.F32.round(exact(terms));
        double rounded = type.round(sum);
        return Math.abs(rounded) > Math.abs(sum) ? rounded - Math.copySign(type.ulp(sum), sum) : rounded;
    }

    /// Tensor-core style: the products of a block and the running sum are cut off below the leading bit of the largest.
    private static double aligned(double[] terms, int bits, int block) {
        double sum = 0;
        for (int from = 0; from < terms.length; from += block) {
            int to = Math.min(terms.length, from + block);
            double largest = Math.abs(sum);
            for (int k = from; k < to; k++) {
                largest = Math.max(largest, Math.abs(terms[k]));
            }
            double unit = Math.scalb(1.0, Math.max(Math.getExponent(largest), Float.MIN_EXPONENT) - bits);
            double total = cutOff(sum, unit);
            for (int k = from; k < to; k++) {
                total += cutOff(terms[k], unit);
            }
            sum = total;
        }
        return sum;
    }

    private static double cutOff(double value, double unit) {
        double units = value / unit;
        return (units < 0 ? Math.ceil(units) : Math.floor(units)) * unit;
    }

    /// How a way to add fits one output.
    ///
    /// @param right whether it gives nearly all of the elements
    /// @param telling elements in which it can be told from the right sum
    /// @param told how many of those are as it gives them
    private record Count(boolean right, int telling, int told) {}

    private Count count(Sum sum) {
        int right = 0;
        int telling = 0;
        int told = 0;
        int skipped = 0;
        boolean wide = held.dtype.precision() > DType.F16.precision();
        for (int n = 0; n < terms.size(); n++) {
            int i = terms.element(n);
            double made = sum.of(terms.terms(n));
            double rounded = held.dtype.round(made);
            if (!Double.isFinite(rounded)) {
                // What overflows somewhere between tells nothing of digits.
                skipped++;
                continue;
            }
            // A last bit of a part may fall otherwise where its f32 sum is next to a tie. In few elements that shows
            // behind a narrow output; a wide one shows it, so that room is left for it.
            double noise = 4 * held.sigma[i];
            boolean near = wide && Math.abs(held.got[i] - made) <= held.ulp(rounded) / 2 + noise;
            boolean holds = near || held.got[i] == rounded;
            boolean tells = rounded < held.dtype.round(held.want[i] - noise)
                    || rounded > held.dtype.round(held.want[i] + noise);
            right += holds ? 1 : 0;
            telling += tells ? 1 : 0;
            told += tells && holds ? 1 : 0;
            if (n == 24 && right < 0.6 * n) {
                return new Count(false, telling, told);
            }
        }
        return new Count(right >= HELD * (terms.size() - skipped), telling, told);
    }

    /// @param order 0 equal parts rounded up, 1 parts that differ by one at most, 2 terms dealt in turn
    static double split(double[] terms, int parts, int order, DType type) {
        int depth = terms.length;
        double sum = 0;
        int size = Math.ceilDiv(depth, parts);
        for (int part = 0; part < parts; part++) {
            double own = 0;
            if (order == 2) {
                for (int k = part; k < depth; k += parts) {
                    own += terms[k];
                }
            } else {
                int from = order == 0 ? Math.min(depth, part * size) : (int) ((long) depth * part / parts);
                int to = order == 0 ? Math.min(depth, from + size) : (int) ((long) depth * (part + 1) / parts);
                for (int k = from; k < to; k++) {
                    own += terms[k];
                }
            }
            sum += type.round(own);
        }
        return sum;
    }

    static double running(double[] terms, int block, DType type) {
        double sum = 0;
        for (int from = 0; from < terms.length; from += block) {
            double own = 0;
            for (int k = from; k < Math.min(terms.length, from + block); k++) {
                own += terms[k];
            }
            sum = type.round(sum + own);
        }
        return sum;
    }
}
