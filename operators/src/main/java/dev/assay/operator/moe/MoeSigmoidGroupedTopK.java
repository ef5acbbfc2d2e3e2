package dev.assay.operator.moe;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Choice;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/// Router of DeepSeek-V3: scores `sigmoid(logits)`, chosen by `score + correction_bias` among the experts of the best
/// groups, weighted by the score alone.
///
/// - experts form `n_group` groups of equal size, in order; a group counts as the sum of its two best biased scores, or
///   without a bias as its best score; the best `topk_group` groups take part
/// - weights: with `renormalize` divided by their sum and 1e-20; then multiplied by `routed_scaling_factor`
/// - `sorted` 1: the best expert first; 0: in any order
/// - of experts and groups that are closer than their errors any will do, as long as one choice of groups explains
///   all; a token with a NaN is left open
/// - source: DeepSeek-AI, DeepSeek-V3 technical report, 2024, section 2.1.2, and its model code; vLLM grouped_topk
public final class MoeSigmoidGroupedTopK extends Router {
    private static final double TINY = 1e-20;

    private final boolean biasWeighs;
    private final boolean byBest;

    public MoeSigmoidGroupedTopK() {
        this(false, false);
    }

    /// Variants that wrong kernels are known for.
    ///
    /// @param biasWeighs whether the bias is part of the weights
    /// @param byBest whether a group is as good as its best expert, bias or not
    private MoeSigmoidGroupedTopK(boolean biasWeighs, boolean byBest) {
        super(
                "moe_sigmoid_grouped_topk",
                new About(
                        "weights, ids = the k best of sigmoid(logits) + correction_bias in the best groups",
                        "DeepSeek-V3; vLLM grouped_topk",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(
                                Parameter.required("logits", "T", LOGITS, "[tokens, experts]"),
                                Parameter.optional(
                                        "correction_bias",
                                        "B",
                                        Signature.only(DType.F32),
                                        "[experts], for the choice")),
                        List.of(
                                Parameter.required("weights", "W", Signature.only(DType.F32), "[tokens, k]"),
                                Parameter.required("ids", "I", Signature.only(DType.I32), "[tokens, k]")),
                        List.of(
                                AttributeSpec.integer("k", 8, "experts of a token"),
                                AttributeSpec.integer("n_group", 1, "groups of experts"),
                                AttributeSpec.integer("topk_group", 1, "groups that take part"),
                                AttributeSpec.integer(
                                        "renormalize", 1, "whether weights are divided by their sum: 0 or 1"),
                                AttributeSpec.real("routed_scaling_factor", 1, "factor on all weights"),
                                AttributeSpec.integer("sorted", 1, "1: the best first; 0: any order"))));
        this.biasWeighs = biasWeighs;
        this.byBest = byBest;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        List<TensorSpec> outputs = super.outputs(call);
        long experts = call.input("logits").shape().dim(1);
        long groups = call.attributes().integer("n_group");
        if (groups < 1 || experts % groups != 0) {
            throw invalid(
                    groups + " groups of " + experts + " experts",
                    "attribute n_group",
                    "give a divisor of the experts");
        }
        long best = call.attributes().integer("topk_group");
        if (best < 1 || best > groups) {
            throw invalid(best + " of " + groups + " groups", "attribute topk_group", "give a number of groups");
        }
        if (experts / groups * best < call.attributes().integer("k")) {
            throw invalid(
                    "k " + call.attributes().integer("k") + " of " + experts / groups * best + " experts in " + best
                            + " groups",
                    "attribute k",
                    "give no more than take part");
        }
        if (call.hasInput("correction_bias")
                && !call.input("correction_bias").shape().equals(Shape.of(experts))) {
            throw invalid(
                    "correction_bias " + call.input("correction_bias").shape() + " for " + experts + " experts",
                    "input correction_bias",
                    "give one number to an expert");
        }
        return outputs;
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new GroupedReference(call, inputs, contract);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        return call.hasInput("correction_bias")
                ? List.of(
                        right.as("offset", "the bias that chooses experts is part of their weights")
                                .by(new MoeSigmoidGroupedTopK(true, false)),
                        right.as("misplaced", "groups are chosen by their best expert instead of their best two")
                                .by(new MoeSigmoidGroupedTopK(false, true)))
                : List.of();
    }

    private final class GroupedReference extends Reference {
        private final WorkingArithmetic arithmetic;
        private final double[] bias;
        private final boolean biased;
        private final int groups;
        private final int best;
        private final boolean renormalizes;
        private final double factor;
        private final boolean sorted;

