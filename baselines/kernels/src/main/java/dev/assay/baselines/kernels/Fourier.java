package dev.assay.baselines.kernels;

/// Discrete Fourier transforms of complex numbers, in place, not divided by anything.
public final class Fourier {
    private final int n;
    private final double[] cosines;
    private final double[] sines;
    private final Arithmetic m;

    private Fourier(int n, boolean inverse, Arithmetic m) {
        this.n = n;
        this.m = m;
        this.cosines = new double[n];
        this.sines = new double[n];
        for (int k = 0; k < n; k++) {
            double angle = m.round(2 * Math.PI * k / n);
            cosines[k] = m.cos(angle);
            sines[k] = inverse ? m.sin(angle) : -m.sin(angle);
        }
    }

    /// An algorithm for one line.
    @FunctionalInterface
    public interface Algorithm {
        /// Transforms real and imaginary parts in place.
        void transform(double[] re, double[] im, boolean inverse, Arithmetic m);
    }

    /// Radix 2 where the length is a power of two, otherwise by definition.
    public static void usual(double[] re, double[] im, boolean inverse, Arithmetic m) {
        if (Integer.bitCount(re.length) == 1) {
            radixTwo(re, im, inverse, m);
        } else {
            byDefinition(re, im, inverse, m);
        }
    }

    /// A sum of products for each result.
    public static void byDefinition(double[] re, double[] im, boolean inverse, Arithmetic m) {
        Fourier f = new Fourier(re.length, inverse, m);
        double[] x = re.clone();
        double[] y = im.clone();
        double[] c = new double[f.n];
        double[] s = new double[f.n];
        double[] minus = new double[f.n];
        for (int k = 0; k < f.n; k++) {
            for (int t = 0; t < f.n; t++) {
                int at = (int) ((long) k * t % f.n);
                c[t] = f.cosines[at];
                s[t] = f.sines[at];
                minus[t] = -s[t];
            }
            re[k] = m.add(m.dot(x, c, f.n), m.dot(y, minus, f.n));
            im[k] = m.add(m.dot(x, s, f.n), m.dot(y, c, f.n));
        }
    }

    /// Cooley and Tukey's butterflies after a reversal of bits, for powers of two.
    public static void radixTwo(double[] re, double[] im, boolean inverse, Arithmetic m) {
        Fourier f = new Fourier(re.length, inverse, m);
        int bits = Integer.numberOfTrailingZeros(f.n);
        for (int i = 0; i < f.n; i++) {
            int j = bits == 0 ? 0 : Integer.reverse(i) >>> (32 - bits);
            if (j > i) {
                swap(re, i, j);
                swap(im, i, j);
            }
        }
        for (int half = 1; half < f.n; half *= 2) {
            for (int start = 0; start < f.n; start += 2 * half) {
                for (int k = 0; k < half; k++) {
                    f.butterfly(re, im, start + k, start + k + half, k * (f.n / (2 * half)));
                }
            }
        }
    }

    private static void swap(double[] x, int i, int j) {
        double value = x[i];
        x[i] = x[j];
        x[j] = value;
    }

    private void butterfly(double[] re, double[] im, int i, int j, int root) {
        double c = cosines[root];
        double s = sines[root];
        double x = root == 0 ? re[j] : m.multiplyAdd(re[j], c, -m.multiply(im[j], s));
        double y = root == 0 ? im[j] : m.multiplyAdd(re[j], s, m.multiply(im[j], c));
        re[j] = m.subtract(re[i], x);
        im[j] = m.subtract(im[i], y);
        re[i] = m.add(re[i], x);
        im[i] = m.add(im[i], y);
    }

    /// Bluestein's algorithm: a convolution with a chirp, by transforms of a power of two (Bluestein, A
    /// linear filtering approach to the computation of discrete Fourier transform, 1970).
    public static void bluestein(double[] re, double[] im, boolean inverse, Arithmetic m) {
        int n = re.length;
        int size = Integer.highestOneBit(Math.max(1, 2 * n - 1) * 2 - 1);
        double[] c = new double[n];
        double[] s = new double[n];
        double[] a = new double[size];
        double[] b = new double[size];
        double[] u = new double[size];
        double[] v = new double[size];
        for (int k = 0; k < n; k++) {
            // exp(∓πi k² / n): k² modulo 2n keeps the angle within a turn.
            double angle = m.round(Math.PI * ((long) k * k % (2L * n)) / n);
            c[k] = m.cos(angle);
            s[k] = inverse ? m.sin(angle) : -m.sin(angle);
            a[k] = m.multiplyAdd(re[k], c[k], -m.multiply(im[k], s[k]));
            b[k] = m.multiplyAdd(re[k], s[k], m.multiply(im[k], c[k]));
            u[k] = c[k];
            v[k] = -s[k];
            u[(size - k) % size] = c[k];
            v[(size - k) % size] = -s[k];
        }
        radixTwo(a, b, false, m);
        radixTwo(u, v, false, m);
        for (int k = 0; k < size; k++) {
            double x = m.multiplyAdd(a[k], u[k], -m.multiply(b[k], v[k]));
            b[k] = m.multiplyAdd(a[k], v[k], m.multiply(b[k], u[k]));
            a[k] = x;
        }
        radixTwo(a, b, true, m);
        for (int k = 0; k < n; k++) {
            double x = m.divide(a[k], size);
            double y = m.divide(b[k], size);
            re[k] = m.multiplyAdd(x, c[k], -m.multiply(y, s[k]));
            im[k] = m.multiplyAdd(x, s[k], m.multiply(y, c[k]));
        }
    }

    /// Along one dimension of an array in row-major order.
    static void along(
            double[] re, double[] im, int[] sizes, int axis, boolean inverse, Algorithm algorithm, Arithmetic m) {
        int n = sizes[axis];
        int stride = 1;
        for (int after = axis + 1; after < sizes.length; after++) {
            stride *= sizes[after];
        }
        if (n < 2) {
            return;
        }
        double[] x = new double[n];
        double[] y = new double[n];
        for (int start = 0; start < re.length; start++) {
            if (start / stride % n != 0) {
                continue;
            }
            for (int t = 0; t < n; t++) {
                x[t] = re[start + t * stride];
                y[t] = im[start + t * stride];
            }
            algorithm.transform(x, y, inverse, m);
            for (int t = 0; t < n; t++) {
                re[start + t * stride] = x[t];
                im[start + t * stride] = y[t];
            }
        }
    }
}
