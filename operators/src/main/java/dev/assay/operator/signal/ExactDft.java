package dev.assay.operator.signal;

import dev.assay.numerics.DoubleDouble;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The discrete Fourier transform in double-double arithmetic: `X[k] = Σ x[t] exp(∓2πi k t / n)`.
///
/// A length is split into its prime factors (Cooley and Tukey 1965); a prime one is summed by definition.
final class ExactDft {
    private static final DoubleDouble PI = new DoubleDouble(3.141592653589793, 1.2246467991473532e-16);
    private static final Map<Integer, ComplexLine> ROOTS = new ConcurrentHashMap<>();
    /// Tables that are kept: lengths of a suite are few.
    private static final int MOST_TABLES = 64;

    private ExactDft() {}

    /// Roots of unity `exp(-2πi k / n)`.
    static ComplexLine roots(int n) {
        if (ROOTS.size() > MOST_TABLES) {
            ROOTS.clear();
        }
        return ROOTS.computeIfAbsent(n, ExactDft::makeRoots);
    }

    private static ComplexLine makeRoots(int n) {
        ComplexLine roots = ComplexLine.zeros(n);
        for (int k = 0; k < n; k++) {
            // Eighths of a turn, and what is left of the angle, at most an eighth.
            long eighths = 8L * k / n;
            long rest = 8L * k - eighths * n;
            boolean odd = (eighths & 1) == 1;
            DoubleDouble angle = PI.times((double) (odd ? n - rest : rest)).dividedBy(DoubleDouble.of(4.0 * n));
            DoubleDouble c = cosine(angle);
            DoubleDouble s = sine(angle);
            // Of an odd eighth the complement to the next quarter was taken.
            DoubleDouble x = odd ? s : c;
            DoubleDouble y = odd ? c : s;
            roots.re()[k] = switch ((int) (eighths / 2)) {
                case 0 -> x;
                case 1 -> y.negated();
                case 2 -> x.negated();
                default -> y;
            };
            roots.im()[k] = switch ((int) (eighths / 2)) {
                case 0 -> y.negated();
                case 1 -> x.negated();
                case 2 -> y;
                default -> x;
            };
        }
        return roots;
    }

    /// Taylor's series, for angles up to an eighth of a turn.
    private static DoubleDouble cosine(DoubleDouble x) {
        return series(x.times(x).negated(), DoubleDouble.ONE, 1);
    }

    private static DoubleDouble sine(DoubleDouble x) {
        return series(x.times(x).negated(), x, 2);
    }

    private static DoubleDouble series(DoubleDouble square, DoubleDouble first, int divisor) {
        DoubleDouble term = first;
        DoubleDouble sum = first;
        for (int n = divisor; Math.abs(term.hi()) > 0x1p-115; n += 2) {
            term = term.times(square).dividedBy(DoubleDouble.of((double) n * (n + 1)));
            sum = sum.plus(term);
        }
        return sum;
    }

    /// The transform along one dimension of an array in row-major order, not divided by anything.
    ///
    /// @param inverse whether the exponent is positive
    static void along(ComplexLine x, int[] sizes, int axis, boolean inverse) {
        int n = sizes[axis];
        int stride = 1;
        for (int after = axis + 1; after < sizes.length; after++) {
            stride *= sizes[after];
        }
        if (n < 2) {
            return;
        }
        ComplexLine roots = roots(n);
        ComplexLine in = ComplexLine.zeros(n);
        for (int start = 0; start < x.length(); start++) {
            if (start / stride % n == 0) {
                for (int t = 0; t < n; t++) {
                    in.re()[t] = x.re()[start + t * stride];
                    // conj(DFT(conj(x))) is the transform with the other sign.
                    DoubleDouble im = x.im()[start + t * stride];
                    in.im()[t] = inverse ? im.negated() : im;
                }
                ComplexLine out = transform(in, 0, 1, n, roots);
                for (int t = 0; t < n; t++) {
                    x.re()[start + t * stride] = out.re()[t];
                    x.im()[start + t * stride] = inverse ? out.im()[t].negated() : out.im()[t];
                }
            }
        }
    }

    private static ComplexLine transform(ComplexLine x, int start, int step, int n, ComplexLine roots) {
        ComplexLine result = ComplexLine.zeros(n);
        if (n == 1) {
            result.re()[0] = x.re()[start];
            result.im()[0] = x.im()[start];
            return result;
        }
        int factor = smallestFactor(n);
        int part = n / factor;
        ComplexLine[] parts = new ComplexLine[factor];
        for (int r = 0; r < factor; r++) {
            parts[r] = transform(x, start + r * step, step * factor, part, roots);
        }
        // The roots of a part are every step-th of the whole's.
        for (int k = 0; k < n; k++) {
            DoubleDouble re = DoubleDouble.ZERO;
            DoubleDouble im = DoubleDouble.ZERO;
            for (int r = 0; r < factor; r++) {
                int root = (int) ((long) r * k % n) * step;
                DoubleDouble c = roots.re()[root];
                DoubleDouble s = roots.im()[root];
                DoubleDouble a = parts[r].re()[k % part];
                DoubleDouble b = parts[r].im()[k % part];
                re = re.plus(a.times(c)).minus(b.times(s));
                im = im.plus(a.times(s)).plus(b.times(c));
            }
            result.re()[k] = re;
            result.im()[k] = im;
        }
        return result;
    }

    private static int smallestFactor(int n) {
        for (int p = 2; p * p <= n; p++) {
            if (n % p == 0) {
                return p;
            }
        }
        return n;
    }
}
