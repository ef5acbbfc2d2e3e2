package dev.assay.numerics;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Inner loop of the blocked f32 matrix product on the Vector API: a tile of 12 rows by 2 vectors.
///
/// 24 accumulators, two vectors of `b` and one broadcast of `a` fit the 32 registers of AVX-512 and NEON.
/// Everything stands in one method because vectors are only kept in registers while all of it is inlined; two steps
/// of the sum are written out because the compiler does not unroll a loop of this size itself.
///
/// Load this class only where `jdk.incubator.vector` is in the module graph; see [MicroKernels].
class VectorKernelF32 implements MicroKernels.F32 {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int ROWS = 12;

    @Override
    public int rows() {
        return ROWS;
    }

    @Override
    public int columns() {
        return 2 * LANES;
    }

    /// Four vectors of four are the sixteen sums on every machine.
    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

    @Override
    public float squaredProducts(float[] a, float[] b) {
        FloatVector s0 = FloatVector.zero(FOUR);
        FloatVector s1 = FloatVector.zero(FOUR);
        FloatVector s2 = FloatVector.zero(FOUR);
        FloatVector s3 = FloatVector.zero(FOUR);
        int whole = a.length - a.length % SUMS;
        for (int k = 0; k < whole; k += SUMS) {
            FloatVector t0 = FloatVector.fromArray(FOUR, a, k).mul(FloatVector.fromArray(FOUR, b, k));
            FloatVector t1 = FloatVector.fromArray(FOUR, a, k + 4).mul(FloatVector.fromArray(FOUR, b, k + 4));
            FloatVector t2 = FloatVector.fromArray(FOUR, a, k + 8).mul(FloatVector.fromArray(FOUR, b, k + 8));
            FloatVector t3 = FloatVector.fromArray(FOUR, a, k + 12).mul(FloatVector.fromArray(FOUR, b, k + 12));
            s0 = t0.fma(t0, s0);
            s1 = t1.fma(t1, s1);
            s2 = t2.fma(t2, s2);
            s3 = t3.fma(t3, s3);
        }
        float[] sums = new float[SUMS];
        s0.intoArray(sums, 0);
        s1.intoArray(sums, 4);
        s2.intoArray(sums, 8);
        s3.intoArray(sums, 12);
        return MicroKernels.F32.squaredProducts(a, b, whole, sums);
    }

    @Override
    public void interleaved(float[] a, float[] b, int count, float[] sums) {
        int step = sums.length;
        if (step % SPECIES.length() != 0) {
            MicroKernels.F32.interleaved(a, b, 0, count, sums);
            return;
        }
        int whole = count - count % step;
        for (int lane = 0; lane < step; lane += SPECIES.length()) {
            FloatVector sum = FloatVector.fromArray(SPECIES, sums, lane);
            for (int k = lane; k < whole; k += step) {
                sum = FloatVector.fromArray(SPECIES, a, k).fma(FloatVector.fromArray(SPECIES, b, k), sum);
            }
            sum.intoArray(sums, lane);
        }
        MicroKernels.F32.interleaved(a, b, whole, count, sums);
    }

