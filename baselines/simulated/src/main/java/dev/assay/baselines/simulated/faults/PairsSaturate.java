package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// As the instruction vpmaddubsw does.
final class PairsSaturate extends Fault {
    PairsSaturate() {
        super(
                "pairs-saturate",
                "G29",
                List.of("exact", "bound"),
                List.of("overflow"),
                "sums of two products saturate at 16 bits",
                "matmul_integer",
                "qlinear_matmul",
                "conv_integer",
                "qlinear_conv");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public Arithmetic integers() {
                return new ForwardingArithmetic(plain.integers()) {
                    @Override
                    public double dot(double[] a, double[] b, int count) {
                        double sum = 0;
                        for (int i = 0; i < count; i += 2) {
                            double pair = a[i] * b[i] + (i + 1 < count ? a[i + 1] * b[i + 1] : 0);
                            sum += Math.clamp(pair, Short.MIN_VALUE, Short.MAX_VALUE);
                        }
                        return sum;
                    }
                };
            }
        };
    }
}
