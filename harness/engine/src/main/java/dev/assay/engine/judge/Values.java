package dev.assay.engine.judge;

import dev.assay.tensor.Tensor;
import java.util.function.DoublePredicate;

/// Passes over the values of a tensor.
final class Values {
    static final int CHUNK = 1 << 14;

    private Values() {}

    static boolean allMatch(Tensor tensor, DoublePredicate condition) {
        long elements = tensor.shape().elements();
        double[] chunk = new double[(int) Math.min(CHUNK, Math.max(1, elements))];
        for (long at = 0; at < elements; at += CHUNK) {
            int count = (int) Math.min(CHUNK, elements - at);
            tensor.decode(at, count, chunk, 0);
            for (int i = 0; i < count; i++) {
                if (!condition.test(chunk[i])) {
                    return false;
                }
            }
        }
        return true;
    }
}
