package dev.assay.operator.norm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Base of the operators that normalise their first input, weighted and shifted by others.
abstract class NormOperator extends NamedOperator {

    /// @param onnxType empty if ONNX has no such operator
    NormOperator(String name, String onnxType, String formula, String source, Signature signature) {
        super(name, onnxType, new About(formula, source, About.Errors.COMPOSITE), signature);
    }

    /// The input that is normalised.
    final String data() {
        return signature().inputs().getFirst().name();
    }

    final Shape shape(Call call) {
        return call.input(data()).shape();
    }

    /// First dimension of those that are normalised together with all behind it; -1 if they are others.
    abstract int firstAxis(Call call);

    /// Whether dimension 0 numbers lines of their own.
    boolean isBatched(Call call) {
        return firstAxis(call) > 0;
    }

    /// Inputs that data is multiplied with; their values lie around 1.
    Set<String> weights() {
        return Set.of("scale");
    }

    /// Inputs that are added.
    Set<String> shifts() {
        return Set.of("B", "bias");
    }

    /// Checks an epsilon and gives it back.
    final double epsilon(Call call) {
        double epsilon = call.attributes().real("epsilon");
        RootMeanSquare.checkEpsilon(epsilon, name());
        return epsilon;
    }

    /// Type to which data is converted first: f64 stays only where `stash_type` says so.
    final DType stage(Call call) {
        DType stash = RootMeanSquare.stash(call.attributes().integer("stash_type"), name());
        DType input = call.input(data()).dtype();
        return input == DType.F64 ? stash : input;
    }

    /// Relative rms error of an input that is converted first.
    static double inputUnit(DType input, DType stage) {
        return input == stage ? 0 : RuleConstants.roundingRms() * stage.unitRoundoff();
    }

    /// Checks that an input has one element for each channel.
    final void requireChannels(Call call, String input) {
        Shape expected = Shape.of(shape(call).dim(1));
        if (!call.input(input).shape().equals(expected)) {
            throw invalid(
                    input + " is " + call.input(input).shape() + ", " + data() + " is " + shape(call),
                    "input " + input,
                    "give it the shape " + expected + ", one element for each channel");
        }
    }

    /// Checks that data has a batch and channels.
    final void requireBatchAndChannels(Call call) {
        if (shape(call).rank() < 2) {
            throw invalid(
                    data() + " is " + shape(call),
                    "input " + data(),
                    "give it a dimension for the batch and one of channels");
        }
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(8.0 * shape(call).elements(), call.tensorBytes());
    }

    @Override
    public String sizes(Call call) {
        return shape(call).joined();
    }

    /// Weights near 1 and shifts near 0, except where a data set's point is in the values themselves.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        if (weights().contains(input)) {
            return Fills.nameOf(dataSet).equals("plus-minus") ? Fills.of("full-mantissa") : Fills.of("normal", 1, 0.25);
        }
        return shifts().contains(input) ? Fills.of("normal", 0, 0.5) : super.fill(call, input, dataSet);
    }

    /// A data set whose divisor is near epsilon.
    String nearEpsilon() {
        return "tiny-variance";
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        List<Probe> probes = new ArrayList<>();
        if (!shape(call).isEmpty()) {
            probes.add(new Probe(
                    "plus-minus", false, "statistics leave out elements, or divide by another number of them"));
            probes.add(new Probe(nearEpsilon(), false, "epsilon is another one, or added in another place"));
            probes.add(new Probe("lognormal", false, "statistics leave out elements that are far from the others"));
        }
        return probes;
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return isBatched(call)
                ? Optional.of(new BatchAxis(
                        Map.of(data(), 0),
                        signature().outputs().stream().collect(Collectors.toMap(output -> output.name(), output -> 0))))
                : Optional.empty();
    }

    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        int first = shape.equals(shape(call)) ? firstAxis(call) : 0;
        if (shape.isEmpty() || shape.rank() == 0) {
            return new Fill.Along(1, 1);
        }
        return first < 0 ? Fill.Along.axis(shape, -1) : Fill.Along.trailing(shape, Math.min(first, shape.rank() - 1));
    }
}
