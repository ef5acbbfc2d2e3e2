package dev.assay.operator.moe;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.SoftmaxWeights;
import dev.assay.operator.About;
import dev.assay.operator.Choice;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Router of Mixtral and Qwen: the `k` most probable experts of each token, the most probable first, and their
/// probabilities `softmax(logits)`; with `renormalize` divided by their sum.
///
/// - of experts whose probabilities are closer than their errors any will do; weights are held against those of the
///   experts that the device chose
/// - a token with a NaN or plus infinity, or with nothing but minus infinity, is left open
/// - source: vLLM topk_softmax; Fedus et al., Switch transformers, 2022
public final class MoeSoftmaxTopK extends Router {
    public MoeSoftmaxTopK() {
        super(
                "moe_softmax_topk",
                new About(
                        "weights, ids = the k largest of softmax(logits), renormalised if asked",
                        "vLLM topk_softmax",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(Parameter.required("logits", "T", LOGITS, "[tokens, experts]")),
                        List.of(
                                Parameter.required(
                                        "weights", "W", Signature.only(DType.F32), "[tokens, k], largest first"),
                                Parameter.required("ids", "I", Signature.only(DType.I32), "[tokens, k]")),
                        List.of(
                                AttributeSpec.integer("k", 2, "experts of a token"),
                                AttributeSpec.integer(
                                        "renormalize", 0, "whether weights are divided by their sum: 0 or 1"))));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new SoftmaxReference(call, inputs.get("logits"), contract);
    }

    private static final class SoftmaxReference extends Reference {
        private final boolean renormalizes;
        private final DType dtype;
        private final ComputeContract contract;

        SoftmaxReference(Call call, Tensor logits, ComputeContract contract) {
            super(call, logits);
            this.renormalizes = call.attributes().integer("renormalize") != 0;
            this.dtype = logits.dtype();
            this.contract = contract;
        }

        @Override
        protected Row row(long token, Observed device) {
            SoftmaxWeights softmax = new SoftmaxWeights(contract, dtype, logits(token));
            if (!softmax.isDefined()) {
                return open();
            }
            int experts = logits(token).length;
            double[] values = new double[experts];
            double[] errors = new double[experts];
            Approx[] probabilities = new Approx[experts];
            for (int i = 0; i < experts; i++) {
                // All are divided by one sum, whose error changes no order.
                probabilities[i] = softmax.numerator(i).dividedBy(softmax.sum());
                values[i] = probabilities[i].value();
                errors[i] = probabilities[i].error();
            }
            long[] expected = new Choice(values, errors).expected(chosen(token, device), true);
            Approx divisor = renormalizes ? sum(expected, probabilities, softmax) : softmax.denominator();
            return (output, column, into, to) -> {
                int expert = Math.toIntExact(expected[column]);
                if (output == IDS) {
                    into.values()[to] = expert;
                } else {
                    Approx dividend = renormalizes ? probabilities[expert] : softmax.numerator(expert);
                    write(dividend.dividedBy(divisor), into, to);
                }
            };
        }

        /// In any order: no partial sum of positive numbers is larger than the whole.
        private static Approx sum(long[] experts, Approx[] probabilities, SoftmaxWeights softmax) {
            double sum = 0;
            double error = 0;
            for (long expert : experts) {
                sum += probabilities[(int) expert].value();
                error += probabilities[(int) expert].error();
            }
            double unit = softmax.arithmetic().type().unitRoundoff();
            return softmax.arithmetic().within(sum, error + experts.length * unit * (sum + error));
        }
    }
}
