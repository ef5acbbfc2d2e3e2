package dev.assay.numerics;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/// Inner loop of the blocked f64 matrix product on the Vector API: a tile of 12 rows by 2 vectors.
///
/// 24 accumulators, two vectors of `b` and one broadcast of `a` fit the 32 registers of AVX-512 and NEON.
/// Everything stands in one method because vectors are only kept in registers while all of it is inlined; two steps
/// of the sum are written out because the compiler does not unroll a loop of this size itself.
///
/// Load this class only where `jdk.incubator.vector` is in the module graph; see [MicroKernels].
final class VectorKernelF64 implements MicroKernels.F64 {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int ROWS = 12;

    /// Width of a vector.
    static int bits() {
        return SPECIES.vectorBitSize();
    }

    @Override
    public int rows() {
        return ROWS;
    }

    @Override
    public int columns() {
        return 2 * LANES;
    }

    @Override
    public void accumulate(double[] a, int fromA, double[] b, int fromB, int depth, double[] tile, int at) {
        // Adding zero keeps the compiler from treating the loads as operands in memory: 84 instead of 73 Gflop/s.
        DoubleVector zero = DoubleVector.zero(SPECIES);
        DoubleVector c0l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 0 * LANES));
        DoubleVector c0r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 1 * LANES));
        DoubleVector c1l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 2 * LANES));
        DoubleVector c1r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 3 * LANES));
        DoubleVector c2l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 4 * LANES));
        DoubleVector c2r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 5 * LANES));
        DoubleVector c3l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 6 * LANES));
        DoubleVector c3r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 7 * LANES));
        DoubleVector c4l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 8 * LANES));
        DoubleVector c4r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 9 * LANES));
        DoubleVector c5l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 10 * LANES));
        DoubleVector c5r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 11 * LANES));
        DoubleVector c6l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 12 * LANES));
        DoubleVector c6r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 13 * LANES));
        DoubleVector c7l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 14 * LANES));
        DoubleVector c7r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 15 * LANES));
        DoubleVector c8l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 16 * LANES));
        DoubleVector c8r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 17 * LANES));
        DoubleVector c9l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 18 * LANES));
        DoubleVector c9r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 19 * LANES));
        DoubleVector c10l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 20 * LANES));
        DoubleVector c10r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 21 * LANES));
        DoubleVector c11l = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 22 * LANES));
        DoubleVector c11r = zero.add(DoubleVector.fromArray(SPECIES, tile, at + 23 * LANES));
        int even = depth & ~1;
        for (int k = 0; k < even; k += 2) {
            int i = fromA + k * ROWS;
            int j = fromB + k * 2 * LANES;
            DoubleVector left = DoubleVector.fromArray(SPECIES, b, j);
            DoubleVector right = DoubleVector.fromArray(SPECIES, b, j + LANES);
            DoubleVector x = DoubleVector.broadcast(SPECIES, a[i]);
            c0l = x.fma(left, c0l);
            c0r = x.fma(right, c0r);
            x = DoubleVector.broadcast(SPECIES, a[i + 1]);
            c1l = x.fma(left, c1l);
            c1r = x.fma(right, c1r);
            x = DoubleVector.broadcast(SPECIES, a[i + 2]);
            c2l = x.fma(left, c2l);
            c2r = x.fma(right, c2r);
            x = DoubleVector.broadcast(SPECIES, a[i + 3]);
            c3l = x.fma(left, c3l);
            c3r = x.fma(right, c3r);
            x = DoubleVector.broadcast(SPECIES, a[i + 4]);
            c4l = x.fma(left, c4l);
            c4r = x.fma(right, c4r);
            x = DoubleVector.broadcast(SPECIES, a[i + 5]);
            c5l = x.fma(left, c5l);
            c5r = x.fma(right, c5r);
            x = DoubleVector.broadcast(SPECIES, a[i + 6]);
            c6l = x.fma(left, c6l);
            c6r = x.fma(right, c6r);
            x = DoubleVector.broadcast(SPECIES, a[i + 7]);
            c7l = x.fma(left, c7l);
            c7r = x.fma(right, c7r);
            x = DoubleVector.broadcast(SPECIES, a[i + 8]);
            c8l = x.fma(left, c8l);
            c8r = x.fma(right, c8r);
            x = DoubleVector.broadcast(SPECIES, a[i + 9]);
            c9l = x.fma(left, c9l);
            c9r = x.fma(right, c9r);
            x = DoubleVector.broadcast(SPECIES, a[i + 10]);
            c10l = x.fma(left, c10l);
            c10r = x.fma(right, c10r);
            x = DoubleVector.broadcast(SPECIES, a[i + 11]);
            c11l = x.fma(left, c11l);
            c11r = x.fma(right, c11r);
            left = DoubleVector.fromArray(SPECIES, b, j + 2 * LANES);
            right = DoubleVector.fromArray(SPECIES, b, j + 3 * LANES);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 0]);
            c0l = x.fma(left, c0l);
            c0r = x.fma(right, c0r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 1]);
            c1l = x.fma(left, c1l);
            c1r = x.fma(right, c1r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 2]);
            c2l = x.fma(left, c2l);
            c2r = x.fma(right, c2r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 3]);
            c3l = x.fma(left, c3l);
            c3r = x.fma(right, c3r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 4]);
            c4l = x.fma(left, c4l);
            c4r = x.fma(right, c4r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 5]);
            c5l = x.fma(left, c5l);
            c5r = x.fma(right, c5r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 6]);
            c6l = x.fma(left, c6l);
            c6r = x.fma(right, c6r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 7]);
            c7l = x.fma(left, c7l);
            c7r = x.fma(right, c7r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 8]);
            c8l = x.fma(left, c8l);
            c8r = x.fma(right, c8r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 9]);
            c9l = x.fma(left, c9l);
            c9r = x.fma(right, c9r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 10]);
            c10l = x.fma(left, c10l);
            c10r = x.fma(right, c10r);
            x = DoubleVector.broadcast(SPECIES, a[i + ROWS + 11]);
            c11l = x.fma(left, c11l);
            c11r = x.fma(right, c11r);
        }
        c0l.intoArray(tile, at + 0 * LANES);
        c0r.intoArray(tile, at + 1 * LANES);
        c1l.intoArray(tile, at + 2 * LANES);
        c1r.intoArray(tile, at + 3 * LANES);
        c2l.intoArray(tile, at + 4 * LANES);
        c2r.intoArray(tile, at + 5 * LANES);
        c3l.intoArray(tile, at + 6 * LANES);
        c3r.intoArray(tile, at + 7 * LANES);
        c4l.intoArray(tile, at + 8 * LANES);
        c4r.intoArray(tile, at + 9 * LANES);
        c5l.intoArray(tile, at + 10 * LANES);
        c5r.intoArray(tile, at + 11 * LANES);
        c6l.intoArray(tile, at + 12 * LANES);
        c6r.intoArray(tile, at + 13 * LANES);
        c7l.intoArray(tile, at + 14 * LANES);
        c7r.intoArray(tile, at + 15 * LANES);
        c8l.intoArray(tile, at + 16 * LANES);
        c8r.intoArray(tile, at + 17 * LANES);
        c9l.intoArray(tile, at + 18 * LANES);
        c9r.intoArray(tile, at + 19 * LANES);
        c10l.intoArray(tile, at + 20 * LANES);
        c10r.intoArray(tile, at + 21 * LANES);
        c11l.intoArray(tile, at + 22 * LANES);
        c11r.intoArray(tile, at + 23 * LANES);
        if (even < depth) {
            last(a, fromA + even * ROWS, b, fromB + even * 2 * LANES, tile, at);
        }
    }

    /// The last step of a sum of odd length.
    private static void last(double[] a, int fromA, double[] b, int fromB, double[] tile, int at) {
        DoubleVector left = DoubleVector.fromArray(SPECIES, b, fromB);
        DoubleVector right = DoubleVector.fromArray(SPECIES, b, fromB + LANES);
        for (int row = 0; row < ROWS; row++) {
            DoubleVector x = DoubleVector.broadcast(SPECIES, a[fromA + row]);
            int to = at + row * 2 * LANES;
            x.fma(left, DoubleVector.fromArray(SPECIES, tile, to)).intoArray(tile, to);
            x.fma(right, DoubleVector.fromArray(SPECIES, tile, to + LANES)).intoArray(tile, to + LANES);
        }
    }
}
