package dev.assay.baselines.simulated;

import dev.assay.backend.Call;
import dev.assay.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/// Attention over shared heads of keys and values as one over heads that are not shared.
public final class KeyHeads {
    private KeyHeads() {}

    /// The head of keys and values that a head of queries meets.
    @FunctionalInterface
    public interface Choice {
        /// The number of the head.
        long of(long head, long heads, long shared);
    }

    /// With keys and values laid out anew, one head of them for each head of queries.
    public static Reading repeated(Reading reading, Choice choice) {
        Call call = reading.call();
        long heads = call.input(call.hasInput("Q") ? "Q" : "q").shape().dim(1);
        Map<String, Integer> axes = new LinkedHashMap<>();
        if (call.hasInput("k_cache")) {
            int axis = call.attributes().text("layout").equals("hnd") ? 1 : 2;
            axes.putAll(Map.of("k_cache", axis, "v_cache", axis, "k_scale", 0, "v_scale", 0));
        } else {
            axes.putAll(call.hasInput("K") ? Map.of("K", 1, "V", 1) : Map.of("k", 1, "v", 1));
        }
        Reading read = reading;
        for (Map.Entry<String, Integer> entry : axes.entrySet()) {
            if (!reading.has(entry.getKey())) {
                continue;
            }
            int axis = entry.getValue();
            Shape shape = reading.tensor(entry.getKey()).shape();
            long shared = shape.dim(axis);
            long inner = shape.slice(axis + 1, shape.rank()).elements();
            read = read.picked(entry.getKey(), shape.with(axis, heads), i -> {
                long chosen = choice.of(i / inner % heads, heads, shared);
                return (i / inner / heads * shared + chosen) * inner + i % inner;
            });
        }
        return read;
    }
}
