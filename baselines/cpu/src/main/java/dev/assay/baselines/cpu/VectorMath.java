package dev.assay.baselines.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Elementary functions of f32 vectors.
///
/// Load this class only where `jdk.incubator.vector` is in the module graph.
final class VectorMath {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    private static final float LOG2_E = 1.442695f;
    /// ln 2 in two parts; products of the first with whole numbers of up to 8 bits are exact.
    private static final float LN2_HIGH = 0.6933594f;

    private static final float LN2_LOW = -2.1219444e-4f;
    /// Beyond these e^x is an infinity or rounds to 0.
    private static final float LARGEST = 89;

    private static final float SMALLEST = -104.5f;
    /// Up to here `erf(x)/x` is a polynomial in x².
    private static final float NEAR = 1;
    /// From here on erf rounds to 1.
    private static final float FAR = 3.95f;

    private VectorMath() {}

    /// The sum of all lanes, halves added to halves. [FloatVector#reduceLanes] leaves the order open and takes another
    /// one as soon as it is compiled, so that a kernel's results would change while it is running.
    static float sum(FloatVector lanes) {
        float[] each = lanes.toArray();
        for (int half = each.length / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                each[i] += each[i + half];
            }
        }
        return each[0];
    }

    /// `e^x` within 1 ulp, subnormal results included (checked on all f32 numbers).
    ///
    /// With n the whole number nearest to x / ln 2 and r = x - n ln 2, e^x = 2^n e^r, and e^r by the polynomial of
    /// degree 7 of Cephes (`expf`). 2^n is applied in two factors, so that neither overflows.
    static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.min(LARGEST).max(SMALLEST);
        // Adding and taking away 1.5 · 2^23 rounds to a whole number.
        FloatVector shifted = bounded.mul(LOG2_E).add(0x1.8p23f);
        FloatVector n = shifted.sub(0x1.8p23f);
        FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), bounded);
        r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(SPECIES, 1.9875691e-4f);
        p = p.fma(r, FloatVector.broadcast(SPECIES, 0.0013981999f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 0.008333452f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 0.041665796f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 0.16666666f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 0.5f));
        FloatVector power = p.fma(r.mul(r), r).add(1);
        IntVector exponent = shifted.reinterpretAsInts().sub(0x4B40_0000);
        IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
        return power.mul(scale(half)).mul(scale(exponent.sub(half)));
    }

    /// One NaN for all, as in [CanonicalNan].
    static FloatVector oneNan(FloatVector x) {
        return x.blend(Float.NaN, x.test(VectorOperators.IS_NAN));
    }

    private static FloatVector scale(IntVector exponent) {
        return exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    }

    /// The error function within 2 ulps (checked on all f32 numbers).
    ///
    /// Near 0, `x + x p(x²)`; elsewhere `1 - exp(x q(x))` with the sign of x. The polynomials interpolate
    /// erf(x)/x - 1 and log(erfc(x))/x at the Chebyshev nodes of their intervals; their own errors are below 2^-26.
    static FloatVector erf(FloatVector x) {
        return erf(x, exp(logOfRest(x)));
    }

    /// The same, given [#exp] of [#logOfRest] of x.
    static FloatVector erf(FloatVector x, FloatVector rest) {
        FloatVector signed = FloatVector.broadcast(SPECIES, 1)
                .sub(rest)
                .reinterpretAsInts()
                .or(x.reinterpretAsInts().and(0x8000_0000))
                .reinterpretAsFloats();
        return nearZero(x).blend(signed, x.abs().compare(VectorOperators.GE, NEAR));
    }

    // Methods of more than 325 bytes are not inlined, and vectors between them become objects.

    private static FloatVector nearZero(FloatVector x) {
        FloatVector square = x.mul(x);
        FloatVector p = FloatVector.broadcast(SPECIES, 7.8824974e-5f);
        p = p.fma(square, FloatVector.broadcast(SPECIES, -8.018855e-4f));
        p = p.fma(square, FloatVector.broadcast(SPECIES, 0.005189312f));
        p = p.fma(square, FloatVector.broadcast(SPECIES, -0.026854329f));
        p = p.fma(square, FloatVector.broadcast(SPECIES, 0.11283597f));
        p = p.fma(square, FloatVector.broadcast(SPECIES, -0.37612626f));
        p = p.fma(square, FloatVector.broadcast(SPECIES, 0.12837917f));
        return p.fma(x, x);
    }

    /// log(erfc(|x|)), as from [#FAR] on.
    static FloatVector logOfRest(FloatVector x) {
        FloatVector a = x.abs().min(FAR);
        FloatVector q = FloatVector.broadcast(SPECIES, 3.19684e-7f);
        q = q.fma(a, FloatVector.broadcast(SPECIES, -5.3463764e-6f));
        q = q.fma(a, FloatVector.broadcast(SPECIES, 2.002831e-5f));
        q = q.fma(a, FloatVector.broadcast(SPECIES, 2.4190744e-4f));
        q = q.fma(a, FloatVector.broadcast(SPECIES, -0.0035699522f));
        q = q.fma(a, FloatVector.broadcast(SPECIES, 0.023844542f));
        q = q.fma(a, FloatVector.broadcast(SPECIES, -0.106480345f));
        q = q.fma(a, FloatVector.broadcast(SPECIES, -0.6349501f));
        q = q.fma(a, FloatVector.broadcast(SPECIES, -1.1287066f));
        return q.mul(a);
    }
}
