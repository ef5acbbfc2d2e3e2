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
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Attention over sequences of different lengths that are packed one after the other.
///
/// - inputs: `q [total_q,h,d]`, `k [total_k,g,d]`, `v [total_k,g,e]`; `cu_seqlens_q`, `cu_seqlens_k`: where sequences
///   start, and the end; `sinks [h]` and `alibi_slopes [h]` optional
/// - which keys a query sees: [Batch]; a query that sees none gets zeros
/// - `lse [h,total_q]`: `log Σ exp(score)` over the keys seen, and the sink
/// - source: FlashAttention 2.7, flash_attn_varlen_func; sinks as in gpt-oss
public final class VarlenAttention implements Operator {
    @Override
    public String name() {
        return "varlen_attention";
    }

    @Override
    public About about() {
        return new About(
                "out = softmax(scale · q kᵀ + mask) v, sequence by sequence",
                "FlashAttention 2.7, flash_attn_varlen_func",
                About.Errors.COMPOSITE);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("q", "T", Signature.floats(), "[total_q,h,d]"),
                        Parameter.required("k", "T", Signature.floats(), "[total_k,g,d]"),
                        Parameter.required("v", "T", Signature.floats(), "[total_k,g,e]"),
                        Parameter.constant("cu_seqlens_q", "I", Batch.INDICES, "starts of the queries, and their end"),
                        Parameter.constant("cu_seqlens_k", "I", Batch.INDICES, "starts of the keys, and their end"),
                        Parameter.optional("sinks", "S", Signature.floats(), "score of the sink [h]"),
                        Parameter.optional("alibi_slopes", "L", Batch.F32, "slopes of the distance [h]")),
                Batch.outputs(),
                Batch.attributes());
    }

    private static Batch batch(Call call) {
        Shape q = call.input("q").shape();
        Shape k = call.input("k").shape();
        Shape v = call.input("v").shape();
        boolean right = q.rank() == 3
                && k.rank() == 3
                && v.rank() == 3
                && q.dim(2) == k.dim(2)
                && k.dim(0) == v.dim(0)
                && k.dim(1) == v.dim(1);
        if (!right) {
            throw new InvalidCallException(
                    "q " + q + ", k " + k + ", v " + v,
                    call.operator(),
                    "give them the shapes [total_q,h,d], [total_k,g,d] and [total_k,g,e]");
        }
        List<Integer> queries = Batch.starts(call, "cu_seqlens_q", q.dim(0));
        List<Integer> starts = Batch.starts(call, "cu_seqlens_k", k.dim(0));
        if (queries.size() != starts.size()) {
            throw new InvalidCallException(
                    queries.size() - 1 + " sequences of queries, " + (starts.size() - 1) + " of keys",
                    call.operator(),
                    "give as many");
        }
        List<Integer> keys = IntStream.range(0, starts.size() - 1)
                .mapToObj(n -> starts.get(n + 1) - starts.get(n))
                .toList();
        Batch batch = Batch.of(call, queries, keys, Shape.of(q.dim(1), k.dim(1), q.dim(2), v.dim(2)));
        Batch.checkPerHead(call, "sinks", batch.h());
        Batch.checkPerHead(call, "alibi_slopes", batch.h());
        return batch;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return batch(call).specs(call.input("q").dtype());
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Batch batch = batch(call);
        List<Integer> starts =
                Batch.starts(call, "cu_seqlens_k", call.input("k").shape().dim(0));
        BatchOracle.Source source = new BatchOracle.Source() {
            @Override
            public Matrix queries(int head) {
                return packed(inputs.get("q"), head, 0);
            }

            @Override
            public Matrix keys(int sequence, int head) {
                return packed(inputs.get("k"), head, starts.get(sequence));
            }

            @Override
            public Matrix values(int sequence, int head) {
                return packed(inputs.get("v"), head, starts.get(sequence));
            }
        };
        return new BatchOracle(batch, source, inputs, contract, call.input("q").dtype(), false);
    }

    /// The rows of a head from some row on.
    static Matrix packed(Tensor tensor, int head, long first) {
        long[] strides = tensor.spec().strideArray();
        return Matrix.of(tensor, first * strides[0] + head * strides[1], strides[0], strides[2]);
    }

    @Override
    public Cost cost(Call call) {
        Batch batch = batch(call);
        return batch.cost(
                call.input("q").dtype(),
                (double) batch.g()
                        * (batch.d() + batch.e())
                        * call.input("k").dtype().bits());
    }

    @Override
    public Optional<Cost> cheapCost(Call call) {
        double flops = SampledBatch.flops(batch(call), call.input("q").dtype());
        return Optional.of(new Cost(flops, cost(call).bytes()));
    }

    @Override
    public String sizes(Call call) {
        return batch(call).sizesText() + dev.assay.operator.Sizes.ofLayouts(call);
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return switch (input) {
            case "alibi_slopes" -> Fills.of("uniform", 0.01, 0.5);
            case "sinks" -> Fills.of("normal");
            default -> {
                BatchFills.Role role = switch (input) {
                    case "q" -> BatchFills.Role.QUERY;
                    case "k" -> BatchFills.Role.KEY;
                    default -> BatchFills.Role.VALUE;
                };
                yield BatchFills.knows(dataSet)
                        ? BatchFills.of(role, dataSet, index -> true)
                        : Operator.super.fill(call, input, dataSet);
            }
        };
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return BatchReadings.of(call, batch(call), inputs, Map.of("k", 1, "v", 1));
    }

    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        return Fill.Along.axis(shape, input.equals("v") ? 0 : -1);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return BatchProbes.of(batch(call), false);
    }
}
