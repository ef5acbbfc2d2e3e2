package dev.assay.numerics;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/// The inner loop of [VectorKernelF64] for machines with 16 vector registers, such as those with AVX2: a tile of
/// 6 rows by 2 vectors, whose 12 accumulators leave room for two vectors of `b` and a broadcast of `a`.
///
/// Sums of 128 and 512 terms on AVX2: 19 to 21 Gflop/s instead of 15 to 18.
///
/// Load this class only where `jdk.incubator.vector` is in the module graph; see [MicroKernels].
final class NarrowKernelF64 implements MicroKernels.F64 {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int ROWS = 6;

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
        DoubleVector c0l = DoubleVector.fromArray(SPECIES, tile, at + 0 * LANES);
        DoubleVector c0r = DoubleVector.fromArray(SPECIES, tile, at + 1 * LANES);
        DoubleVector c1l = DoubleVector.fromArray(SPECIES, tile, at + 2 * LANES);
        DoubleVector c1r = DoubleVector.fromArray(SPECIES, tile, at + 3 * LANES);
        DoubleVector c2l = DoubleVector.fromArray(SPECIES, tile, at + 4 * LANES);
        DoubleVector c2r = DoubleVector.fromArray(SPECIES, tile, at + 5 * LANES);
        DoubleVector c3l = DoubleVector.fromArray(SPECIES, tile, at + 6 * LANES);
        DoubleVector c3r = DoubleVector.fromArray(SPECIES, tile, at + 7 * LANES);
        DoubleVector c4l = DoubleVector.fromArray(SPECIES, tile, at + 8 * LANES);
        DoubleVector c4r = DoubleVector.fromArray(SPECIES, tile, at + 9 * LANES);
        DoubleVector c5l = DoubleVector.fromArray(SPECIES, tile, at + 10 * LANES);
        DoubleVector c5r = DoubleVector.fromArray(SPECIES, tile, at + 11 * LANES);
        for (int k = 0; k < depth; k++) {
            int i = fromA + k * ROWS;
            int j = fromB + k * 2 * LANES;
            DoubleVector left = DoubleVector.fromArray(SPECIES, b, j);
            DoubleVector right = DoubleVector.fromArray(SPECIES, b, j + LANES);
            DoubleVector x = DoubleVector.broadcast(SPECIES, a[i + 0]);
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
    }
}
