package dev.assay.operator.science;

import dev.assay.numerics.DoubleDouble;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/// Clebsch-Gordan coefficients between real spherical harmonics, as e3nn orders and signs them.
///
/// Those of complex harmonics come by Racah's formula (Racah, Physical Review 62, 1942, equation 16;
/// Varshalovich et al., Quantum Theory of Angular Momentum, 1988, 8.2.1) in whole numbers and one root.
/// Real harmonics R make complex ones of degree l by `(-i)^l` times `R_0`, `(-1)^m (R_m + i R_-m) / √2`
/// for m > 0 and `(R_|m| - i R_-|m|) / √2` else (e3nn 0.5, `_wigner.py`). The coefficients of a block have
/// a squared sum of 2 l3 + 1: e3nn's 3j symbols times the root of that, which is its factor for outputs
/// normalised by component.
final class ClebschGordan {
    private ClebschGordan() {}

    /// The block of three degrees: `[2 l1 + 1][2 l2 + 1][2 l3 + 1]`, orders from -l to l.
    static DoubleDouble[][][] block(int l1, int l2, int l3) {
        DoubleDouble[][][] block = new DoubleDouble[2 * l1 + 1][2 * l2 + 1][2 * l3 + 1];
        for (int a = -l1; a <= l1; a++) {
            for (int b = -l2; b <= l2; b++) {
                for (int c = -l3; c <= l3; c++) {
                    block[a + l1][b + l2][c + l3] = real(l1, a, l2, b, l3, c);
                }
            }
        }
        return block;
    }

    /// Sums over the two complex orders that each real one is made of.
    private static DoubleDouble real(int l1, int a, int l2, int b, int l3, int c) {
        DoubleDouble real = DoubleDouble.ZERO;
        for (int m1 : orders(a)) {
            for (int m2 : orders(b)) {
                for (int m3 : orders(c)) {
                    if (m1 + m2 == m3) {
                        // Powers of i of the three factors; that of the third is conjugate.
                        int turns = turns(l1, a, m1) + turns(l2, b, m2) - turns(l3, c, m3);
                        DoubleDouble size = complex(l1, m1, l2, m2, l3, m3)
                                .times(size(a))
                                .times(size(b))
                                .times(size(c));
                        real = switch (Math.floorMod(turns, 4)) {
                            case 0 -> real.plus(size);
                            case 2 -> real.minus(size);
                            default -> real;
                        };
                    }
                }
            }
        }
        return real;
    }

    private static int[] orders(int m) {
        return m == 0 ? new int[] {0} : new int[] {Math.abs(m), -Math.abs(m)};
    }

    private static DoubleDouble size(int m) {
        return m == 0 ? DoubleDouble.ONE : DoubleDouble.of(0.5).sqrt();
    }

    /// Power of i of the factor between a complex order and a real one.
    private static int turns(int l, int real, int complex) {
        int imaginary = real < 0 ? 1 : 0;
        if (complex > 0) {
            return -l + 2 * (complex % 2) + imaginary;
        }
        return -l - imaginary;
    }

    /// `<l1 m1 l2 m2 | l3 m3>`.
    static DoubleDouble complex(int l1, int m1, int l2, int m2, int l3, int m3) {
        if (m1 + m2 != m3 || l3 < Math.abs(l1 - l2) || l3 > l1 + l2) {
            return DoubleDouble.ZERO;
        }
        // Each of six factorials divides this one, so that every term over its sixth power is a whole number.
        BigInteger common = factorial(l1 + l2 + l3 + 1);
        BigInteger sum = BigInteger.ZERO;
        for (int k = 0; k <= l1 + l2 + l3; k++) {
            int[] parts = {k, l1 + l2 - l3 - k, l1 - m1 - k, l2 + m2 - k, l3 - l2 + m1 + k, l3 - l1 - m2 + k};
            BigInteger product = BigInteger.ONE;
            boolean none = false;
            for (int part : parts) {
                none |= part < 0;
                product = none ? product : product.multiply(factorial(part));
            }
            if (!none) {
                BigInteger term = common.pow(6).divide(product);
                sum = k % 2 == 0 ? sum.add(term) : sum.subtract(term);
            }
        }
        BigInteger above = BigInteger.valueOf(2L * l3 + 1)
                .multiply(factorial(l3 + l1 - l2))
                .multiply(factorial(l3 - l1 + l2))
                .multiply(factorial(l1 + l2 - l3))
                .multiply(factorial(l3 + m3))
                .multiply(factorial(l3 - m3))
                .multiply(factorial(l1 + m1))
                .multiply(factorial(l1 - m1))
                .multiply(factorial(l2 + m2))
                .multiply(factorial(l2 - m2));
        DoubleDouble ratio = quotient(sum, common.pow(6));
        return ratio.times(quotient(above, common).sqrt());
    }

    private static DoubleDouble quotient(BigInteger a, BigInteger b) {
        BigDecimal quotient = new BigDecimal(a).divide(new BigDecimal(b), MathContext.DECIMAL128);
        double high = quotient.doubleValue();
        return DoubleDouble.sum(high, quotient.subtract(new BigDecimal(high)).doubleValue());
    }

    private static BigInteger factorial(int n) {
        BigInteger product = BigInteger.ONE;
        for (int i = 2; i <= n; i++) {
            product = product.multiply(BigInteger.valueOf(i));
        }
        return product;
    }
}