    @Override
    public void accumulate(float[] a, int fromA, float[] b, int fromB, int depth, float[] tile, int at) {
        // Adding zero keeps the compiler from treating the loads as operands in memory: 84 instead of 73 Gflop/s.
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector c0l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 0 * LANES));
        FloatVector c0r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 1 * LANES));
        FloatVector c1l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 2 * LANES));
        FloatVector c1r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 3 * LANES));
        FloatVector c2l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 4 * LANES));
        FloatVector c2r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 5 * LANES));
        FloatVector c3l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 6 * LANES));
        FloatVector c3r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 7 * LANES));
        FloatVector c4l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 8 * LANES));
        FloatVector c4r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 9 * LANES));
        FloatVector c5l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 10 * LANES));
        FloatVector c5r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 11 * LANES));
        FloatVector c6l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 12 * LANES));
        FloatVector c6r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 13 * LANES));
        FloatVector c7l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 14 * LANES));
        FloatVector c7r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 15 * LANES));
        FloatVector c8l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 16 * LANES));
        FloatVector c8r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 17 * LANES));
        FloatVector c9l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 18 * LANES));
        FloatVector c9r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 19 * LANES));
        FloatVector c10l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 20 * LANES));
        FloatVector c10r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 21 * LANES));
        FloatVector c11l = zero.add(FloatVector.fromArray(SPECIES, tile, at + 22 * LANES));
        FloatVector c11r = zero.add(FloatVector.fromArray(SPECIES, tile, at + 23 * LANES));
        int even = depth & ~1;
        for (int k = 0; k < even; k += 2) {
            int i = fromA + k * ROWS;
            int j = fromB + k * 2 * LANES;
            FloatVector left = FloatVector.fromArray(SPECIES, b, j);
            FloatVector right = FloatVector.fromArray(SPECIES, b, j + LANES);
            FloatVector x = FloatVector.broadcast(SPECIES, a[i]);
            c0l = x.fma(left, c0l);
            c0r = x.fma(right, c0r);
            x = FloatVector.broadcast(SPECIES, a[i + 1]);
            c1l = x.fma(left, c1l);
            c1r = x.fma(right, c1r);
            x = FloatVector.broadcast(SPECIES, a[i + 2]);
            c2l = x.fma(left, c2l);
            c2r = x.fma(right, c2r);
            x = FloatVector.broadcast(SPECIES, a[i + 3]);
            c3l = x.fma(left, c3l);
            c3r = x.fma(right, c3r);
            x = FloatVector.broadcast(SPECIES, a[i + 4]);
            c4l = x.fma(left, c4l);
            c4r = x.fma(right, c4r);
            x = FloatVector.broadcast(SPECIES, a[i + 5]);
            c5l = x.fma(left, c5l);
            c5r = x.fma(right, c5r);
            x = FloatVector.broadcast(SPECIES, a[i + 6]);
            c6l = x.fma(left, c6l);
            c6r = x.fma(right, c6r);
            x = FloatVector.broadcast(SPECIES, a[i + 7]);
            c7l = x.fma(left, c7l);
            c7r = x.fma(right, c7r);
            x = FloatVector.broadcast(SPECIES, a[i + 8]);
            c8l = x.fma(left, c8l);
            c8r = x.fma(right, c8r);
            x = FloatVector.broadcast(SPECIES, a[i + 9]);
            c9l = x.fma(left, c9l);
            c9r = x.fma(right, c9r);
            x = FloatVector.broadcast(SPECIES, a[i + 10]);
            c10l = x.fma(left, c10l);
            c10r = x.fma(right, c10r);
            x = FloatVector.broadcast(SPECIES, a[i + 11]);
            c11l = x.fma(left, c11l);
            c11r = x.fma(right, c11r);
            left = FloatVector.fromArray(SPECIES, b, j + 2 * LANES);
            right = FloatVector.fromArray(SPECIES, b, j + 3 * LANES);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 0]);
            c0l = x.fma(left, c0l);
            c0r = x.fma(right, c0r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 1]);
            c1l = x.fma(left, c1l);
            c1r = x.fma(right, c1r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 2]);
            c2l = x.fma(left, c2l);
            c2r = x.fma(right, c2r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 3]);
            c3l = x.fma(left, c3l);
            c3r = x.fma(right, c3r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 4]);
            c4l = x.fma(left, c4l);
            c4r = x.fma(right, c4r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 5]);
            c5l = x.fma(left, c5l);
            c5r = x.fma(right, c5r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 6]);
            c6l = x.fma(left, c6l);
            c6r = x.fma(right, c6r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 7]);
            c7l = x.fma(left, c7l);
            c7r = x.fma(right, c7r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 8]);
            c8l = x.fma(left, c8l);
            c8r = x.fma(right, c8r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 9]);
            c9l = x.fma(left, c9l);
            c9r = x.fma(right, c9r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 10]);
            c10l = x.fma(left, c10l);
            c10r = x.fma(right, c10r);
            x = FloatVector.broadcast(SPECIES, a[i + ROWS + 11]);
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
    private static void last(float[] a, int fromA, float[] b, int fromB, float[] tile, int at) {
        FloatVector left = FloatVector.fromArray(SPECIES, b, fromB);
        FloatVector right = FloatVector.fromArray(SPECIES, b, fromB + LANES);
        for (int row = 0; row < ROWS; row++) {
            FloatVector x = FloatVector.broadcast(SPECIES, a[fromA + row]);
            int to = at + row * 2 * LANES;
            x.fma(left, FloatVector.fromArray(SPECIES, tile, to)).intoArray(tile, to);
            x.fma(right, FloatVector.fromArray(SPECIES, tile, to + LANES)).intoArray(tile, to + LANES);
        }
    }
}
