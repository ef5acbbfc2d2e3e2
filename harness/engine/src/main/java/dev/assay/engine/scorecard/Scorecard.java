package dev.assay.engine.scorecard;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.scorecard.Comparand.DotProduct;
import dev.assay.engine.scorecard.Comparand.Kind;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Holds the outputs of a call against every published criterion.
///
/// The reference is that of the strict contract: the criteria know nothing of what a device promises. Elements that
/// the semantics leave open are left out. Of an output of more than [#MOST_ELEMENTS] elements an even sample of at
/// most so many is looked at, and the remark says so.
public final class Scorecard {
    /// Elements of an output that are looked at. Two arrays of doubles of this size fit a worker's heap easily.
    static final int MOST_ELEMENTS = 1 << 24;

    private Scorecard() {}

    /// What one criterion says of one output.
    ///
    /// @param output name of the output
    /// @param criterion id of the criterion
    public record Score(String output, String criterion, Outcome outcome) {}

    /// Asks all criteria about all outputs, in the order of the signature and of [Criteria#ALL].
    ///
    /// @param inputs values by name, as the device had them
    /// @param outputs what the device returned, by name
    public static List<Score> of(
            Operator operator, Call call, Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        return of(operator, call, inputs, outputs, MOST_ELEMENTS);
    }

    static List<Score> of(
            Operator operator, Call call, Map<String, Tensor> inputs, Map<String, Tensor> outputs, int mostElements) {
        Inputs values = new Inputs(inputs);
        Oracle oracle = operator.oracle(call, values, ComputeContract.STRICT);
        LowPrecision low = LowPrecision.of(call, values, operator.cost(call).flops());
        List<Parameter> parameters = operator.signature().outputs();
        List<Score> scores = new ArrayList<>();
        for (int position = 0; position < parameters.size(); position++) {
            String name = parameters.get(position).name();
            Tensor output = outputs.get(name);
            if (output == null || !output.dtype().isFloat()) {
                continue;
            }
            Sample sample = new Sample(output, mostElements);
            sample.read(
                    oracle, position, at -> named(outputs, parameters.get(at).name()));
            Comparand comparand = sample.comparand(kind(call, name), low, name);
            if (call.attributes().has("softcap") && call.attributes().real("softcap") > 0) {
                comparand = comparand.withSoftCap();
            }
            for (Criterion criterion : Criteria.ALL) {
                Outcome outcome = criterion.judge(comparand);
                scores.add(new Score(name, criterion.id(), sample.remarked(outcome)));
            }
        }
        return scores;
    }

    private static Tensor named(Map<String, Tensor> outputs, String name) {
        Tensor tensor = outputs.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("the call has no output " + name);
        }
        return tensor;
    }

    private static Kind kind(Call call, String output) {
        return switch (call.operator()) {
            case "matmul" -> Kind.PRODUCT;
            case "attention" -> output.startsWith("present_") ? Kind.COPY : Kind.ATTENTION;
            case "layer_normalization" -> Kind.NORMALISATION;
            default -> Kind.OTHER;
        };
    }

    /// The elements of an output that are looked at.
    private static final class Sample {
        private final Tensor output;
        private final long stride;
        private final double[] actual;
        private final double[] reference;
        private final BitSet open = new BitSet();

        Sample(Tensor output, int most) {
            long elements = output.shape().elements();
            this.output = output;
            // An odd stride walks through all columns of a power of two.
            long least = Math.ceilDiv(elements, (long) most);
            this.stride = least <= 1 ? 1 : least | 1;
            int count = Math.toIntExact(Math.ceilDiv(elements, stride));
            this.actual = new double[count];
            this.reference = new double[count];
        }

        void read(Oracle oracle, int position, Observed observed) {
            if (stride == 1) {
                output.decode(0, actual.length, actual, 0);
            } else {
                for (int i = 0; i < actual.length; i++) {
                    actual[i] = output.get(i * stride);
                }
            }
            ExpectedBlock block = new ExpectedBlock();
            for (Region region : oracle.regions(position)) {
                block.reset(region);
                oracle.expect(position, region, observed, block);
                take(region, block);
            }
        }

        private void take(Region region, ExpectedBlock block) {
            Shape shape = output.shape();
            int run = region.rank() == 0 ? 1 : Math.toIntExact(region.size().dim(-1));
            for (int at = 0; at < block.elements(); at += run) {
                long number = region.number(shape, at);
                // The first element of the run that is in the sample, then every stride-th.
                for (long j = (stride - number % stride) % stride; j < run; j += stride) {
                    int to = Math.toIntExact((number + j) / stride);
                    int from = Math.toIntExact(at + j);
                    reference[to] = block.values()[from];
                    if ((block.flags()[from] & ExpectedBlock.ANY) != 0) {
                        open.set(to);
                    }
                }
            }
        }

        Comparand comparand(Kind kind, LowPrecision low, String name) {
            Comparand comparand = Comparand.of(kind, output.dtype(), kept(actual), kept(reference));
            Optional<double[]> benchmark = stride == 1 ? low.output(name) : Optional.empty();
            if (benchmark.isPresent()) {
                comparand = comparand.withBenchmark(kept(benchmark.get()));
            }
            Optional<DotProduct> products = stride == 1 ? low.dotProduct(name) : Optional.empty();
            if (products.isPresent()) {
                comparand = comparand.withDotProduct(
                        products.get().length(), kept(products.get().magnitudes()));
            }
            return comparand;
        }

        private double[] kept(double[] values) {
            if (open.isEmpty()) {
                return values;
            }
            double[] left = new double[values.length - open.cardinality()];
            int to = 0;
            for (int i = open.nextClearBit(0); i < values.length; i = open.nextClearBit(i + 1)) {
                left[to++] = values[i];
            }
            return left;
        }

        Outcome remarked(Outcome outcome) {
            List<String> remarks = new ArrayList<>();
            if (!outcome.remark().isEmpty()) {
                remarks.add(outcome.remark());
            }
            if (stride > 1) {
                remarks.add(
                        "sample of " + actual.length + " of " + output.shape().elements() + " elements");
            }
            if (!open.isEmpty()) {
                remarks.add(open.cardinality() + " elements that may hold anything are left out");
            }
            return outcome.withRemark(String.join("; ", remarks));
        }
    }
}
