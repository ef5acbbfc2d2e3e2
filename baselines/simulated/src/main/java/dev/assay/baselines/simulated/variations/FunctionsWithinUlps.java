package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;

/// Functions as mathematical libraries of devices have them.
final class FunctionsWithinUlps extends Variation {
    FunctionsWithinUlps() {
        super(
                "functions-within-ulps",
                "30",
                "elementary functions err by one more ulp",
                Operators.all(
                        new String[] {
                            "exp", "log", "erf", "tanh", "sin", "cos", "pow", "sigmoid", "swish", "mish", "gelu",
                            "adamw", "adam"
                        },
                        Operators.ofExponentials()));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            private double near(double value) {
                // The last bits of the result say which way it errs.
                float kept = (float) value;
                boolean normal = type() == DType.F32 && Float.isFinite(kept) && Math.abs(kept) >= Float.MIN_NORMAL;
                int bits = Float.floatToRawIntBits(kept);
                int step = bits * 0x9E37_79B1 < 0 ? 1 : -1;
                return normal ? Float.intBitsToFloat(bits + step) : value;
            }

            @Override
            public double exp(double x) {
                return near(super.exp(x));
            }

            @Override
            public double log(double x) {
                return near(super.log(x));
            }

            @Override
            public double tanh(double x) {
                return near(super.tanh(x));
            }

            @Override
            public double erf(double x) {
                return near(super.erf(x));
            }

            @Override
            public double sin(double x) {
                return near(super.sin(x));
            }

            @Override
            public double cos(double x) {
                return near(super.cos(x));
            }

            @Override
            public double pow(double x, double y) {
                return near(super.pow(x, y));
            }
        };
    }
}
