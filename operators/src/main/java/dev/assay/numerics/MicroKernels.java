package dev.assay.numerics;

/// The inner loops of the blocked products: on the Vector API where the JVM was started with it, plain otherwise.
///
/// Both fuse multiply and add and both take the terms of one result in order, so they give equal bits.
final class MicroKernels {
    private MicroKernels() {}

    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    /// Inner loop in f64.
    interface F64 {
        /// Rows of a tile.
        int rows();

        /// Columns of a tile.
        int columns();

        /// Goes on with the sums of a tile: `c(i,j) = fma(a(k,i), b(k,j), c(i,j))` for k = 0, 1, ... in order.
        ///
        /// Panels hold the `rows()` or `columns()` values of step k next to each other; the tile is
        /// row-major from index `at`.
        void accumulate(double[] a, int fromA, double[] b, int fromB, int depth, double[] tile, int at);
    }

    /// Inner loop in f32.
    interface F32 {
        int rows();

        int columns();

        /// As in f64.
        void accumulate(float[] a, int fromA, float[] b, int fromB, int depth, float[] tile, int at);

        /// Sum of the squares of the products `a[k] * b[k]`: the square of each rounded product is fused with its
        /// addition to sum k mod [#SUMS], and these are added in halves.
        float squaredProducts(float[] a, float[] b);

        int SUMS = 16;

        /// Adds the product `a[k] * b[k]`, fused, to sum `k mod sums.length`, for the first `count` k in order.
        default void interleaved(float[] a, float[] b, int count, float[] sums) {
            interleaved(a, b, 0, count, sums);
        }

        /// The same from `first` on, a multiple of the number of sums.
        static void interleaved(float[] a, float[] b, int first, int count, float[] sums) {
            for (int from = first; from < count; from += sums.length) {
                int width = Math.min(sums.length, count - from);
                for (int i = 0; i < width; i++) {
                    sums[i] = Math.fma(a[from + i], b[from + i], sums[i]);
                }
            }
        }

        /// The same of the terms from `first` on, going on with the sums, which it then adds.
        static float squaredProducts(float[] a, float[] b, int first, float[] sums) {
            for (int k = first; k < a.length; k++) {
                float term = a[k] * b[k];
                sums[k % SUMS] = Math.fma(term, term, sums[k % SUMS]);
            }
            for (int half = SUMS / 2; half > 0; half /= 2) {
                for (int i = 0; i < half; i++) {
                    sums[i] += sums[i + half];
                }
            }
            return sums[0];
        }
    }

    /// Whether the Vector API is there.
    static boolean vectorApi() {
        return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
    }

    /// Whether there are but 16 vector registers: x86-64 without AVX-512.
    private static boolean fewRegisters() {
        return System.getProperty("os.arch").equals("amd64") && VectorKernelF64.bits() < 512;
    }

    static F64 f64() {
        if (!vectorApi()) {
            return new ScalarKernelF64();
        }
        return fewRegisters() ? new NarrowKernelF64() : new VectorKernelF64();
    }

    static F32 f32() {
        if (!vectorApi()) {
            return new ScalarKernelF32();
        }
        return fewRegisters() ? new NarrowKernelF32() : new VectorKernelF32();
    }

    /// The plain loop in f64.
    static final class ScalarKernelF64 implements F64 {
        @Override
        public int rows() {
            return 4;
        }

        @Override
        public int columns() {
            return 4;
        }

        @Override
        public void accumulate(double[] a, int fromA, double[] b, int fromB, int depth, double[] tile, int at) {
            for (int k = 0; k < depth; k++) {
                for (int i = 0; i < 4; i++) {
                    double x = a[fromA + k * 4 + i];
                    for (int j = 0; j < 4; j++) {
                        int to = at + i * 4 + j;
                        tile[to] = Math.fma(x, b[fromB + k * 4 + j], tile[to]);
                    }
                }
            }
        }
    }

    /// The plain loop in f32.
    static final class ScalarKernelF32 implements F32 {
        @Override
        public int rows() {
            return 4;
        }

        @Override
        public int columns() {
            return 4;
        }

        @Override
        public float squaredProducts(float[] a, float[] b) {
            return F32.squaredProducts(a, b, 0, new float[SUMS]);
        }

        @Override
        public void accumulate(float[] a, int fromA, float[] b, int fromB, int depth, float[] tile, int at) {
            for (int k = 0; k < depth; k++) {
                for (int i = 0; i < 4; i++) {
                    float x = a[fromA + k * 4 + i];
                    for (int j = 0; j < 4; j++) {
                        int to = at + i * 4 + j;
                        tile[to] = Math.fma(x, b[fromB + k * 4 + j], tile[to]);
                    }
                }
            }
        }
    }
}
