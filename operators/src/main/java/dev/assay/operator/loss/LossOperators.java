package dev.assay.operator.loss;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class LossOperators {
    public static final List<Operator> ALL = List.of(
            new CrossEntropy(),
            new CrossEntropyGrad(),
            new NegativeLogLikelihoodLoss(),
            new NegativeLogLikelihoodLossGrad(),
            new SoftmaxCrossEntropyLoss(),
            new SoftmaxCrossEntropyLossGrad());

    private LossOperators() {}
}
