package dev.assay.backend;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Options that a user gave for a backend. Prints as `chip=tile-npu,fault=drop-k-tail`, keys in order.
///
/// @param values by key
public record BackendOptions(SortedMap<String, String> values) {
    public static final BackendOptions NONE = new BackendOptions(new TreeMap<>());

    public BackendOptions {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    public static BackendOptions of(Map<String, String> values) {
        return new BackendOptions(new TreeMap<>(values));
    }

    /// The value given for a key, or `standard`.
    public String get(String key, String standard) {
        return values.getOrDefault(key, standard);
    }

    /// The values of a repeatable key, in the order given; empty if the key is not there.
    public List<String> all(String key) {
        String text = values.getOrDefault(key, "");
        return text.isEmpty() ? List.of() : List.of(text.split("\\+"));
    }

    /// The options but for these keys.
    public BackendOptions without(String... keys) {
        SortedMap<String, String> rest = new TreeMap<>(values);
        rest.keySet().removeAll(List.of(keys));
        return new BackendOptions(rest);
    }

    @Override
    public String toString() {
        return values.entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(","));
    }
}
