package dev.assay.operator.gradient;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class GradientOperators {
    public static final List<Operator> ALL = List.of(
            new EmbeddingGrad(),
            new GeluGrad(),
            new LayerNormalizationGrad(),
            new LogSoftmaxGrad(),
            new ReluGrad(),
            new RmsNormalizationGrad(),
            new SigmoidGrad(),
            new SoftmaxGrad(),
            new SwigluGrad(),
            new SwishGrad(),
            new TanhGrad());

    private GradientOperators() {}
}
