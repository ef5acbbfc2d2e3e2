package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// The angle is brought below pi / 4, and polynomials in f32 do the rest (Cody and Waite, 1980; coefficients of
/// Cephes).
final class CodyWaite extends Variation {
    /// Beyond it the multiples of the first part are not exact.
    private static final double LARGEST = 0x1p20;

    /// The first 32 bits of pi / 2, and what is left.
    private static final double HIGH = 0x1.921fb544p0;

    private static final double LOW = 0x1.0b4611a626331p-34;

    CodyWaite() {
        super(
                "cody-waite",
                "38",
                "sines and cosines are polynomials in f32 of a reduced angle",
                "rope",
                "rope_in_place");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return arithmetic.type() == DType.F64
                ? arithmetic
                : new ForwardingArithmetic(arithmetic) {
                    @Override
                    public double sin(double x) {
                        return quarter(x, 0);
                    }

                    @Override
                    public double cos(double x) {
                        return quarter(x, 1);
                    }
                };
    }

    private static double quarter(double x, int turned) {
        if (!(Math.abs(x) < LARGEST)) {
            return turned == 0 ? (float) Math.sin(x) : (float) Math.cos(x);
        }
        double turns = Math.rint(x * 2 / Math.PI);
        double reduced = x - turns * HIGH - turns * LOW;
        float r = (float) reduced;
        float z = r * r;
        float sine = Math.fma(z * r, Math.fma(z, Math.fma(z, -1.9515296e-4f, 8.332161e-3f), -0.16666655f), r);
        float tail = Math.fma(z, Math.fma(z, 2.4433157e-5f, -1.3887316e-3f), 4.1666646e-2f);
        float cosine = Math.fma(z * z, tail, Math.fma(-0.5f, z, 1));
        long quarters = (long) turns + turned;
        float value = quarters % 2 == 0 ? sine : cosine;
        return Math.floorMod(quarters, 4) >= 2 ? -value : value;
    }
}
