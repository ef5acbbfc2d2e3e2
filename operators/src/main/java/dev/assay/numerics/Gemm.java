package dev.assay.numerics;

import java.util.Arrays;

/// Matrix product in f64.
///
/// Each result is the chain `sum = fma(a[k], b[k], sum)` over k in order, on every machine and with any number of
/// threads: equal inputs give equal bits.
public final class Gemm {
    /// Whether products run on the Vector API; without it they are correct, and slow.
    public static boolean isVectorised() {
        return MicroKernels.vectorApi();
    }

    private Gemm() {}

    /// Steps of a sum that are packed at a time: with 256 the product takes 7 % longer, with 1024 9 % (2048 cubed,
    /// AVX-512). It has no influence on the results.
    private static final int DEPTH = 512;

    private static final MicroKernels.F64 KERNEL = MicroKernels.f64();

    /// `c[at + i * stride + j] = sum over k of a(i,k) * b(k,j)`.
    public static void multiply(Matrix a, Matrix b, int rows, int columns, int depth, double[] c, int at, int stride) {
        multiply(KERNEL, a, b, rows, columns, depth, c, at, stride);
    }

    /// The same on a given inner loop.
    static void multiply(
            MicroKernels.F64 kernel,
            Matrix a,
            Matrix b,
            int rows,
            int columns,
            int depth,
            double[] c,
            int at,
            int stride) {
        new Product(kernel, a, b, rows, c, at, stride).run(columns, depth, DEPTH);
    }

    private static final Scratch<double[]> PANELS = new Scratch<>(double[]::new, array -> array.length);
    private static final Scratch<double[]> RESULTS = new Scratch<>(double[]::new, array -> array.length);

    private static final class Product extends BlockedProduct<double[]> {
        private final MicroKernels.F64 kernel;
        private final double[] c;
        private final int at;
        private final int stride;

        Product(MicroKernels.F64 kernel, Matrix a, Matrix b, int rows, double[] c, int at, int stride) {
            super(a, b, rows, kernel.rows(), kernel.columns());
            this.kernel = kernel;
            this.c = c;
            this.at = at;
            this.stride = stride;
        }

        @Override
        Scratch<double[]> panels() {
            return PANELS;
        }

        @Override
        Scratch<double[]> results() {
            return RESULTS;
        }

        @Override
        double[] allocate(int size) {
            return new double[size];
        }

        @Override
        void clear(double[] array, int from, int to) {
            Arrays.fill(array, from, to, 0);
        }

        @Override
        void put(double[] run, int from, int count, double[] panel, int to, int step) {
            if (step == 1) {
                System.arraycopy(run, from, panel, to, count);
                return;
            }
            for (int i = 0; i < count; i++) {
                panel[to + i * step] = run[from + i];
            }
        }

        @Override
        void accumulate(double[] a, int fromA, double[] b, int fromB, int depth, double[] tiles, int to) {
            kernel.accumulate(a, fromA, b, fromB, depth, tiles, to);
        }

        @Override
        void store(double[] tiles, int from, int count, int row, int column) {
            System.arraycopy(tiles, from, c, at + row * stride + column, count);
        }
    }
}
