package dev.assay.operator.loss;

import dev.assay.operator.Example;
import dev.assay.operator.GradientTruth;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// Forward calls of losses, in each way of reducing them.
public final class LossGradients {
    private static final double[] LABELS = {2, 0, 4, 1, 4, 3};

    private LossGradients() {}

    public static List<GradientTruth> all() {
        List<GradientTruth> all = new ArrayList<>();
        for (String reduction : List.of("none", "sum", "mean")) {
            all.add(new GradientTruth(reduction, new SoftmaxCrossEntropyLossGrad(), softmax(reduction, true, true)));
            all.add(new GradientTruth(
                    reduction + ", no weights", new SoftmaxCrossEntropyLossGrad(), softmax(reduction, false, false)));
            all.add(new GradientTruth(reduction, new NegativeLogLikelihoodLossGrad(), likelihood(reduction, true)));
            all.add(new GradientTruth(
                    reduction + ", no weights", new NegativeLogLikelihoodLossGrad(), likelihood(reduction, false)));
            all.add(new GradientTruth(reduction, new CrossEntropyGrad(), training(reduction, 0, 0)));
            all.add(new GradientTruth(reduction + ", smoothed", new CrossEntropyGrad(), training(reduction, 0.1, 0)));
            all.add(new GradientTruth(
                    reduction + ", smoothed with z-loss", new CrossEntropyGrad(), training(reduction, 0.1, 0.25)));
            all.add(new GradientTruth(reduction + ", z-loss", new CrossEntropyGrad(), training(reduction, 0, 0.25)));
        }
        return all;
    }

    private static Example softmax(String reduction, boolean weighted, boolean ignoring) {
        Example example = new Example(new SoftmaxCrossEntropyLoss())
                .attribute("reduction", reduction)
                .input("scores", TensorSpec.of(DType.F64, 2, 5, 3))
                .output("log_prob");
        example = weighted ? example.input("weights", TensorSpec.of(DType.F64, 5)) : example;
        example = ignoring ? example.attribute("ignore_index", 4) : example;
        return example.input("labels", DType.I64, Shape.of(2, 3), LABELS)
                .fill("normal", 1)
                .input("labels", DType.I64, Shape.of(2, 3), LABELS);
    }

    private static Example likelihood(String reduction, boolean weighted) {
        Example example = new Example(new NegativeLogLikelihoodLoss())
                .attribute("reduction", reduction)
                .attribute("ignore_index", 1)
                .input("input", TensorSpec.of(DType.F64, 2, 5, 3));
        example = weighted ? example.input("weight", TensorSpec.of(DType.F64, 5)) : example;
        return example.input("target", DType.I64, Shape.of(2, 3), LABELS)
                .fill("normal", 2)
                .input("target", DType.I64, Shape.of(2, 3), LABELS);
    }

    private static Example training(String reduction, double smoothing, double z) {
        return new Example(new CrossEntropy())
                .attribute("reduction", reduction)
                .attribute("ignore_index", 4)
                .attribute("label_smoothing", smoothing)
                .attribute("z_loss", z)
                .input("logits", TensorSpec.of(DType.F64, 6, 7))
                .input("labels", DType.I64, Shape.of(6), LABELS)
                .fill("normal", 3)
                .input("labels", DType.I64, Shape.of(6), LABELS);
    }
}
