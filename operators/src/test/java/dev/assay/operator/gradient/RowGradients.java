package dev.assay.operator.gradient;

import dev.assay.operator.Example;
import dev.assay.operator.GradientTruth;
import dev.assay.operator.reduction.Softmax;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Forward calls whose gradients this family has.
public final class RowGradients {
    private RowGradients() {}

    public static List<GradientTruth> all() {
        return List.of(
                new GradientTruth(
                        "rows",
                        new SoftmaxGrad(),
                        new Example(new Softmax())
                                .input("input", TensorSpec.of(DType.F64, 3, 17))
                                .fill("normal", 1)),
                new GradientTruth(
                        "columns",
                        new SoftmaxGrad(),
                        new Example(new Softmax())
                                .attribute("axis", 0)
                                .input("input", TensorSpec.of(DType.F64, 5, 4))
                                .fill("normal", 2)));
    }
}
