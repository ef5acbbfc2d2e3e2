package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import java.util.List;
import java.util.Set;

/// 127 and 128 are both called the range of a byte.
final class ScaleForOneMore extends Fault {
    /// Codes above 0 of i8 and of u8, and the largest numbers of f8e4m3 and f8e5m2.
    private static final Set<Double> CODES = Set.of(127.0, 255.0, 448.0, 57344.0);

    ScaleForOneMore() {
        super(
                "scale-for-one-more",
                "",
                List.of("exact", "bound", "rms", "bias"),
                List.of("scale"),
                "ranges are divided by one code too many",
                "dynamic_quant",
                "dynamic_quantize_linear");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double divide(double a, double b) {
                return super.divide(a, CODES.contains(b) ? b + 1 : b);
            }
        };
    }
}
