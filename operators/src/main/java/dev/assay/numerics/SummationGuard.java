package dev.assay.numerics;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.tensor.DType;
import dev.assay.tensor.Philox;
import java.util.Arrays;

/// Finds sums whose rounding errors are not independent, and how far these may add up.
///
/// [Accumulation] takes the errors of a sum's additions for independent, with the terms in random order (recipes of
/// inputs see to that). Two kinds of data break it for a legitimate kernel that adds one term after another:
///
/// - stagnation: addends below about an ulp of the running sum, so that what is lost has one sign. The index
///   `Σ min(|t|, ½ ulp(S))` over `|t| < 4 ulp(S)` is compared with σ.
/// - clumping: addends that are equal as far as the running sum can tell, rounded the same way until it enters its
///   next binade. The index is `κ = Σ nᵥ² / K`, `nᵥ` the number of terms that fall into the same eighth of an ulp.
///
/// Both cost one pass. Only a sum that one of them points out is added up as kernels do, in the accumulator's type: in
/// the order given, in two random ones and in 32 lanes. Per binade of the running sum the errors are added with their
/// signs, the binades without; the largest outcome bounds what the errors may have in common. A sum of K terms never
/// errs by more than `K u Σ|t|`, with no condition on K (Jeannerod and Rump, SIAM J. Matrix Anal. Appl. 34, 2013).
///
/// Measured rms of legitimate sequential f32 sums, in σ of the plain model: 49 for 8192 equal terms, 11.7 for 32000
/// exponentials of bf16 numbers, 1.0 for products of independent ones.
public final class SummationGuard {
    /// Sums up to this length err by less than their bound whatever their terms are.
    private static final int SHORT = 16;
    /// Equal terms in shorter sums do no harm.
    private static final int FEW = 64;
    private static final double CLUMPS = 4;
    private static final int BINS_PER_ULP = 8;
    private static final int MOST_BINS = 1 << 20;
    /// Rms of the drift in σ up to which the statistics of errors may count a sum.
    private static final double ORDINARY = 1.25;
    /// Rms of the drift in σ that independent errors hardly reach, and that the bound has room for.
    private static final double INDEPENDENT = 3;
    /// What another order may drift beyond those that were tried.
    private static final double SLACK = 1.25;

    private static final int SEQUENCES = 3;
    private static final int LANES = 32;
    /// Binades that a sum passes; those farther apart hold nothing against each other.
    private static final int BINADES = 64;

    private final DType type;
    private final double unit;
    private final boolean truncates;
    private final int block;

    /// For sums under the contract.
    ///
    /// @param input type of the operands
    public SummationGuard(ComputeContract contract, DType input) {
        this.type = contract.accumulatorType(input);
        this.unit = type.unitRoundoff();
        this.truncates = contract.accumulatorRounding() == Rounding.TOWARD_ZERO;
        this.block = contract.accumulator() instanceof Accumulator.Aligned(int ignored, int products) ? products : 1;
    }

    /// Whether sums of so many terms need no look.
    public boolean spares(long terms) {
        return terms <= SHORT;
    }

    /// What is found about a sum.
    ///
    /// @param doubtful whether its errors are no ground for statistics
    /// @param drift bound of what they have in common; 0 where the model of independent errors has room for it
    public record Finding(boolean doubtful, double drift) {
        static final Finding NOTHING = new Finding(false, 0);
    }

    /// Whether the two indices leave room for doubt about a sum; costs one pass.
    ///
    /// @param terms whose first `count` are added
    /// @param sigma standard deviation that [Accumulation] gives the sum
    public boolean suspects(double[] terms, int count, double sigma) {
        double[] addends = addends(terms, count);
        return suspects(addends, sigma);
    }

    /// Looks at a sum.
    ///
    /// @param terms whose first `count` are added
    /// @param sigma standard deviation that [Accumulation] gives the sum
    public Finding look(double[] terms, int count, double sigma) {
        double[] addends = addends(terms, count);
        return suspects(addends, sigma) ? emulated(addends, sigma) : Finding.NOTHING;
    }

