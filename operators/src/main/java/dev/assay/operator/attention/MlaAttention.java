package dev.assay.operator.attention;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Multi-head latent attention over a cache of latent vectors, with the up-projection of keys absorbed into the
/// queries: `out = softmax(scale · (q_nope · c + q_pe · r)) c`, c the latent vector of a key and r its rotated part.
///
/// - inputs: `q_nope [total_q,h,c]` (already multiplied by the up-projection), `q_pe [total_q,h,r]`, `ckv_cache
///   [blocks,page,c]`, `kpe_cache [blocks,page,r]`, `block_table [batch,columns]`, `kv_seq_lens [batch]`,
///   `cu_seqlens_q [batch+1]`; all heads share keys and values
/// - outputs: `out [total_q,h,c]`, `lse [h,total_q]`; which keys a query sees: [Batch]
/// - `scale` is that of the model, such as 1/sqrt(192) for heads of 128 + 64; without, `1/sqrt(c + r)`
/// - prefill, which does not absorb, is `varlen_attention` with values narrower than keys
/// - source: DeepSeek-V2 (arXiv 2405.04434), section 2.1; FlashInfer 0.3, BatchMLAPagedAttentionWrapper
public final class MlaAttention implements Operator {
    @Override
    public String name() {
        return "mla_attention";
    }

    @Override
    public About about() {
        return new About(
                "out = softmax(scale · (q_nope · c + q_pe · r)) c, latent keys in pages",
                "DeepSeek-V2; FlashInfer 0.3, BatchMLAPagedAttentionWrapper",
                About.Errors.COMPOSITE);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("q_nope", "T", Signature.floats(), "absorbed queries [total_q,h,c]"),
                        Parameter.required("q_pe", "T", Signature.floats(), "rotated part [total_q,h,r]"),
                        Parameter.required("ckv_cache", "T", Signature.floats(), "latent vectors [blocks,page,c]"),
                        Parameter.required("kpe_cache", "T", Signature.floats(), "rotated parts [blocks,page,r]"),
                        Parameter.constant("block_table", "I", Batch.INDICES, "pages [batch,columns]"),
                        Parameter.constant("kv_seq_lens", "I", Batch.INDICES, "keys in use [batch]"),
                        Parameter.constant("cu_seqlens_q", "I", Batch.INDICES, "starts of the queries, and their end")),
                Batch.outputs(),
                Batch.attributes());
    }

    /// A call's sizes, and where its pages are.
    private record Plan(Batch batch, Pages pages) {
        static Plan of(Call call) {
            Shape q = call.input("q_nope").shape();
            Shape pe = call.input("q_pe").shape();
            Shape ckv = call.input("ckv_cache").shape();
            Shape kpe = call.input("kpe_cache").shape();
            boolean right = q.rank() == 3
                    && pe.rank() == 3
                    && ckv.rank() == 3
                    && kpe.rank() == 3
                    && q.with(2, 1).equals(pe.with(2, 1))
                    && ckv.with(2, 1).equals(kpe.with(2, 1))
                    && q.dim(2) == ckv.dim(2)
                    && pe.dim(2) == kpe.dim(2);
            if (!right) {
                throw new InvalidCallException(
                        "q_nope " + q + ", q_pe " + pe + ", ckv_cache " + ckv + ", kpe_cache " + kpe,
                        "mla_attention",
                        "give them the shapes [total_q,h,c], [total_q,h,r], [blocks,page,c] and [blocks,page,r]");
            }
            List<Integer> queries = Batch.starts(call, "cu_seqlens_q", q.dim(0));
            List<Integer> keys = Batch.lengths(call, "kv_seq_lens");
            if (keys.size() != queries.size() - 1) {
                throw new InvalidCallException(
                        keys.size() + " kv_seq_lens for " + (queries.size() - 1) + " sequences",
                        "mla_attention",
                        "give one to each");
            }
            Batch batch = Batch.of(call, queries, keys, Shape.of(q.dim(1), 1, q.dim(2) + pe.dim(2), q.dim(2)));
            return new Plan(batch, Pages.of(call, keys, ckv.dim(0), ckv.dim(1)));
        }

        Matrix rows(Tensor cache, int sequence) {
            long[] strides = cache.spec().strideArray();
            return pages.rows(cache, sequence, 0, strides[0], strides[1], strides[2]);
        }
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return Plan.of(call).batch().specs(call.input("q_nope").dtype());
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Plan plan = Plan.of(call);
        int latent = plan.batch().e();
        BatchOracle.Source source = new BatchOracle.Source() {
            @Override
            public Matrix queries(int head) {
                return PagedRows.beside(
                        VarlenAttention.packed(inputs.get("q_nope"), head, 0),
                        latent,
                        VarlenAttention.packed(inputs.get("q_pe"), head, 0));
            }

            @Override
            public Matrix keys(int sequence, int head) {
                return PagedRows.beside(values(sequence, head), latent, plan.rows(inputs.get("kpe_cache"), sequence));
            }

            @Override
            public Matrix values(int sequence, int head) {
                return plan.rows(inputs.get("ckv_cache"), sequence);
            }
        };
        return new BatchOracle(
                plan.batch(), source, inputs, contract, call.input("q_nope").dtype(), false);
    }

    @Override
    public Cost cost(Call call) {
        Batch batch = Plan.of(call).batch();
        return batch.cost(
                call.input("q_nope").dtype(),
                (double) batch.d() * call.input("ckv_cache").dtype().bits());
    }

    @Override
    public Optional<Cost> cheapCost(Call call) {
        double flops =
                SampledBatch.flops(Plan.of(call).batch(), call.input("q_nope").dtype());
        return Optional.of(new Cost(flops, cost(call).bytes()));
    }

    @Override
    public String sizes(Call call) {
        Plan plan = Plan.of(call);
        return plan.batch().sizesText() + ".page" + plan.pages().pageSize() + ".blocks"
                + call.input("ckv_cache").shape().dim(0) + dev.assay.operator.Sizes.ofLayouts(call);
    }

    /// Latent vectors are keys and values at once: as values where a data set tells them apart.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        if (!BatchFills.knows(dataSet)) {
            return Operator.super.fill(call, input, dataSet);
        }
        return switch (input) {
            case "q_nope", "q_pe" -> BatchFills.of(BatchFills.Role.QUERY, dataSet, index -> true);
            case "ckv_cache", "kpe_cache" ->
                BatchFills.of(
                        input.equals("ckv_cache") ? BatchFills.Role.VALUE : BatchFills.Role.KEY,
                        dataSet,
                        Plan.of(call).pages().inUse(call.input(input).shape(), 1));
            default -> dataSet;
        };
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return BatchReadings.of(call, Plan.of(call).batch(), inputs, Map.of());
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        Plan plan = Plan.of(call);
        long slots = call.input("ckv_cache").shape().dim(0) * plan.pages().pageSize();
        long used =
                plan.pages().inUse().values().stream().mapToLong(count -> count).sum();
        return BatchProbes.of(plan.batch(), used < slots);
    }
}
