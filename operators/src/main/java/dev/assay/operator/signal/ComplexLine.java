package dev.assay.operator.signal;

import dev.assay.numerics.DoubleDouble;
import java.util.Arrays;

/// Complex numbers in double-double arithmetic, in the row-major order of some sizes.
///
/// The arrays are its own: who has one may change its numbers.
final class ComplexLine {
    private final DoubleDouble[] re;
    private final DoubleDouble[] im;

    private ComplexLine(DoubleDouble[] re, DoubleDouble[] im) {
        this.re = re;
        this.im = im;
    }

    /// All zeros.
    static ComplexLine zeros(int length) {
        DoubleDouble[] re = new DoubleDouble[length];
        DoubleDouble[] im = new DoubleDouble[length];
        Arrays.fill(re, DoubleDouble.ZERO);
        Arrays.fill(im, DoubleDouble.ZERO);
        return new ComplexLine(re, im);
    }

    ComplexLine copy() {
        return new ComplexLine(re.clone(), im.clone());
    }

    /// Real parts.
    DoubleDouble[] re() {
        return re;
    }

    /// Imaginary parts.
    DoubleDouble[] im() {
        return im;
    }

    int length() {
        return re.length;
    }

    void set(int at, double real, double imaginary) {
        re[at] = DoubleDouble.of(real);
        im[at] = DoubleDouble.of(imaginary);
    }

    /// Sum of the squared magnitudes.
    double squares() {
        double sum = 0;
        for (int i = 0; i < re.length; i++) {
            sum += re[i].hi() * re[i].hi() + im[i].hi() * im[i].hi();
        }
        return sum;
    }

    /// Sum of the magnitudes.
    double magnitudes() {
        double sum = 0;
        for (int i = 0; i < re.length; i++) {
            sum += Math.hypot(re[i].hi(), im[i].hi());
        }
        return sum;
    }
}
