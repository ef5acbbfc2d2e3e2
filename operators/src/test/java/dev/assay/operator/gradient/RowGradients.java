package dev.assay.operator.gradient;

import dev.assay.operator.Example;
import dev.assay.operator.Gradient;
import dev.assay.operator.GradientTruth;
import dev.assay.operator.elementwise.Gelu;
import dev.assay.operator.elementwise.Relu;
import dev.assay.operator.elementwise.Sigmoid;
import dev.assay.operator.elementwise.Swiglu;
import dev.assay.operator.elementwise.Swish;
import dev.assay.operator.elementwise.Tanh;
import dev.assay.operator.loss.LossGradients;
import dev.assay.operator.movement.Embedding;
import dev.assay.operator.norm.LayerNormalization;
import dev.assay.operator.norm.RmsNormalization;
import dev.assay.operator.reduction.LogSoftmax;
import dev.assay.operator.reduction.Softmax;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.stream.Stream;

/// Forward calls whose gradients this family has.
public final class RowGradients {
    private RowGradients() {}

    public static List<GradientTruth> all() {
        return Stream.of(lines(), elements(), norms(), LossGradients.all())
                .flatMap(List::stream)
                .toList();
    }

    private static TensorSpec spec(long... dims) {
        return TensorSpec.of(DType.F64, dims);
    }

    private static List<GradientTruth> lines() {
        return List.of(
                new GradientTruth(
                        "rows",
                        new SoftmaxGrad(),
                        new Example(new Softmax()).input("input", spec(3, 17)).fill("normal", 1)),
                new GradientTruth(
                        "columns",
                        new SoftmaxGrad(),
                        new Example(new Softmax())
                                .attribute("axis", 0)
                                .input("input", spec(5, 4))
                                .fill("normal", 2)),
                new GradientTruth(
                        "rows",
                        new LogSoftmaxGrad(),
                        new Example(new LogSoftmax())
                                .input("input", spec(3, 17))
                                .fill("normal", 3)),
                new GradientTruth(
                        "the middle of three",
                        new LogSoftmaxGrad(),
                        new Example(new LogSoftmax())
                                .attribute("axis", 1)
                                .input("input", spec(2, 5, 3))
                                .fill("normal", 4)));
    }

    private static GradientTruth element(String name, Gradient gradient, Example forward) {
        return new GradientTruth(name, gradient, forward.input("X", spec(4, 9)).fill("normal(0,1.5)", 5));
    }

    private static List<GradientTruth> elements() {
        return List.of(
                element("plain", new SigmoidGrad(), new Example(new Sigmoid())),
                element("plain", new TanhGrad(), new Example(new Tanh())),
                // Far enough from the kink at 0 for every step.
                new GradientTruth(
                        "both sides of 0",
                        new ReluGrad(),
                        new Example(new Relu()).input("X", DType.F64, Shape.of(5), -2, 1, 3, -0.75, 0.75)),
                element("erf", new GeluGrad(), new Example(new Gelu())),
                element("tanh", new GeluGrad(), new Example(new Gelu()).attribute("approximate", "tanh")),
                element("silu", new SwishGrad(), new Example(new Swish())),
                element("alpha", new SwishGrad(), new Example(new Swish()).attribute("alpha", 1.702)),
                new GradientTruth(
                        "plain",
                        new SwigluGrad(),
                        new Example(new Swiglu())
                                .input("A", spec(3, 7))
                                .input("B", spec(3, 7))
                                .fill("normal", 6)),
                new GradientTruth(
                        "alpha",
                        new SwigluGrad(),
                        new Example(new Swiglu())
                                .attribute("alpha", 0.5)
                                .input("A", spec(3, 7))
                                .input("B", spec(3, 7))
                                .fill("normal", 7)),
                new GradientTruth(
                        "ids that come often and never",
                        new EmbeddingGrad(),
                        new Example(new Embedding())
                                .input("table", spec(5, 3))
                                .input("ids", DType.I64, Shape.of(2, 4), 3, 0, 3, 3, 1, 0, 3, 4)
                                .fill("normal", 8)
                                .input("ids", DType.I64, Shape.of(2, 4), 3, 0, 3, 3, 1, 0, 3, 4)));
    }

    private static Example layer(long axis, Shape x, boolean bias) {
        Shape normalised = x.slice((int) axis, x.rank());
        Example example = new Example(new LayerNormalization())
                .attribute("axis", axis)
                .attribute("stash_type", 11)
                .attribute("epsilon", 0.01)
                .input("X", TensorSpec.dense(DType.F64, x))
                .input("Scale", TensorSpec.dense(DType.F64, normalised))
                .output("Mean")
                .output("InvStdDev");
        return (bias ? example.input("B", TensorSpec.dense(DType.F64, normalised)) : example).fill("normal(1,1)", 9);
    }

    private static List<GradientTruth> norms() {
        return List.of(
                new GradientTruth("rows", new LayerNormalizationGrad(), layer(1, Shape.of(5, 13), true)),
                new GradientTruth(
                        "two dimensions, no bias", new LayerNormalizationGrad(), layer(1, Shape.of(3, 4, 3), false)),
                new GradientTruth("a single row", new LayerNormalizationGrad(), layer(0, Shape.of(7), true)),
                new GradientTruth(
                        "rows",
                        new RmsNormalizationGrad(),
                        new Example(new RmsNormalization())
                                .attribute("stash_type", 11)
                                .attribute("epsilon", 0.01)
                                .input("X", spec(5, 13))
                                .input("scale", spec(13))
                                .fill("normal", 10)),
                new GradientTruth(
                        "two dimensions",
                        new RmsNormalizationGrad(),
                        new Example(new RmsNormalization())
                                .attribute("axis", 1)
                                .attribute("stash_type", 11)
                                .input("X", spec(3, 2, 5))
                                .input("scale", spec(2, 5))
                                .fill("normal", 11)));
    }
}