        GroupedReference(Call call, Inputs inputs, ComputeContract contract) {
            super(call, inputs.get("logits"));
            this.arithmetic =
                    new WorkingArithmetic(contract, inputs.get("logits").dtype());
            this.biased = call.hasInput("correction_bias");
            this.bias = new double[experts(call)];
            if (biased) {
                Tensor given = inputs.get("correction_bias");
                given.decode(0, bias.length, bias, 0);
            }
            this.groups = Math.toIntExact(call.attributes().integer("n_group"));
            this.best = Math.toIntExact(call.attributes().integer("topk_group"));
            this.renormalizes = call.attributes().integer("renormalize") != 0;
            this.factor = call.attributes().real("routed_scaling_factor");
            this.sorted = call.attributes().integer("sorted") != 0;
        }

        @Override
        protected Row row(long token, Observed device) {
            double[] logits = logits(token);
            Approx[] scores = new Approx[logits.length];
            double[] values = new double[logits.length];
            double[] errors = new double[logits.length];
            for (int i = 0; i < logits.length; i++) {
                scores[i] = arithmetic
                        .constant(1)
                        .dividedBy(arithmetic.of(logits[i]).negated().exp().plus(1));
                Approx chosenBy = biased ? scores[i].plus(arithmetic.of(bias[i])) : scores[i];
                values[i] = chosenBy.value();
                errors[i] = chosenBy.error();
                if (!Double.isFinite(values[i])) {
                    return open();
                }
            }
            long[] chosen = chosen(token, device);
            boolean[] takesPart = groupsOf(values, errors, chosen);
            int size = logits.length / groups;
            for (int i = 0; i < values.length; i++) {
                if (!takesPart[i / size]) {
                    values[i] = Double.NEGATIVE_INFINITY;
                    errors[i] = 0;
                }
            }
            long[] expected = new Choice(values, errors).expected(chosen, sorted);
            for (int i = 0; i < scores.length && biasWeighs && biased; i++) {
                scores[i] = scores[i].plus(arithmetic.of(bias[i]));
            }
            Approx divisor = sum(expected, scores);
            return (output, column, into, to) -> {
                int expert = Math.toIntExact(expected[column]);
                if (output == IDS) {
                    into.values()[to] = expert;
                } else {
                    Approx weight = renormalizes ? scores[expert].dividedBy(divisor) : scores[expert];
                    write(factor == 1 ? weight : weight.times(factor), into, to);
                }
            };
        }

        /// Groups that explain a choice: those that no error can keep out, those that the device chose from, and of the
        /// others that may be among the best those whose experts would be missed least.
        private boolean[] groupsOf(double[] values, double[] errors, long[] chosen) {
            int size = values.length / groups;
            double[] lowest = new double[groups];
            double[] highest = new double[groups];
            double[] largest = new double[groups];
            double unit = arithmetic.type().unitRoundoff();
            for (int g = 0; g < groups; g++) {
                double[] low = new double[size];
                double[] high = new double[size];
                for (int n = 0; n < size; n++) {
                    low[n] = values[g * size + n] - errors[g * size + n];
                    high[n] = values[g * size + n] + errors[g * size + n];
                }
                lowest[g] = score(low);
                highest[g] = score(high);
                double rounding = unit * Math.max(Math.abs(lowest[g]), Math.abs(highest[g]));
                lowest[g] -= rounding;
                highest[g] += rounding;
                largest[g] = Arrays.stream(high).max().orElse(0);
            }
            double lastIn = sortedDescending(lowest)[best - 1];
            double firstOut = best < groups ? sortedDescending(highest)[best] : Double.NEGATIVE_INFINITY;
            boolean[] used = new boolean[groups];
            for (long expert : chosen) {
                if (expert >= 0 && expert < values.length) {
                    used[(int) expert / size] = true;
                }
            }
            // The surer a group is of its place, the larger its rank here.
            double[] claim = new double[groups];
            for (int g = 0; g < groups; g++) {
                boolean mayBeIn = highest[g] >= lastIn;
                boolean mayBeOut = best < groups && lowest[g] <= firstOut;
                claim[g] = !mayBeOut ? 4e300 : !mayBeIn ? -4e300 : used[g] ? 2e300 : -largest[g];
            }
            boolean[] takesPart = new boolean[groups];
            int[] order = Choice.descending(claim);
            for (int n = 0; n < best; n++) {
                takesPart[order[n]] = true;
            }
            return takesPart;
        }

        private double score(double[] group) {
            double[] sorted = sortedDescending(group);
            return biased && !byBest && sorted.length > 1 ? sorted[0] + sorted[1] : sorted[0];
        }

        private static double[] sortedDescending(double[] values) {
            double[] sorted = Arrays.stream(values).map(v -> -v).sorted().toArray();
            return Arrays.stream(sorted).map(v -> -v).toArray();
        }

        /// In any order: no partial sum of positive numbers is larger than the whole.
        private Approx sum(long[] experts, Approx[] scores) {
            double sum = TINY;
            double error = 0;
            for (long expert : experts) {
                sum += scores[(int) expert].value();
                error += scores[(int) expert].error();
            }
            double unit = arithmetic.type().unitRoundoff();
            return arithmetic.within(sum, error + (experts.length + 1) * unit * (sum + error));
        }
    }
}
