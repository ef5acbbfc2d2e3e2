package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summation;
import java.util.Arrays;
import java.util.List;

/// A sparse path skips zeros in the left operand.
final class SkipsZeros extends Fault {
    SkipsZeros() {
        super(
                "skips-zeros",
                "",
                List.of("special"),
                List.of("special-values"),
                "products with a zero are skipped: 0 times infinity gives nothing",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        Summation usual = numerics.usual();
        return numerics.summation((a, b, count) -> {
            float[] cleared = Arrays.copyOf(b, count);
            for (int i = 0; i < count; i++) {
                cleared[i] = a[i] == 0 ? 0 : b[i];
            }
            return usual.dot(a, cleared, count);
        });
    }
}
