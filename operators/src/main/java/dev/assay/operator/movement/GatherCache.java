package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// The sequences of a paged cache, one behind the other without gaps.
///
/// - token t of sequence b lies at place `t % block_size` of block `block_table[b, t / block_size]`
/// - layout `NHD`: the cache is `[blocks, block_size, ...]`; `HND`: `[blocks, heads, block_size, ...]`
/// - entries of the table behind a sequence's end are not read, and may be anything
/// - source: `gather_cache` of vLLM 0.11 (csrc/cache_kernels.cu), which knows `NHD` alone
public final class GatherCache extends PagedCache {
    private static final List<String> LAYOUTS = List.of("NHD", "HND");

    public GatherCache() {
        super(
                "gather_cache",
                about("tokens of each sequence from the blocks of its table, in order", "vLLM 0.11 gather_cache"),
                new Signature(
                        List.of(
                                Parameter.required("cache", "T", Signature.all(), "as layout says"),
                                Parameter.constant("block_table", "I", INDICES, "[batch, blocks of the longest]"),
                                Parameter.constant("seq_lens", "L", INDICES, "[batch]")),
                        List.of(Parameter.required("gathered", "T", Signature.all(), "[all tokens, ...]")),
                        List.of(layout("NHD or HND"))));
    }

    private int places(Call call) {
        return layout(call, LAYOUTS).equals("NHD") ? 1 : 2;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec cache = call.input("cache");
        Shape shape = cache.shape();
        Shape table = call.input("block_table").shape();
        int places = places(call);
        List<Long> lengths = constant(call, "seq_lens");
        if (shape.rank() <= places || table.rank() != 2 || lengths.size() != table.dim(0)) {
            throw invalid(
                    "a cache of " + shape + ", a table of " + table + " and " + lengths.size() + " lengths",
                    "inputs",
                    "give a line of the table and a length for each sequence");
        }
        long blockSize = shape.dim(places);
        long total = 0;
        for (int b = 0; b < lengths.size(); b++) {
            long length = lengths.get(b);
            long used = blockSize == 0 ? length : Math.ceilDiv(length, blockSize);
            if (length < 0 || used > table.dim(1)) {
                throw invalid(
                        "a length of " + length + " in " + table.dim(1) + " blocks of " + blockSize,
                        "input seq_lens",
                        "give lengths that the table has room for");
            }
            for (int i = 0; i < used; i++) {
                checkBlock(block(call, b, i), shape.dim(0), "block_table");
            }
            total = Math.addExact(total, length);
        }
        return List.of(TensorSpec.dense(cache.dtype(), tokens(shape, places, total)));
    }

    private static Shape tokens(Shape cache, int places, long total) {
        return Shape.of(total).concat(cache.slice(1, places)).concat(cache.slice(places + 1, cache.rank()));
    }

    private static long block(Call call, int sequence, long number) {
        long width = call.input("block_table").shape().dim(1);
        return constant(call, "block_table").get(Math.toIntExact(sequence * width + number));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor cache = inputs.get("cache");
        int places = places(call);
        long blockSize = cache.shape().dim(places);
        long[] strides = cache.shape().denseStrides();
        List<Long> lengths = constant(call, "seq_lens");
        return (at, origin) -> {
            int sequence = 0;
            long token = at[0];
            while (token >= lengths.get(sequence)) {
                token -= lengths.get(sequence++);
            }
            long number = block(call, sequence, token / blockSize) * strides[0] + token % blockSize * strides[places];
            for (int i = 1; i < at.length; i++) {
                number += at[i] * strides[i < places ? i : i + 1];
            }
            origin.element(cache, number);
        };
    }

    /// Reads what it writes, and the table.
    @Override
    public Cost cost(Call call) {
        return new Cost(
                0,
                2 * outputs(call).getFirst().byteSize()
                        + call.input("block_table").byteSize()
                        + call.input("seq_lens").byteSize());
    }
}
