package dev.assay.operator.sampling;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
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
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Logits of which those that shall not be drawn are minus infinity; the others stay as they are, bit for bit.
///
/// - `top_k`: only the k largest may be drawn; 0 and less, or as many as there are tokens, for no limit
/// - `top_p`: of what is left, with probabilities by softmax over it, the fewest of the largest that come to `top_p` or
///   more, and at least one; 1 for no limit but what the sum may err by
/// - `min_p`: only tokens of at least `min_p` times the largest probability; 0 for no limit
/// - of equal logits at a limit any may stay, but as many as it takes; tokens that lie closer to a limit than the
/// errors
///   of their probabilities may stay or go
/// - a sequence with a NaN or plus infinity is left open
/// - source: vLLM apply_top_k_top_p and min_p; Holtzman et al., The curious case of neural text degeneration, 2020
public final class SamplingMask implements Operator {
    private static final Set<DType> LOGITS = Signature.only(DType.F32, DType.F16, DType.BF16);

    @Override
    public String name() {
        return "sampling_mask";
    }

    @Override
    public About about() {
        return new About(
                "Y = logits within top_k, top_p and min_p, else minus infinity",
                "vLLM apply_top_k_top_p",
                About.Errors.INDEX);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("logits", "T", LOGITS, "[sequences, tokens]"),
                        Parameter.optional("top_k", "K", Signature.only(DType.I32), "[sequences]"),
                        Parameter.optional("top_p", "P", Signature.only(DType.F32), "[sequences], 0 to 1"),
                        Parameter.optional("min_p", "P", Signature.only(DType.F32), "[sequences], 0 to 1")),
                List.of(Parameter.required("Y", "T", LOGITS, "like logits")),
                List.of());
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec logits = call.input("logits");
        if (logits.shape().rank() != 2) {
            throw new InvalidCallException(
                    "logits " + logits.shape(),
                    "sampling_mask, input logits",
                    "give them the shape [sequences, tokens]");
        }
        for (String limit : List.of("top_k", "top_p", "min_p")) {
            Shape one = Shape.of(logits.shape().dim(0));
            if (call.hasInput(limit) && !call.input(limit).shape().equals(one)) {
                throw new InvalidCallException(
                        limit + " " + call.input(limit).shape() + " for logits " + logits.shape(),
                        "sampling_mask, input " + limit,
                        "give one number to a sequence");
            }
        }
        return List.of(TensorSpec.dense(logits.dtype(), logits.shape()));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(30.0 * call.input("logits").shape().elements(), call.tensorBytes());
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        long tokens = call.input("logits").shape().dim(1);
        return switch (input) {
            case "top_k" -> Fills.of("integers", 1, (double) Math.max(1, Math.min(64, tokens / 2)));
            case "top_p" -> Fills.of("uniform", 0.1, 1);
            case "min_p" -> Fills.of("uniform", 0.001, 0.2);
            default -> Operator.super.fill(call, input, dataSet);
        };
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(call, inputs, contract);
    }

    private static final class Reference extends RowOracle {
        private final Tensor logits;
        private final Optional<Tensor> topK;
        private final Optional<Tensor> topP;
        private final Optional<Tensor> minP;
        private final ComputeContract contract;

        Reference(Call call, Inputs inputs, ComputeContract contract) {
            this.logits = inputs.get("logits");
            this.topK = limit(call, inputs, "top_k");
            this.topP = limit(call, inputs, "top_p");
            this.minP = limit(call, inputs, "min_p");
            this.contract = contract;
        }

        private static Optional<Tensor> limit(Call call, Inputs inputs, String name) {
            return call.hasInput(name) ? Optional.of(inputs.get(name)) : Optional.empty();
        }

        @Override
        public Shape shape(int output) {
            return logits.shape();
        }

        @Override
        public long cluster(int output) {
            return 1;
        }

        @Override
        protected Row row(long sequence, Observed device) {
            int tokens = Math.toIntExact(logits.shape().dim(1));
            double[] x = new double[tokens];
            double[] got = new double[tokens];
            logits.decode(sequence * tokens, tokens, x, 0);
            device.output(0).decode(sequence * tokens, tokens, got, 0);
            SoftmaxWeights softmax = new SoftmaxWeights(contract, logits.dtype(), x);
            if (!softmax.isDefined()) {
                return (output, column, into, to) -> into.mark(to, ExpectedBlock.ANY);
            }
            double k = topK.map(limit -> limit.get(sequence)).orElse(0.0);
            double p = topP.map(limit -> limit.get(sequence)).orElse(Double.POSITIVE_INFINITY);
            double m = minP.map(limit -> limit.get(sequence)).orElse(0.0);
            double[] expected = new Limits(x, softmax, contract, k, p, m).expected(got);
            return (output, column, into, to) -> into.values()[to] = expected[column];
        }
    }

    /// The limits of one sequence. Equal logits form a group, and all that is said is said of groups.
    private static final class Limits {
        private final double[] x;
        private final SoftmaxWeights softmax;
        private final int[] order;
        private final double unit;
        private final double divideUlps;
        private final double k;
        private final double p;
        private final double m;
        /// Sum over what `top_k` leaves: without and with all that equal its last one.
        private double leastSum;

        private double largestSum;

        Limits(double[] x, SoftmaxWeights softmax, ComputeContract contract, double k, double p, double m) {
            this.x = x;
            this.softmax = softmax;
            this.order = Choice.descending(x);
            this.unit = softmax.arithmetic().type().unitRoundoff();
            this.divideUlps = contract.divideUlps();
            this.k = k <= 0 || k >= x.length ? x.length : k;
            this.p = p;
            this.m = m;
            sums();
        }

        private void sums() {
            for (int from = 0; from < order.length && from < k; from = end(from)) {
                double one = softmax.value(order[from]);
                leastSum += one * Math.min(end(from) - from, k - from);
                largestSum += one * (end(from) - from);
            }
        }

        /// The first place behind the group that begins here.
        private int end(int from) {
            int end = from + 1;
            while (end < order.length && x[order[end]] == x[order[from]]) {
                end++;
            }
            return end;
        }

        /// What is expected of a device that answered this.
        double[] expected(double[] got) {
            double[] expected = new double[x.length];
            double before = 0;
            for (int from = 0; from < order.length; from = end(from)) {
                int end = end(from);
                int size = end - from;
                int first = order[from];
                int byRank = Math.clamp((long) k - from, 0, size);
                int byMass = atLeast(before, softmax.value(first), size);
                int byRatio = byRatio(first, size);
                boolean out = byRank == 0 || isBeyond(before, from) || byRatio < 0;
                // Each limit may cut from the same end of the group, or from the other one.
                int needed = out ? 0 : Math.max(0, byRank + byMass + byRatio - 2 * size);
                needed = from == 0 ? Math.max(1, needed) : needed;
                group(from, end, out && from > 0, needed, got, expected);
                before += softmax.value(first) * size;
            }
            return expected;
        }

        /// Bound of what a device's cumulative probability may err by: numerators, their sum, and the sum once more.
        private double massError() {
            return 3 * softmax.sumError() / softmax.sum() + 4 * unit;
        }

        /// How many of a group `top_p` keeps at least, however the device erred.
        private int atLeast(double before, double one, int size) {
            if (Double.isInfinite(p)) {
                return size;
            }
            double room = (p - massError()) * leastSum - before;
            double kept = room <= 0 ? 0 : one == 0 ? size : Math.ceil(room / one);
            return (int) Math.clamp(kept, 0.0, size);
        }

        /// Whether `top_p` drops a group, however the device erred.
        private boolean isBeyond(double before, int from) {
            return from > 0 && p < 1 && before / largestSum - massError() >= p;
        }

        /// How many of a group `min_p` keeps at least; negative if it surely drops all.
        private int byRatio(int first, int size) {
            if (m <= 0) {
                return size;
            }
            double ratio = softmax.value(first);
            // Two divisions by the sum, and a product.
            double error = softmax.error(first) + ratio * unit * (4 * divideUlps + 1);
            return ratio - error >= m ? size : ratio + error < m ? -1 : 0;
        }

        private void group(int from, int end, boolean out, int needed, double[] got, double[] expected) {
            int kept = 0;
            for (int place = from; place < end; place++) {
                int i = order[place];
                boolean keeps = got[i] == x[i];
                boolean drops = got[i] == Double.NEGATIVE_INFINITY;
                expected[i] = out ? Double.NEGATIVE_INFINITY : keeps || drops ? got[i] : x[i];
                kept += expected[i] == x[i] ? 1 : 0;
            }
            for (int place = from; place < end && kept < needed; place++) {
                int i = order[place];
                kept += expected[i] == x[i] ? 0 : 1;
                expected[i] = x[i];
            }
        }
    }
}