    /// The terms that are not zero; under an aligned accumulator the sums of its blocks, as only these are rounded.
    private double[] addends(double[] terms, int count) {
        double[] addends = new double[count];
        int used = 0;
        for (int from = 0; from < count; from += block) {
            double sum = 0;
            for (int k = from; k < Math.min(count, from + block); k++) {
                sum += terms[k];
            }
            if (sum != 0) {
                addends[used++] = sum;
            }
        }
        return Arrays.copyOf(addends, used);
    }

    private boolean suspects(double[] addends, double sigma) {
        int count = addends.length;
        if (count <= SHORT) {
            return false;
        }
        double y = 0;
        double q = 0;
        for (double t : addends) {
            y += t;
            q += t * t;
        }
        double running = Math.max(Math.abs(y), Math.sqrt(y * y / 3 + Math.max(q - y * y / count, 0) / 6));
        if (!(running > 0 && running <= Double.MAX_VALUE)) {
            return false;
        }
        double ulp = type.ulp(running);
        double lost = 0;
        for (double t : addends) {
            double size = Math.abs(t);
            lost += size < 4 * ulp ? Math.min(size, ulp / 2) : 0;
        }
        return lost > sigma || (count > FEW && clumps(addends, count, ulp / BINS_PER_ULP) > CLUMPS);
    }

    /// The index κ; bins that share a slot of the table make it larger, at most by one half.
    private static double clumps(double[] addends, int count, double bin) {
        int slots = Math.min(MOST_BINS, 2 * Integer.highestOneBit(2 * count - 1));
        int[] counts = new int[slots];
        double pairs = 0;
        for (double t : addends) {
            int slot = (int) Philox.mix((long) Math.rint(t / bin)) & (slots - 1);
            pairs += 2.0 * counts[slot] + 1;
            counts[slot]++;
        }
        return pairs / count;
    }

    /// The largest drift over some legitimate orders, if those in sequence drift as a rule.
    private Finding emulated(double[] addends, double sigma) {
        double[] shuffled = addends.clone();
        double largest = 0;
        double squares = 0;
        for (int round = 0; round < SEQUENCES; round++) {
            if (round > 0) {
                shuffle(shuffled, round);
            }
            double drift = chain(shuffled, 1);
            largest = Math.max(largest, drift);
            squares += drift * drift;
        }
        double rms = Math.sqrt(squares / SEQUENCES);
        if (rms <= INDEPENDENT * sigma) {
            return new Finding(rms > ORDINARY * sigma, 0);
        }
        largest = Math.max(largest, chain(addends, LANES));
        double magnitude = 0;
        for (double t : addends) {
            magnitude += Math.abs(t);
        }
        double never = RuleConstants.WORST_CASE_SLACK * addends.length * unit * magnitude * (truncates ? 2 : 1);
        // A sum that overflows on the way has no drift that could be told.
        return new Finding(true, SLACK * largest <= never ? SLACK * largest : never);
    }

    private static void shuffle(double[] values, long key) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = (int) Long.remainderUnsigned(Philox.mix((key << 40) + i), i + 1L);
            double swapped = values[i];
            values[i] = values[j];
            values[j] = swapped;
        }
    }

    /// Adds term after term in interleaved lanes, and the lanes in halves.
    private double chain(double[] addends, int lanes) {
        double[] sums = new double[lanes];
        double[] binades = new double[BINADES];
        for (int k = 0; k < addends.length; k++) {
            int lane = k % lanes;
            sums[lane] = add(sums[lane], addends[k], binades);
        }
        for (int width = lanes; width > 1; width /= 2) {
            for (int i = 0; i < width / 2; i++) {
                sums[i] = add(sums[i], sums[i + width / 2], binades);
            }
        }
        double drift = 0;
        for (double error : binades) {
            drift += Math.abs(error);
        }
        return drift;
    }

    private double add(double a, double b, double[] binades) {
        double sum = a + b;
        double part = sum - a;
        double low = (a - (sum - part)) + (b - part);
        double rounded = round(sum);
        binades[Math.getExponent(rounded) & (BINADES - 1)] += (rounded - sum) - low;
        return rounded;
    }

    private double round(double value) {
        double rounded = type == DType.F32 ? (float) value : type.round(value);
        if (truncates && Math.abs(rounded) > Math.abs(value)) {
            return rounded - Math.copySign(type.ulp(Math.nextDown(Math.abs(rounded))), rounded);
        }
        return rounded;
    }
}
