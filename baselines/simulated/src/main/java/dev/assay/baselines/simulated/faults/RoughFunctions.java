package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Summations;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/// Fast functions of a special unit, which nobody declared.
final class RoughFunctions extends Fault {
    RoughFunctions() {
        super(
                "rough-functions",
                "N17",
                List.of("bound", "rms", "bias", "contract"),
                List.of("rough-function", "double-rounding"),
                "elementary functions are right to 12 bits only",
                Operators.ofFunctions());
    }

    private static final int BITS = 12;

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            private double rough(double value) {
                return Summations.rounded((float) value, BITS);
            }

            @Override
            public double exp(double x) {
                return rough(super.exp(x));
            }

            @Override
            public double expm1(double x) {
                return rough(super.expm1(x));
            }

            @Override
            public double log(double x) {
                return rough(super.log(x));
            }

            @Override
            public double log1p(double x) {
                return rough(super.log1p(x));
            }

            @Override
            public double tanh(double x) {
                return rough(super.tanh(x));
            }

            @Override
            public double erf(double x) {
                return rough(super.erf(x));
            }

            @Override
            public double sin(double x) {
                return rough(super.sin(x));
            }

            @Override
            public double cos(double x) {
                return rough(super.cos(x));
            }

            @Override
            public double pow(double x, double y) {
                return rough(super.pow(x, y));
            }

            @Override
            public double function(DoubleUnaryOperator exact, double x) {
                return rough(super.function(exact, x));
            }
        };
    }
}
