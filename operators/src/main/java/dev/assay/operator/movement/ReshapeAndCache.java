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

/// Keys and values of new tokens written into their slots of a paged cache, in place.
///
/// - `key` is `[tokens, heads, size]`, `value` the same with a size of its own; token t goes to slot `slot_mapping[t]`,
///   and nowhere if that is negative
/// - layout `NHD`: caches `[blocks, block_size, heads, size]`; `HND`: `[blocks, heads, block_size, size]`;
///   `vllm-x`: keys `[blocks, heads, size / x, block_size, x]`, values `[blocks, heads, size, block_size]`
/// - a slot that two tokens go to is refused
/// - source: `reshape_and_cache` and `reshape_and_cache_flash` of vLLM 0.11 (csrc/cache_kernels.cu); `HND` as Teco-Ops
///   has it
public final class ReshapeAndCache extends PagedCache {
    private static final List<String> LAYOUTS = List.of("NHD", "HND", "vllm-x");

    public ReshapeAndCache() {
        super(
                "reshape_and_cache",
                about(
                        "slot slot_mapping[t] of the caches is key[t] and value[t]; negative slots are skipped",
                        "vLLM 0.11 reshape_and_cache"),
                new Signature(
                        List.of(
                                Parameter.required("key", "T", Signature.all(), "[tokens, heads, size]"),
                                Parameter.required("value", "T", Signature.all(), "[tokens, heads, size]"),
                                Parameter.required("key_cache", "T", Signature.all(), "as layout says"),
                                Parameter.required("value_cache", "T", Signature.all(), "as layout says"),
                                Parameter.constant("slot_mapping", "I", INDICES, "[tokens]; negative: none")),
                        List.of(
                                Parameter.required("new_key_cache", "T", Signature.all(), "key_cache, written")
                                        .inPlaceOf("key_cache"),
                                Parameter.required("new_value_cache", "T", Signature.all(), "value_cache, written")
                                        .inPlaceOf("value_cache")),
                        List.of(layout("NHD, HND or vllm-x"))));
    }

    /// The sizes of a cache for what `input` has, `block_size` taken from the cache itself.
    private static Shape expected(Shape input, Shape cache, String layout, boolean key) {
        long blocks = cache.dim(0);
        long heads = input.dim(1);
        long size = input.dim(2);
        if (layout.equals("NHD")) {
            return Shape.of(blocks, cache.dim(1), heads, size);
        }
        if (layout.equals("HND")) {
            return Shape.of(blocks, heads, cache.dim(2), size);
        }
        if (key) {
            long x = Math.max(1, cache.dim(-1));
            return Shape.of(blocks, heads, size / x, cache.dim(cache.rank() - 2), x);
        }
        return Shape.of(blocks, heads, size, cache.dim(-1));
    }

    private static int places(String layout) {
        return switch (layout) {
            case "NHD" -> 1;
            case "HND" -> 2;
            default -> 3;
        };
    }

    private void check(Call call, String input, boolean key) {
        Shape given = call.input(input).shape();
        Shape cache = call.input(input + "_cache").shape();
        String layout = layout(call, LAYOUTS);
        int rank = key && layout.equals("vllm-x") ? 5 : 4;
        boolean fits = given.rank() == 3
                && cache.rank() == rank
                && given.dim(0) == call.input("key").shape().dim(0)
                && cache.equals(expected(given, cache, layout, key))
                && (rank == 4 || cache.dim(2) * cache.dim(4) == given.dim(2));
        if (!fits) {
            throw invalid(
                    given + " into a cache of " + cache,
                    "input " + input + "_cache",
                    "give sizes as the layout " + layout + " has them");
        }
        int places = places(layout);
        checkSlots(call, given.dim(0), Math.multiplyExact(cache.dim(0), cache.dim(places)));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        check(call, "key", true);
        check(call, "value", false);
        return List.of(call.input("key_cache"), call.input("value_cache"));
    }

    @Override
    protected List<String> data(Call call) {
        return List.of("key", "value", "key_cache", "value_cache");
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        boolean key = output == 0;
        Tensor rows = inputs.get(key ? "key" : "value");
        Tensor cache = inputs.get(key ? "key_cache" : "value_cache");
        String layout = layout(call, LAYOUTS);
        int places = places(layout);
        long blockSize = cache.shape().dim(places);
        int[] writers = writers(call, cache.shape().dim(0) * blockSize);
        long[] strides = cache.shape().denseStrides();
        long[] steps = rows.shape().denseStrides();
        long x = cache.shape().dim(-1);
        return (at, origin) -> {
            int token = writers[Math.toIntExact(at[0] * blockSize + at[places])];
            if (token < 0) {
                origin.element(cache, number(at, strides));
                return;
            }
            long head = layout.equals("NHD") ? at[2] : at[1];
            long place = switch (layout) {
                case "NHD", "HND" -> at[3];
                default -> key ? at[2] * x + at[4] : at[2];
            };
            origin.element(rows, token * steps[0] + head * steps[1] + place);
        };
    }

    /// Reads and writes the new rows.
    @Override
    public Cost cost(Call call) {
        double rows = call.input("key").byteSize() + call.input("value").byteSize();
        return new Cost(0, 2 * rows + call.input("slot_mapping").byteSize());
    }
}
