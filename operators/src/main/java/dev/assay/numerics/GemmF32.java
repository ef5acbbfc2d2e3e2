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

    /// The same with every sum taken as that of [#interleaved(float\[\], float\[\], int, int)].
    public static void interleaved(
            Matrix a, Matrix b, int rows, int columns, int depth, int lanes, float[] c, int at, int stride) {
        int[] order = laneByLane(depth, lanes);
        Matrix left = a.transposed().reordered(order).transposed();
        new Interleaved(KERNEL, left, b.reordered(order), rows, c, at, stride, lanes)
                .run(columns, depth, Math.max(1, depth));
    }

    /// Numbers below `depth`, those that leave the same rest together.
    private static int[] laneByLane(int depth, int lanes) {
        int[] order = new int[depth];
        int at = 0;
        for (int lane = 0; lane < Math.min(lanes, depth); lane++) {
            for (int k = lane; k < depth; k += lanes) {
                order[at++] = k;
            }
        }
        return order;
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

    /// Sum of the first `count` products as a device takes it that keeps `lanes` sums.
    ///
    /// Product k is added, fused, to sum `k mod lanes`. Then the last of the sums is added to the first, the one
    /// before it to the second and so on, until one is left.
    public static float interleaved(float[] a, float[] b, int count, int lanes) {
        float[] sums = new float[lanes];
        KERNEL.interleaved(a, b, count, sums);
        for (int width = lanes; width > 1; width = (width + 1) / 2) {
            for (int i = 0; i < width / 2; i++) {
                sums[i] += sums[width - 1 - i];
            }
        }
        return sums[0];
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

    private static class Product extends BlockedProduct<float[]> {
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

    /// Operands come with the terms of each lane together, and all of them in one piece.
    private static final class Interleaved extends Product {
        private final MicroKernels.F32 kernel;
        private final int lanes;
        private final ThreadLocal<float[][]> sums;

        Interleaved(MicroKernels.F32 kernel, Matrix a, Matrix b, int rows, float[] c, int at, int stride, int lanes) {
            super(kernel, a, b, rows, c, at, stride, Pieces.CHAINED);
            this.kernel = kernel;
            this.lanes = lanes;
            this.sums = ThreadLocal.withInitial(() -> new float[lanes][kernel.rows() * kernel.columns()]);
        }

        @Override
        void accumulate(float[] a, int fromA, float[] b, int fromB, int depth, float[] tiles, int to) {
            float[][] tile = sums.get();
            int from = 0;
            for (int lane = 0; lane < lanes; lane++) {
                int count = Math.ceilDiv(Math.max(0, depth - lane), lanes);
                Arrays.fill(tile[lane], 0);
                kernel.accumulate(
                        a, fromA + from * kernel.rows(), b, fromB + from * kernel.columns(), count, tile[lane], 0);
                from += count;
            }
            for (int width = lanes; width > 1; width = (width + 1) / 2) {
                for (int i = 0; i < width / 2; i++) {
                    add(tile[width - 1 - i], tile[i]);
                }
            }
            System.arraycopy(tile[0], 0, tiles, to, tile[0].length);
        }

        /// Two arrays: within one the compiler takes no vectors, as its places might overlap.
        private static void add(float[] other, float[] sums) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += other[i];
            }
        }
    }
}
