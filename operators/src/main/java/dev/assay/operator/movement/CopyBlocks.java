package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Blocks of a paged cache copied to others, in place, as where sequences part that had a block in common.
///
/// - the first dimension of both caches is that of the blocks; `block_mapping` holds pairs of a source and a target
/// - a block that is written twice, or read and written, would make the order matter, and is refused
/// - source: `copy_blocks` of vLLM 0.11 (csrc/cache_kernels.cu)
public final class CopyBlocks extends PagedCache {
    public CopyBlocks() {
        super(
                "copy_blocks",
                about("block block_mapping[i, 1] of both caches is block block_mapping[i, 0]", "vLLM 0.11 copy_blocks"),
                new Signature(
                        List.of(
                                Parameter.required("key_cache", "T", Signature.all(), "[blocks, ...]"),
                                Parameter.required("value_cache", "T", Signature.all(), "[blocks, ...]"),
                                Parameter.constant("block_mapping", "I", Signature.only(DType.I64), "[pairs, 2]")),
                        List.of(
                                Parameter.required("new_key_cache", "T", Signature.all(), "key_cache, written")
                                        .inPlaceOf("key_cache"),
                                Parameter.required("new_value_cache", "T", Signature.all(), "value_cache, written")
                                        .inPlaceOf("value_cache")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape keys = call.input("key_cache").shape();
        Shape values = call.input("value_cache").shape();
        Shape mapping = call.input("block_mapping").shape();
        if (keys.rank() < 1 || values.rank() < 1 || keys.dim(0) != values.dim(0)) {
            throw invalid("caches " + keys + " and " + values, "inputs", "give both as many blocks");
        }
        if (mapping.rank() != 2 || mapping.dim(1) != 2) {
            throw invalid("a mapping of " + mapping, "input block_mapping", "give [pairs, 2]");
        }
        List<Long> pairs = constant(call, "block_mapping");
        Set<Long> read = new HashSet<>();
        Set<Long> written = new HashSet<>();
        for (int i = 0; i < pairs.size(); i++) {
            checkBlock(pairs.get(i), keys.dim(0), "block_mapping");
            if (i % 2 == 0) {
                read.add(pairs.get(i));
            } else if (!written.add(pairs.get(i))) {
                throw invalid("block " + pairs.get(i) + " is written twice", "input block_mapping", "write it once");
            }
        }
        read.retainAll(written);
        if (!read.isEmpty()) {
            throw invalid("blocks " + read + " are read and written", "input block_mapping", "do one of both");
        }
        return List.of(call.input("key_cache"), call.input("value_cache"));
    }

    @Override
    protected List<String> data(Call call) {
        return List.of("key_cache", "value_cache");
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor cache = inputs.get(data(call).get(output));
        long[] strides = cache.shape().denseStrides();
        List<Long> pairs = constant(call, "block_mapping");
        long[] sources = new long[Math.toIntExact(cache.shape().dim(0))];
        Arrays.setAll(sources, block -> block);
        for (int i = 0; i < pairs.size(); i += 2) {
            sources[Math.toIntExact(pairs.get(i + 1))] = pairs.get(i);
        }
        return (at, origin) -> {
            at[0] = sources[(int) at[0]];
            origin.element(cache, number(at, strides));
        };
    }

    /// Reads and writes the blocks that are copied.
    @Override
    public Cost cost(Call call) {
        double blocks = Math.max(1, call.input("key_cache").shape().dim(0));
        double pairs = call.input("block_mapping").shape().dim(0);
        double bytes =
                call.input("key_cache").byteSize() + call.input("value_cache").byteSize();
        return new Cost(
                0, 2 * bytes / blocks * pairs + call.input("block_mapping").byteSize());
    }
}
