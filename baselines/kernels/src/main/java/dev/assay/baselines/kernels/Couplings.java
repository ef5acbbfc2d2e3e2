package dev.assay.baselines.kernels;

import dev.assay.numerics.DoubleDouble;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Couplings of two angular momenta to a third, for all paths between some degrees: lists of what is not 0.
///
/// Complex coefficients by ladder operators: the state of highest order l3 of a degree is annulled by
/// raising it, which fixes it but for a sign, and lowering gives the others. Real harmonics are put in for
/// complex ones at the end.
final class Couplings {
    /// Orders, by their places in whole rows of degrees, and the number of the path.
    private record Term(int path, int left, int right, double coefficient) {}

    private final List<List<Term>> terms = new ArrayList<>();
    private final int[] ending;
    private int paths;

    Couplings(int in, int edge, int out) {
        ending = new int[out + 1];
        for (int m = 0; m < (out + 1) * (out + 1); m++) {
            terms.add(new ArrayList<>());
        }
        for (int l1 = 0; l1 <= in; l1++) {
            for (int l2 = 0; l2 <= edge; l2++) {
                for (int l3 = Math.abs(l1 - l2); l3 <= Math.min(out, l1 + l2); l3++) {
                    add(l1, l2, l3);
                    ending[l3]++;
                    paths++;
                }
            }
        }
    }

    int paths() {
        return paths;
    }

    private void add(int l1, int l2, int l3) {
        DoubleDouble[][] complex = complex(l1, l2, l3);
        for (int r3 = -l3; r3 <= l3; r3++) {
            for (int r1 = -l1; r1 <= l1; r1++) {
                for (int r2 = -l2; r2 <= l2; r2++) {
                    double value = real(complex, l1, r1, l2, r2, l3, r3);
                    if (Math.abs(value) > 1e-9) {
                        terms.get(l3 * l3 + l3 + r3).add(new Term(paths, l1 * l1 + l1 + r1, l2 * l2 + l2 + r2, value));
                    }
                }
            }
        }
    }

    /// Coefficients by order of the sum and of the first, both from the highest down. In twice the digits
    /// of f64, for a kernel's coefficients are to be rounded once.
    private static DoubleDouble[][] complex(int l1, int l2, int l3) {
        DoubleDouble[][] states = new DoubleDouble[2 * l3 + 1][2 * l1 + 1];
        for (DoubleDouble[] state : states) {
            Arrays.fill(state, DoubleDouble.ZERO);
        }
        // J+ |l3 l3> = 0 ties neighbours; the one with m1 = l1 is positive (Condon and Shortley).
        DoubleDouble norm = DoubleDouble.ZERO;
        DoubleDouble value = DoubleDouble.ONE;
        for (int m1 = l1; m1 >= l3 - l2 && m1 >= -l1; m1--) {
            states[0][l1 - m1] = value;
            norm = norm.plus(value.times(value));
            if (m1 > -l1) {
                value = value.times(ladder(l2, l3 - m1))
                        .dividedBy(ladder(l1, m1 - 1))
                        .negated();
            }
        }
        for (int i = 0; i <= 2 * l1; i++) {
            states[0][i] = states[0][i].dividedBy(norm.sqrt());
        }
        for (int m3 = l3; m3 > -l3; m3--) {
            for (int m1 = -l1; m1 <= l1; m1++) {
                int m2 = m3 - 1 - m1;
                if (Math.abs(m2) <= l2) {
                    DoubleDouble sum = DoubleDouble.ZERO;
                    if (m1 < l1) {
                        sum = sum.plus(ladder(l1, m1).times(states[l3 - m3][l1 - m1 - 1]));
                    }
                    if (m2 < l2) {
                        sum = sum.plus(ladder(l2, m2).times(states[l3 - m3][l1 - m1]));
                    }
                    states[l3 - m3 + 1][l1 - m1] = sum.dividedBy(ladder(l3, m3 - 1));
                }
            }
        }
        return states;
    }

    /// What raising from order m multiplies by.
    private static DoubleDouble ladder(int l, int m) {
        return DoubleDouble.of((double) (l - m) * (l + m + 1)).sqrt();
    }

    private static double real(DoubleDouble[][] complex, int l1, int r1, int l2, int r2, int l3, int r3) {
        DoubleDouble sum = DoubleDouble.ZERO;
        for (int m1 = -l1; m1 <= l1; m1++) {
            for (int m2 = -l2; m2 <= l2; m2++) {
                int m3 = m1 + m2;
                if (Math.abs(m1) == Math.abs(r1) && Math.abs(m2) == Math.abs(r2) && Math.abs(m3) == Math.abs(r3)) {
                    int quarters = quarters(l1, r1, m1) + quarters(l2, r2, m2) - quarters(l3, r3, m3);
                    double sign = quarters % 2 != 0 ? 0 : quarters % 4 == 0 ? 1 : -1;
                    sum = sum.plus(complex[l3 - m3][l1 - m1].times(sign));
                }
            }
        }
        int halves = Math.abs(Integer.signum(r1)) + Math.abs(Integer.signum(r2)) + Math.abs(Integer.signum(r3));
        for (int i = 0; i < halves; i++) {
            sum = sum.times(DoubleDouble.of(0.5).sqrt());
        }
        return sum.value();
    }

    /// Quarter turns of the share that a real harmonic has in a complex one of degree l, one back for each
    /// degree.
    private static int quarters(int l, int real, int complex) {
        int quarters = -l;
        if (complex > 0) {
            quarters += complex % 2 == 0 ? 0 : 2;
        }
        if (real < 0) {
            quarters += complex > 0 ? 1 : -1;
        }
        return quarters;
    }

    /// One element of the output of one channel.
    double sum(int place, double[] left, double[] right, double[] weights, Arithmetic arithmetic) {
        List<Term> mine = terms.get(place);
        double[] products = new double[mine.size()];
        for (int i = 0; i < products.length; i++) {
            Term term = mine.get(i);
            double coupled = arithmetic.multiply(arithmetic.round(term.coefficient()), right[term.right()]);
            products[i] = arithmetic.product(weights[term.path()], coupled, left[term.left()]);
        }
        double sum = arithmetic.sum(products, products.length);
        int degree = (int) Math.sqrt(place);
        return ending[degree] <= 1 ? sum : arithmetic.multiply(sum, arithmetic.round(1 / Math.sqrt(ending[degree])));
    }
}
