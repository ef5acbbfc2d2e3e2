package dev.assay.baselines.simulated;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;

/// Distances by `|x|² + |y|² - 2 x·y`, cut off at 0: right where a call allows it, wrong where it does not.
public final class ProductDistances {
    private ProductDistances() {}

    /// Whether a call of `pairwise_distance` allows it.
    public static boolean allowed(Call call) {
        Shape x = call.input("x1").shape();
        Shape y = call.input("x2").shape();
        String mode = call.attributes().text("compute_mode");
        return mode.equals("use_mm_for_euclid_dist")
                || (mode.equals("use_mm_for_euclid_dist_if_necessary") && Math.max(x.dim(-2), y.dim(-2)) > 25);
    }

    /// The kernel.
    public static SharedKernel kernel(Call call, Arithmetic arithmetic) {
        Shape x = call.input("x1").shape();
        int k = Math.toIntExact(x.dim(-1));
        long m = x.dim(-2);
        long n = call.input("x2").shape().dim(-2);
        return arguments -> {
            Tensor from = arguments.input("x1").tensor();
            Tensor others = arguments.input("x2").tensor();
            Tensor to = arguments.output("D").tensor();
            double[] a = new double[k];
            double[] b = new double[k];
            for (long e = 0; e < to.shape().elements(); e++) {
                from.decode(e / n * k, k, a, 0);
                others.decode((e / n / m * n + e % n) * k, k, b, 0);
                double sum = arithmetic.add(arithmetic.dot(a, a, k), arithmetic.dot(b, b, k));
                double square = arithmetic.subtract(sum, arithmetic.multiply(2, arithmetic.dot(a, b, k)));
                to.set(e, arithmetic.sqrt(Math.max(0, square)));
            }
        };
    }
}
