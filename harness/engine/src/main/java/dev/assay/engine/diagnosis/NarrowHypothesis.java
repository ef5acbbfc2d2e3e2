package dev.assay.engine.diagnosis;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// An arithmetic narrower than the declared one, and how large errors are under it.
///
/// @param sentence behind "as if"
/// @param contract under which the error model is asked
/// @param least times the model's size that errors have
/// @param most the same
/// @param spared the output that stays right; empty for none
record NarrowHypothesis(
        Cause cause, String sentence, ComputeContract contract, double least, double most, String spared) {
    private static final DType[] NARROW = {DType.BF16, DType.F16};

    NarrowHypothesis(Cause cause, String sentence, ComputeContract contract, double least, double most) {
        this(cause, sentence, contract, least, most, "");
    }

    /// All that could explain the results of a call.
    static List<NarrowHypothesis> of(Held held) {
        ComputeContract declared = held.evidence.contract();
        List<NarrowHypothesis> all = new ArrayList<>();
        String operator = held.evidence.operator().name();
        for (DType type : NARROW) {
            all.add(new NarrowHypothesis(
                    Cause.NARROW_ACCUMULATOR,
                    "sums are kept in " + type,
                    declared.toBuilder().accumulator(type).build(),
                    0.2,
                    3));
            if (NarrowCause.isSum(held)) {
                for (int parts : new int[] {2, 4, 8}) {
                    all.add(new NarrowHypothesis(
                            Cause.NARROW_PARTIALS,
                            "partial sums are stored in " + type,
                            declared.toBuilder()
                                    .partials(Stored.as(type), parts)
                                    .build(),
                            0.6,
                            1.4));
                }
            }
            if (NarrowCause.isAttention(held)) {
                all.add(intermediate(
                        "scores are stored in " + type, declared.toBuilder().scores(Stored.as(type))));
                all.add(intermediate(
                        "probabilities are stored in " + type,
                        declared.toBuilder().probabilities(Stored.as(type))));
            }
        }
        if (!NarrowCause.isProduct(held)) {
            all.addAll(ofVectorUnits(declared));
        }
        if (operator.equals("attention_grad")) {
            for (DType type : NARROW) {
                all.add(intermediate(
                        "what is kept of each query is stored in " + type,
                        declared.toBuilder().statistics(Stored.as(type))));
                // Gradients of values do not go by these, and gradients of scores are as large as what they are made
                // of.
                for (ComputeContract.Builder contract : List.of(
                        declared.toBuilder().probabilities(Stored.as(type)),
                        declared.toBuilder().statistics(Stored.as(type)))) {
                    all.add(new NarrowHypothesis(
                            Cause.NARROW_INTERMEDIATE,
                            "gradients of scores are stored in " + type,
                            contract.build(),
                            0.4,
                            1.5,
                            "dV"));
                }
            }
        }
        if (operator.equals("attention")) {
            all.add(intermediate(
                    "probabilities are stored in f8e4m3", declared.toBuilder().probabilities(Stored.as(DType.F8E4M3))));
            all.add(new NarrowHypothesis(
                    Cause.ROUGH_FUNCTION,
                    "exponentials are rough",
                    declared.toBuilder().expUlps(1024).build(),
                    0.2,
                    5));
        }
        if (operator.equals("matmul")) {
            all.add(new NarrowHypothesis(
                    Cause.NARROW_ACCUMULATOR,
                    "sums keep 14 bits",
                    declared.toBuilder()
                            .accumulator(new Accumulator.Aligned(13, 16))
                            .build(),
                    0.2,
                    3));
        }
        return all;
    }

    /// What steps behind or without a sum may lack.
    private static List<NarrowHypothesis> ofVectorUnits(ComputeContract declared) {
        List<NarrowHypothesis> all = new ArrayList<>();
        for (double ulps : new double[] {64, 1024, 16384}) {
            all.add(new NarrowHypothesis(
                    Cause.ROUGH_FUNCTION,
                    "functions are rough",
                    declared.toBuilder()
                            .expUlps(ulps)
                            .functionUlps(ulps)
                            .tanhUlps(ulps)
                            .build(),
                    0.1,
                    4));
            all.add(new NarrowHypothesis(
                    Cause.ROUGH_FUNCTION,
                    "divisions are rough",
                    declared.toBuilder().divideUlps(ulps).build(),
                    0.1,
                    4));
        }
        for (DType type : NARROW) {
            all.add(intermediate(
                    "results of steps are stored in " + type,
                    declared.toBuilder().intermediates(Stored.as(type))));
            all.add(intermediate(
                    "statistics of lines are stored in " + type,
                    declared.toBuilder().statistics(Stored.as(type))));
        }
        return all;
    }

    private static NarrowHypothesis intermediate(String sentence, ComputeContract.Builder contract) {
        return new NarrowHypothesis(Cause.NARROW_INTERMEDIATE, sentence, contract.build(), 0.6, 1.5);
    }
}
