package dev.assay.engine.diagnosis;

import dev.assay.tensor.DType;
import java.util.Optional;

/// Narrow sums formed again, term by term, as kernels with common splits and block sizes form them.
///
/// A match is strong evidence because the errors of narrow sums are reproduced exactly or not at all. No match says
/// little, for a device may add in another order.
final class EmulationCause {
    private static final double HELD = 0.9;

    private final TermCause terms;
    private final Held held;

    private EmulationCause(TermCause terms, Held held) {
        this.terms = terms;
        this.held = held;
    }

    /// A sum of terms as some kernel forms it.
    private interface Sum {
        double of(double[] terms);
    }

    static Optional<Diagnosis> of(Held held) {
        return TermCause.read(held).flatMap(terms -> new EmulationCause(terms, held).find());
    }

    private Optional<Diagnosis> find() {
        if (terms.size() < 16) {
            return Optional.empty();
        }
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            for (int parts : new int[] {2, 4, 8, 16, 3, 6}) {
                for (int order = 0; order < 3; order++) {
                    int way = order;
                    if (matches(t -> split(t, parts, way, type))) {
                        return Optional.of(new Diagnosis(
                                Cause.NARROW_PARTIALS, parts + " partial sums of each result are stored in " + type));
                    }
                }
            }
            for (int block : new int[] {1, 2, 4, 8, 16, 32, 64}) {
                if (block < terms.depth() && matches(t -> running(t, block, type))) {
                    return Optional.of(new Diagnosis(
                            Cause.NARROW_ACCUMULATOR,
                            "sums are kept in " + type + ", rounded after every "
                                    + (block == 1 ? "term" : block + " terms")));
                }
            }
        }
        return Optional.empty();
    }

    private boolean matches(Sum sum) {
        int right = 0;
        int seen = 0;
        int chance = 0;
        for (int n = 0; n < terms.size(); n++) {
            int i = terms.element(n);
            double made = held.dtype.round(sum.of(terms.terms(n)));
            // A last bit of a part may fall otherwise where its f32 sum is next to a tie; such elements are few.
            double reach = held.ulp(made) + 4 * held.sigma[i];
            double wide = Math.abs(held.got[i] - held.want[i]);
            right += Math.abs(held.got[i] - made) <= reach ? 1 : 0;
            chance += wide <= 2 * reach ? 1 : 0;
            seen++;
            if (seen == 24 && right < 0.6 * seen) {
                return false;
            }
        }
        // Errors no larger than what is forgiven would match everything.
        return right >= HELD * seen && chance < 0.5 * seen;
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
