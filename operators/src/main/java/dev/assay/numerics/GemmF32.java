package dev.assay.numerics;

import java.util.Arrays;

/// Matrix product in f32, in a stated order.
///
/// Used where single precision is enough (second moments of an error) and to compute as a device would that keeps
/// its sums in f32. Operands are rounded to f32 as they are read.
public final class GemmF32 {
    private GemmF32() {}

    private static final MicroKernels.F32 KERNEL = MicroKernels.f32();

    /// How the pieces of a sum are joined.
    public enum Pieces {
        /// Every piece starts from zero and is then added to the sum.
        ADDED,
        /// Every piece goes on from the sum so far: one chain from first to last term.
        CHAINED
    }

    /// `c[at + i * stride + j] = sum over k of a(i,k) * b(k,j)`, each term fused with its addition.
    ///
    /// @param piece terms to a piece, at least 1
    public static void multiply(
            Matrix a,
            Matrix b,
            int rows,
            int columns,
            int depth,
            float[] c,
            int at,
            int stride,
            int piece,
            Pieces pieces) {
        multiply(KERNEL, a, b, rows, columns, depth, c, at, stride, piece, pieces);
    }

    /// Terms of a chain that are packed at a time, without influence on the results.
    private static final int DEPTH = 384;

    /// The same as one chain from first to last term, each fused with its addition.
    public static void chains(Matrix a, Matrix b, int rows, int columns, int depth, float[] c, int at, int stride) {
        multiply(a, b, rows, columns, depth, c, at, stride, DEPTH, Pieces.CHAINED);
    }

    /// The same on a given inner loop.
    static void multiply(
            MicroKernels.F32 kernel,
            Matrix a,
            Matrix b,
            int rows,
            int columns,
            int depth,
            float[] c,
            int at,
            int stride,
            int piece,
            Pieces pieces) {
        new Product(kernel, a, b, rows, c, at, stride, pieces).run(columns, depth, piece);
    }

    /// Adds the product `a[k] * b[k]`, fused, to sum `k mod sums.length`, for the first `count` k in order: the chains
    /// of
    /// a device that keeps so many sums.
    public static void interleaved(float[] a, float[] b, int count, float[] sums) {
        KERNEL.interleaved(a, b, count, sums);
    }

    /// For some elements of a product the sum of their terms' squares, `sum over k of (a(i,k) * b(k,j))²`, where
    /// the products are exact in f32: [#multiply] of the operands' squares gives the same but for the rounding of
    /// its sums.
    ///
    /// @param a rows of the left operand
    /// @param b columns of the right operand
    /// @param rows i of each element
    /// @param columns j of each element
    public static float[] squaredTerms(float[][] a, float[][] b, int[] rows, int[] columns) {
        float[] sums = new float[rows.length];
        Parallel.forEach(Math.ceilDiv(sums.length, ELEMENTS), part -> {
            for (int n = part * ELEMENTS; n < Math.min(sums.length, (part + 1) * ELEMENTS); n++) {
                sums[n] = KERNEL.squaredProducts(a[rows[n]], b[columns[n]]);
            }
        });
        return sums;
    }

    /// Elements that a thread takes at a time.
    private static final int ELEMENTS = 64;

    private static final Scratch<float[]> PANELS = new Scratch<>(float[]::new, array -> array.length);
    private static final Scratch<float[]> RESULTS = new Scratch<>(float[]::new, array -> array.length);

    private static final class Product extends BlockedProduct<float[]> {
        private final MicroKernels.F32 kernel;
        private final float[] c;
        private final int at;
        private final int stride;
        private final boolean chained;
        private final ThreadLocal<float[]> scratch;

        Product(MicroKernels.F32 kernel, Matrix a, Matrix b, int rows, float[] c, int at, int stride, Pieces pieces) {
            super(a, b, rows, kernel.rows(), kernel.columns());
            this.kernel = kernel;
            this.c = c;
            this.at = at;
            this.stride = stride;
            this.chained = pieces == Pieces.CHAINED;
            this.scratch = ThreadLocal.withInitial(() -> new float[kernel.rows() * kernel.columns()]);
        }

        @Override
        Scratch<float[]> panels() {
            return PANELS;
        }

        @Override
        Scratch<float[]> results() {
            return RESULTS;
        }

        @Override
        float[] allocate(int size) {
            return new float[size];
        }

        @Override
        void clear(float[] array, int from, int to) {
            Arrays.fill(array, from, to, 0);
        }

        @Override
        void put(double[] run, int from, int count, float[] panel, int to, int step) {
            if (step == 1) {
                narrow(run, from, count, panel, to);
                return;
            }
            for (int i = 0; i < count; i++) {
                panel[to + i * step] = (float) run[from + i];
            }
        }

        private static void narrow(double[] run, int from, int count, float[] panel, int to) {
            for (int i = 0; i < count; i++) {
                panel[to + i] = (float) run[from + i];
            }
        }

        @Override
        void accumulate(float[] a, int fromA, float[] b, int fromB, int depth, float[] tiles, int to) {
            if (chained) {
                kernel.accumulate(a, fromA, b, fromB, depth, tiles, to);
                return;
            }
            float[] piece = scratch.get();
            Arrays.fill(piece, 0);
            kernel.accumulate(a, fromA, b, fromB, depth, piece, 0);
            for (int i = 0; i < piece.length; i++) {
                tiles[to + i] += piece[i];
            }
        }

        @Override
        void store(float[] tiles, int from, int count, int row, int column) {
            System.arraycopy(tiles, from, c, at + row * stride + column, count);
        }
    }
}
