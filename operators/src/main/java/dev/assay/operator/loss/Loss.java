package dev.assay.operator.loss;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Base of the losses of rows over classes, and of their gradients.
///
/// - scores have the classes as their second dimension, labels have all the others
/// - a row whose label is `ignore_index` has the loss 0, and does not count in a mean; another label
///   that is no class leaves its row, and every sum that has it, open
/// - `reduction`: `none` gives a loss for each row, `sum` their sum, `mean` that sum divided by the sum
///   of the rows' weights; without a row that counts it is 0/0, as in PyTorch
abstract class Loss extends NamedOperator {
    static final String LABELS = "labels";

    Loss(String name, String onnxType, About about, Signature signature) {
        super(name, onnxType, about, signature);
    }

    static About about(String formula, String source) {
        return new About(formula, source, About.Errors.COMPOSITE);
    }

    static Parameter labels(String name) {
        return Parameter.required(
                name, "Tind", Signature.only(DType.I32, DType.I64), "class of each row, [N, d1, ...]");
    }

    static Parameter weights(String name) {
        return Parameter.optional(name, "T", Signature.floats(), "weight of each class, [C]");
    }

    /// As ONNX has it.
    static List<AttributeSpec> attributes() {
        return List.of(
                AttributeSpec.optional("ignore_index", Attribute.Int.class, "label of rows that do not count"),
                reduction());
    }

    static AttributeSpec reduction() {
        return new AttributeSpec(
                "reduction",
                Attribute.Text.class,
                Optional.of(new Attribute.Text("mean")),
                "none, sum, or mean over the weights of the rows that count");
    }

    /// Name of the input that has the scores, or something of their shape; empty if there is none.
    abstract String scores();

    /// Name of the input that has the labels.
    String labels() {
        return LABELS;
    }

    /// Name of the input that has the weights of the classes; empty if there is none.
    String weights() {
        return "weights";
    }

    /// Shape of the scores.
    Shape shape(Call call) {
        return call.input(scores()).shape();
    }

    final Labels labelsOf(Call call, Inputs inputs) {
        boolean weighted = !weights().isEmpty() && inputs.has(weights());
        return new Labels(
                inputs.get(labels()),
                shape(call).dim(1),
                ignored(call),
                weighted ? Optional.of(inputs.get(weights())) : Optional.empty());
    }

    final OptionalLong ignored(Call call) {
        return call.attributes().findInteger("ignore_index");
    }

    /// Throws [dev.assay.operator.InvalidCallException] for what does not fit together.
    final Reduced check(Call call) {
        Shape scores = shape(call);
        Shape given = call.input(labels()).shape();
        require(
                scores.rank() >= 2,
                "the scores are " + scores,
                scores().isEmpty() ? "attribute classes" : "input " + scores(),
                "give [N, C] or [N, C, d1, ...]");
        Shape expected = rows(scores);
        require(
                given.equals(expected),
                labels() + " is " + given + ", the scores are " + scores,
                "input " + labels(),
                "give it the shape " + expected);
        if (!weights().isEmpty() && call.hasInput(weights())) {
            require(
                    call.input(weights()).shape().equals(Shape.of(scores.dim(1))),
                    weights() + " is " + call.input(weights()).shape() + ", the scores are " + scores,
                    "input " + weights(),
                    "give a weight for each class, [" + scores.dim(1) + "]");
        }
        return Reduced.of(call);
    }

    /// Throws [dev.assay.operator.InvalidCallException] for logits of other ranks, and attributes out of
    /// range.
    final void checkTraining(Call call) {
        require(shape(call).rank() == 2, "logits are " + shape(call), "input logits", "give [tokens, vocabulary]");
        double smoothing = call.attributes().real("label_smoothing");
        require(
                smoothing >= 0 && smoothing <= 1,
                "label_smoothing " + smoothing,
                "attribute label_smoothing",
                "give a number from 0 to 1");
        double z = call.attributes().real("z_loss");
        require(
                z >= 0 && z < Double.POSITIVE_INFINITY,
                "z_loss " + z,
                "attribute z_loss",
                "give a number that is not negative");
    }

    /// Shape of the labels.
    static Shape rows(Shape scores) {
        return scores.slice(0, 1).concat(scores.slice(2, scores.rank()));
    }

    /// Shape of a loss.
    static Shape reduced(Shape scores, Reduced how) {
        return how == Reduced.NONE ? rows(scores) : Shape.of();
    }

    /// A single number says little of what is wrong with it: it is asked for of other scores.
    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        boolean single =
                outputs(call).getFirst().shape().rank() == 0 && !shape(call).isEmpty();
        return !single
                ? List.of()
                : Stream.of("normal(0,1)", "normal(0,4)", "uniform(-2,2)", "lognormal")
                        .map(fill -> new Probe(fill, false, "what is put together from rows is wrong"))
                        .toList();
    }

    @Override
    public final List<Misreading> misreadings(Call call, Inputs inputs) {
        return LossReadings.of(this, call, inputs);
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(5.0 * shape(call).elements(), call.tensorBytes());
    }

    /// Labels are classes, a few of them ignored where that can be; weights are near 1.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        if (input.equals(labels())) {
            return Labels.fill(shape(call).dim(1), ignored(call));
        }
        return input.equals(weights()) ? Fills.of("uniform", 0.5, 1.5) : super.fill(call, input, dataSet);
    }

    /// Rows are independent of each other where nothing is reduced.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        if (Reduced.of(call) != Reduced.NONE) {
            return Optional.empty();
        }
        Set<String> common = Set.of(weights());
        List<String> cut = new ArrayList<>();
        for (Parameter input : signature().inputs()) {
            if (!common.contains(input.name()) && call.hasInput(input.name())) {
                cut.add(input.name());
            }
        }
        return Optional.of(new BatchAxis(
                cut.stream().collect(Collectors.toMap(name -> name, name -> 0)),
                signature().outputs().stream().collect(Collectors.toMap(Parameter::name, output -> 0))));
    }

    /// Scores are summed over the classes.
    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        if (shape.rank() == 0) {
            return new Fill.Along(1, 1);
        }
        return Fill.Along.axis(shape, shape.equals(shape(call)) ? 1 : -1);
    }

    /// What is left of the losses of rows.
    enum Reduced {
        NONE,
        SUM,
        MEAN;

        /// Throws [dev.assay.operator.InvalidCallException] for another word.
        static Reduced of(Call call) {
            String word = call.attributes().text("reduction");
            return Optional.ofNullable(
                            Map.of("none", NONE, "sum", SUM, "mean", MEAN).get(word))
                    .orElseThrow(() -> new dev.assay.operator.InvalidCallException(
                            "reduction '" + word + "'",
                            call.operator() + ", attribute reduction",
                            "give none, sum or mean"));
        }
    }
}
