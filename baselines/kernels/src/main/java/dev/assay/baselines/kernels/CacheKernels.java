package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Key and value caches: each token's rows are written to, or read from, where it lies.
///
/// Caches that are written in place are left as they are elsewhere. Slots and tables are read from the device's
/// tensors, as
/// a real kernel has to.
final class CacheKernels {
    static final Map<String, SharedKernel.Factory> ALL = all();

    private CacheKernels() {}

    private static Map<String, SharedKernel.Factory> all() {
        Map<String, SharedKernel.Factory> all = new TreeMap<>();
        all.put("tensor_scatter", (call, arithmetic) -> tensorScatter(call));
        all.put("reshape_and_cache", (call, arithmetic) -> reshapeAndCache(call));
        all.put("concat_and_cache_mla", (call, arithmetic) -> CacheKernels::concatAndCacheMla);
        all.put("gather_cache", (call, arithmetic) -> gatherCache(call));
        all.put("copy_blocks", (call, arithmetic) -> CacheKernels::copyBlocks);
        return all;
    }

    private static Tensor input(Arguments arguments, String name) {
        return arguments.input(name).tensor();
    }

    /// Copies the cache and then each token of the update.
    private static SharedKernel tensorScatter(Call call) {
        Shape cache = call.input("past_cache").shape();
        Shape update = call.input("update").shape();
        int axis = Codes.axes(List.of(call.attributes().integer("axis")), cache.rank())[0];
        long places = cache.dim(axis);
        long tokens = update.dim(axis);
        long inner = cache.slice(axis + 1, cache.rank()).elements();
        long perSequence = cache.slice(1, axis).elements();
        return arguments -> {
            Tensor out = arguments.output("present_cache").tensor();
            Codes.all(input(arguments, "past_cache"), out);
            for (long line = 0; line < cache.dim(0) * perSequence; line++) {
                long start = call.hasInput("write_indices")
                        ? Codes.whole(input(arguments, "write_indices"), line / perSequence)
                        : 0;
                for (long token = 0; token < tokens; token++) {
                    long place = Long.remainderUnsigned(start + token, places);
                    Codes.run(
                            input(arguments, "update"),
                            (line * tokens + token) * inner,
                            out,
                            (line * places + place) * inner,
                            inner);
                }
            }
        };
    }

    private static SharedKernel reshapeAndCache(Call call) {
        String layout = call.attributes().text("layout");
        return arguments -> {
            Tensor slots = input(arguments, "slot_mapping");
            for (long token = 0; token < slots.shape().elements(); token++) {
                long slot = Codes.whole(slots, token);
                if (slot >= 0) {
                    store(
                            input(arguments, "key"),
                            token,
                            arguments.output("new_key_cache").tensor(),
                            slot,
                            layout);
                    store(
                            input(arguments, "value"),
                            token,
                            arguments.output("new_value_cache").tensor(),
                            slot,
                            layout);
                }
            }
        };
    }

    /// Writes the rows of a token, head by head and element by element.
    private static void store(Tensor rows, long token, Tensor cache, long slot, String layout) {
        long heads = rows.shape().dim(1);
        long size = rows.shape().dim(2);
        Shape to = cache.shape();
        long blockSize = switch (layout) {
            case "NHD" -> to.dim(1);
            case "HND" -> to.dim(2);
            default -> to.dim(3);
        };
        long block = slot / blockSize;
        long place = slot % blockSize;
        long x = to.rank() == 5 ? to.dim(4) : 1;
        for (long head = 0; head < heads; head++) {
            for (long i = 0; i < size; i++) {
                long target = switch (layout) {
                    case "NHD" -> ((block * blockSize + place) * heads + head) * size + i;
                    case "HND" -> ((block * heads + head) * blockSize + place) * size + i;
                    default -> (((block * heads + head) * (size / x) + i / x) * blockSize + place) * x + i % x;
                };
                cache.setCodeAt(target, Codes.code(rows, (token * heads + head) * size + i));
            }
        }
    }

    private static void concatAndCacheMla(Arguments arguments) {
        Tensor slots = input(arguments, "slot_mapping");
        Tensor latents = input(arguments, "kv_c");
        Tensor rotated = input(arguments, "k_pe");
        Tensor cache = arguments.output("new_kv_cache").tensor();
        long rank = latents.shape().dim(1);
        long rope = rotated.shape().dim(1);
        for (long token = 0; token < slots.shape().elements(); token++) {
            long slot = Codes.whole(slots, token);
            if (slot >= 0) {
                Codes.run(latents, token * rank, cache, slot * (rank + rope), rank);
                Codes.run(rotated, token * rope, cache, slot * (rank + rope) + rank, rope);
            }
        }
    }

    private static SharedKernel gatherCache(Call call) {
        Shape cache = call.input("cache").shape();
        boolean headsFirst = call.attributes().text("layout").equals("HND");
        long heads = headsFirst ? cache.dim(1) : 1;
        long blockSize = cache.dim(headsFirst ? 2 : 1);
        long inner = cache.slice(headsFirst ? 3 : 2, cache.rank()).elements();
        long width = call.input("block_table").shape().dim(1);
        return arguments -> {
            Tensor table = input(arguments, "block_table");
            Tensor lengths = input(arguments, "seq_lens");
            long line = 0;
            for (long sequence = 0; sequence < lengths.shape().elements(); sequence++) {
                long length = Codes.whole(lengths, sequence);
                for (long token = 0; token < length; token++) {
                    long block = Codes.whole(table, sequence * width + token / blockSize);
                    for (long head = 0; head < heads; head++) {
                        long from = ((block * heads + head) * blockSize + token % blockSize) * inner;
                        Codes.run(
                                input(arguments, "cache"),
                                from,
                                arguments.output("gathered").tensor(),
                                line++ * inner,
                                inner);
                    }
                }
            }
        };
    }

    private static void copyBlocks(Arguments arguments) {
        Tensor pairs = input(arguments, "block_mapping");
        for (String name : List.of("new_key_cache", "new_value_cache")) {
            Tensor cache = arguments.output(name).tensor();
            long block = cache.shape().slice(1, cache.shape().rank()).elements();
            for (long i = 0; i < pairs.shape().dim(0); i++) {
                Codes.run(
                        cache, Codes.whole(pairs, 2 * i) * block, cache, Codes.whole(pairs, 2 * i + 1) * block, block);
            }
        }
    }
}
