package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Wrong readings that products have in common.
public final class ProductReadings {
    private ProductReadings() {}

    /// What is added to the sums is added twice, such as by both parts of a split sum.
    public static List<Misreading> addedTwice(Call call, Inputs inputs, String bias) {
        if (!call.hasInput(bias)) {
            return List.of();
        }
        Tensor added = inputs.get(bias);
        return List.of(Rereading.of(call, inputs)
                .input(bias, added.dtype(), added.shape(), n -> 2 * added.get(n))
                .as("terms-repeated", bias + " is added twice"));
    }
}
