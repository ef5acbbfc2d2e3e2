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

/// Latents and rotated keys of new tokens, side by side, written into their slots of a paged cache, in place.
///
/// - `kv_c` is `[tokens, rank]`, `k_pe` `[tokens, rope]`, the cache `[blocks, block_size, rank + rope]`; in DeepSeek-V3
///   rank is 512 and rope 64
/// - negative slots are skipped; a slot that two tokens go to is refused
/// - source: `concat_and_cache_mla` of vLLM 0.11 (csrc/cache_kernels.cu)
public final class ConcatAndCacheMla extends PagedCache {
    public ConcatAndCacheMla() {
        super(
                "concat_and_cache_mla",
                about(
                        "slot slot_mapping[t] of the cache is kv_c[t] and behind it k_pe[t]; negative slots are skipped",
                        "vLLM 0.11 concat_and_cache_mla"),
                new Signature(
                        List.of(
                                Parameter.required("kv_c", "T", Signature.all(), "[tokens, rank]"),
                                Parameter.required("k_pe", "T", Signature.all(), "[tokens, rope]"),
                                Parameter.required(
                                        "kv_cache", "T", Signature.all(), "[blocks, block_size, rank + rope]"),
                                Parameter.constant("slot_mapping", "I", INDICES, "[tokens]; negative: none")),
                        List.of(Parameter.required("new_kv_cache", "T", Signature.all(), "kv_cache, written")
                                .inPlaceOf("kv_cache")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape latents = call.input("kv_c").shape();
        Shape rotated = call.input("k_pe").shape();
        Shape cache = call.input("kv_cache").shape();
        boolean fits = latents.rank() == 2
                && rotated.rank() == 2
                && cache.rank() == 3
                && latents.dim(0) == rotated.dim(0)
                && latents.dim(1) + rotated.dim(1) == cache.dim(2);
        if (!fits) {
            throw invalid(
                    latents + " and " + rotated + " into a cache of " + cache,
                    "inputs",
                    "give [tokens, rank], [tokens, rope] and [blocks, block_size, rank + rope]");
        }
        checkSlots(call, latents.dim(0), Math.multiplyExact(cache.dim(0), cache.dim(1)));
        return List.of(call.input("kv_cache"));
    }

    @Override
    protected List<String> data(Call call) {
        return List.of("kv_c", "k_pe", "kv_cache");
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor latents = inputs.get("kv_c");
        Tensor rotated = inputs.get("k_pe");
        Tensor cache = inputs.get("kv_cache");
        long blockSize = cache.shape().dim(1);
        long rank = latents.shape().dim(1);
        int[] writers = writers(call, cache.shape().dim(0) * blockSize);
        long[] strides = cache.shape().denseStrides();
        return (at, origin) -> {
            int token = writers[Math.toIntExact(at[0] * blockSize + at[1])];
            if (token < 0) {
                origin.element(cache, number(at, strides));
            } else if (at[2] < rank) {
                origin.element(latents, token * rank + at[2]);
            } else {
                origin.element(rotated, token * rotated.shape().dim(1) + at[2] - rank);
            }
        };
    }

    /// Reads and writes the new rows.
    @Override
    public Cost cost(Call call) {
        double rows = call.input("kv_c").byteSize() + call.input("k_pe").byteSize();
        return new Cost(0, 2 * rows + call.input("slot_mapping").byteSize());
    }
}
