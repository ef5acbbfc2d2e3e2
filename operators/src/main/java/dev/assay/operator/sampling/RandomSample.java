package dev.assay.operator.sampling;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.ChiSquare;
import dev.assay.numerics.SoftmaxWeights;
import dev.assay.operator.About;
import dev.assay.operator.Choice;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.RowOracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Set;

/// Draws with replacement: each of `samples` numbers of a row is i with the probability `softmax(logits)[i]`.
///
/// Which numbers come out is the generator's own affair. What can be said:
///
/// - none is drawn that has no probability;
/// - Pearson's chi-square over the tokens, those of few expected draws taken together, lies in neither tail of its
///   distribution: too far off is a wrong distribution, too close are draws that are not independent. A right kernel
///   is accused with a probability below 1e-9 in a row: the limit is 1e-12 in each tail, for counts of which
///   [#FEWEST] are expected have heavier tails than the chi-square distribution knows of (of a Poisson count of 50,
///   7 standard deviations: 3e-10 in place of 1e-12)
/// - `seed` seeds the generator; equal seeds give equal numbers where the contract says deterministic
/// - an objection names one draw of the token that is too frequent, and expects the one that is too rare
/// - source: the semantics of ONNX Multinomial-22
public final class RandomSample implements Operator {
    private static final Set<DType> LOGITS = Signature.only(DType.F32, DType.F16, DType.BF16);
    /// Draws that are expected of a bin.
    private static final double FEWEST = 50;

    private static final double TAIL = 1e-12;

    @Override
    public String name() {
        return "random_sample";
    }

    @Override
    public About about() {
        return new About(
                "Y[b, n] = i with probability softmax(logits[b])[i]",
                "semantics of ONNX Multinomial-22",
                About.Errors.STATISTICAL);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(Parameter.required("logits", "T", LOGITS, "[rows, tokens], unnormalised log-probabilities")),
                List.of(Parameter.required("Y", "I", Signature.only(DType.I32), "[rows, samples], tokens")),
                List.of(
                        AttributeSpec.integer("samples", 1, "draws of a row"),
                        AttributeSpec.integer("seed", 0, "of the generator")));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape logits = call.input("logits").shape();
        if (logits.rank() != 2 || logits.dim(1) == 0) {
            throw new InvalidCallException(
                    "logits " + logits, "random_sample, input logits", "give them the shape [rows, tokens]");
        }
        long samples = call.attributes().integer("samples");
        if (samples < 1) {
            throw new InvalidCallException(
                    "samples " + samples, "random_sample, attribute samples", "give a positive number");
        }
        return List.of(TensorSpec.of(DType.I32, logits.dim(0), samples));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(10.0 * call.input("logits").shape().elements(), call.tensorBytes());
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(outputs(call).getFirst().shape(), inputs.get("logits"), contract);
    }

    private static final class Reference extends RowOracle {
        private final Shape shape;
        private final Tensor logits;
        private final ComputeContract contract;

        Reference(Shape shape, Tensor logits, ComputeContract contract) {
            this.shape = shape;
            this.logits = logits;
            this.contract = contract;
        }

        @Override
        public Shape shape(int output) {
            return shape;
        }

        @Override
        public long cluster(int output) {
            return 1;
        }

        @Override
        protected Row row(long number, Observed device) {
            double[] x = new double[Math.toIntExact(logits.shape().dim(1))];
            logits.decode(number * x.length, x.length, x, 0);
            SoftmaxWeights softmax = new SoftmaxWeights(contract, logits.dtype(), x);
            if (!softmax.isDefined()) {
                return (output, column, into, to) -> into.mark(to, ExpectedBlock.ANY);
            }
            double[] expected = new double[Math.toIntExact(shape.dim(1))];
            device.output(0).decode(number * expected.length, expected.length, expected, 0);
            int[] order = Choice.descending(x);
            boolean possible = true;
            for (int n = 0; n < expected.length; n++) {
                double token = expected[n];
                boolean has = token >= 0 && token < x.length && x[(int) token] > Double.NEGATIVE_INFINITY;
                expected[n] = has ? token : order[0];
                possible &= has;
            }
            if (possible) {
                new Bins(softmax, order, expected.length).judge(expected);
            }
            return (output, column, into, to) -> into.values()[to] = expected[column];
        }
    }

    /// Tokens in the order of their probabilities, as many together as it takes to expect enough draws.
    private static final class Bins {
        private final int[] binOf;
        private final double[] expected;
        private final int[] first;
        private int count;

        Bins(SoftmaxWeights softmax, int[] order, int samples) {
            binOf = new int[order.length];
            expected = new double[order.length];
            first = new int[order.length];
            double left = samples;
            boolean begins = true;
            for (int token : order) {
                if (begins) {
                    first[count++] = token;
                }
                double draws = samples * softmax.value(token) / softmax.sum();
                binOf[token] = count - 1;
                expected[count - 1] += draws;
                left -= draws;
                // What is left over at the end belongs to the last bin.
                begins = expected[count - 1] >= FEWEST && left >= FEWEST;
            }
        }

        /// Replaces a draw by another if the draws cannot be those of the distribution.
        void judge(double[] draws) {
            double[] found = new double[count];
            for (double token : draws) {
                found[binOf[(int) token]]++;
            }
            double square = 0;
            int rare = 0;
            int frequent = 0;
            for (int bin = 0; bin < count; bin++) {
                double excess = found[bin] - expected[bin];
                square += excess * excess / expected[bin];
                rare = excess < found[rare] - expected[rare] ? bin : rare;
                frequent = excess > found[frequent] - expected[frequent] ? bin : frequent;
            }
            boolean likely = count < 2
                    || (ChiSquare.upperTail(square, count - 1) >= TAIL
                            && ChiSquare.lowerTail(square, count - 1) >= TAIL);
            for (int n = 0; n < draws.length && !likely; n++) {
                if (binOf[(int) draws[n]] != rare || rare == frequent) {
                    boolean here = binOf[(int) draws[n]] == frequent;
                    draws[n] = here ? first[rare] == draws[n] ? first[(rare + 1) % count] : first[rare] : draws[n];
                    likely = here;
                }
            }
        }
    }
}
