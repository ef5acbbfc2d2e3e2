package dev.assay.baselines.simulated;

import dev.assay.baselines.simulated.AttentionNumerics.Exponential;

/// Ways to form exp(s - max).
public final class Exponentials {
    private static final float LOG2_E = 1.442695f;

    private Exponentials() {}

    /// exp(s - max)
    public static final Exponential PLAIN = (s, max) -> (float) Math.exp(s - max);

    /// 2^((s - max) log2 e)
    public static final Exponential BASE_TWO = (s, max) -> (float) Math.pow(2, (s - max) * LOG2_E);

    /// 2^(fma(s, log2 e, -max log2 e))
    public static final Exponential FUSED = (s, max) -> (float) Math.pow(2, Math.fma(s, LOG2_E, -(max * LOG2_E)));

    /// A polynomial of degree 3 for the fraction of the exponent: relative errors up to 8e-5, or 2^-13.7.
    public static final Exponential CUBIC = (s, max) -> {
        float exponent = (s - max) * LOG2_E;
        float whole = (float) Math.floor(exponent);
        if (!Float.isFinite(exponent) || whole < -149) {
            return (float) Math.pow(2, exponent);
        }
        float f = exponent - whole;
        float fraction = 0.999928f + f * (0.695776f + f * (0.226234f + f * 0.0779073f));
        return Math.scalb(fraction, (int) whole);
    };
}
