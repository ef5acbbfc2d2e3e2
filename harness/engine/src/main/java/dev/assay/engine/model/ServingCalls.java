package dev.assay.engine.model;

import dev.assay.engine.model.Calls.AttentionSizes;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.Optional;

/// Takes down what only serving has: prompts side by side, caches in pages, experts that tokens are sent to.
record ServingCalls(Calls calls) {
    /// Causal attention of prompts, which stand one after the other, over their own keys and values.
    ///
    /// @param scale of the scores, if it is not `1/sqrt(keySize)`
    void promptAttention(String role, long times, AttentionSizes sizes, Optional<Double> scale) {
        long tokens = sizes.batch() * sizes.queries();
        calls.call("varlen_attention", Calls.STANDARD_FILL, role, times, call -> {
            call.input("q", calls.dense(tokens, sizes.heads(), sizes.keySize()))
                    .input("k", calls.dense(tokens, sizes.keyHeads(), sizes.keySize()))
                    .input("v", calls.dense(tokens, sizes.keyHeads(), sizes.valueSize()))
                    .starts("cu_seqlens_q", sizes.batch(), sizes.queries())
                    .starts("cu_seqlens_k", sizes.batch(), sizes.queries())
                    .attribute("causal", 1);
            scale.ifPresent(value -> call.attribute("scale", value));
            return call;
        });
    }

    /// Attention over the pages of a cache, in which the new keys are already. A single query sees them all.
    void pagedAttention(String role, long times, AttentionSizes sizes) {
        calls.call(
                "paged_attention",
                Calls.STANDARD_FILL,
                role,
                times,
                call -> call.input("q", calls.dense(sizes.batch() * sizes.queries(), sizes.heads(), sizes.keySize()))
                        .input("k_cache", calls.dense(sizes.blocks(), Calls.PAGE, sizes.keyHeads(), sizes.keySize()))
                        .input("v_cache", calls.dense(sizes.blocks(), Calls.PAGE, sizes.keyHeads(), sizes.valueSize()))
                        .pages(sizes)
                        .starts("cu_seqlens_q", sizes.batch(), sizes.queries())
                        .attribute("layout", "nhd"));
    }

    /// Attention of queries in latent space over the pages of a cache of latent vectors.
    ///
    /// @param sizes whose values are the first part of the keys
    void latentAttention(String role, long times, AttentionSizes sizes, double scale) {
        long rotated = sizes.keySize() - sizes.valueSize();
        calls.call(
                "mla_attention",
                Calls.STANDARD_FILL,
                role,
                times,
                call -> call.input(
                                "q_nope",
                                calls.dense(sizes.batch() * sizes.queries(), sizes.heads(), sizes.valueSize()))
                        .input("q_pe", calls.dense(sizes.batch() * sizes.queries(), sizes.heads(), rotated))
                        .input("ckv_cache", calls.dense(sizes.blocks(), Calls.PAGE, sizes.valueSize()))
                        .input("kpe_cache", calls.dense(sizes.blocks(), Calls.PAGE, rotated))
                        .pages(sizes)
                        .starts("cu_seqlens_q", sizes.batch(), sizes.queries())
                        .attribute("scale", scale));
    }

    /// New keys and values written into the pages of their sequences.
    void intoCache(String role, long times, AttentionSizes sizes) {
        long tokens = sizes.batch() * sizes.queries();
        calls.call(
                "reshape_and_cache",
                Calls.MOVED_FILL,
                role,
                times,
                call -> call.input("key", calls.dense(tokens, sizes.keyHeads(), sizes.keySize()))
                        .input("value", calls.dense(tokens, sizes.keyHeads(), sizes.valueSize()))
                        .input("key_cache", calls.dense(sizes.blocks(), Calls.PAGE, sizes.keyHeads(), sizes.keySize()))
                        .input(
                                "value_cache",
                                calls.dense(sizes.blocks(), Calls.PAGE, sizes.keyHeads(), sizes.valueSize()))
                        .slots(sizes));
    }

    /// New latent vectors and rotated parts written into the pages of their sequences.
    void latentIntoCache(String role, long times, AttentionSizes sizes) {
        long tokens = sizes.batch() * sizes.queries();
        calls.call(
                "concat_and_cache_mla",
                Calls.MOVED_FILL,
                role,
                times,
                call -> call.input("kv_c", calls.dense(tokens, sizes.valueSize()))
                        .input("k_pe", calls.dense(tokens, sizes.keySize() - sizes.valueSize()))
                        .input("kv_cache", calls.dense(sizes.blocks(), Calls.PAGE, sizes.keySize()))
                        .slots(sizes));
    }

    /// Chooses experts for each token from the router's scores.
    void choice(String role, long times, long tokens, Model.Experts experts) {
        boolean grouped = experts.routing() == Model.Routing.SIGMOID_GROUPED;
        DType scores = DType.of(experts.router(), calls.model().name() + ", field router");
        TensorSpec logits = TensorSpec.dense(scores, Shape.of(tokens, experts.experts()));
        calls.call(
                grouped ? "moe_sigmoid_grouped_topk" : "moe_softmax_topk", Calls.STANDARD_FILL, role, times, call -> {
                    call.input("logits", logits).attribute("k", experts.active());
                    return grouped
                            ? call.input("correction_bias", TensorSpec.dense(DType.F32, Shape.of(experts.experts())))
                                    .attribute("n_group", experts.groups())
                                    .attribute("topk_group", experts.activeGroups())
                            : call;
                });
    }

    /// A row of each token for each of its experts, those of an expert together.
    void scatter(String role, long times, long tokens, Model.Experts experts) {
        calls.call(
                "moe_scatter",
                Calls.MOVED_FILL,
                role,
                times,
                call -> call.input("X", calls.dense(tokens, calls.model().hidden()))
                        .input("ids", TensorSpec.of(DType.I32, tokens, experts.active()))
                        .attribute("num_experts", experts.experts()));
    }

    /// What the experts of each token give, weighted.
    void combine(String role, long times, long tokens, Model.Experts experts) {
        calls.call(
                "moe_combine",
                Calls.STANDARD_FILL,
                role,
                times,
                call -> call.input(
                                "rows",
                                calls.dense(
                                        tokens * experts.active(), calls.model().hidden()))
                        .input("weights", TensorSpec.of(DType.F32, tokens, experts.active()))
                        .input("positions", TensorSpec.of(DType.I32, tokens, experts.active())));
    }
}
