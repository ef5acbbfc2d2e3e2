package dev.assay.results.store;

import dev.assay.results.RunFolder;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/// The machines on which the parts of merged results were made: one class of hardware, and the same devices.
///
/// Software may differ; then a field holds all values, sorted, with ` | ` between them.
final class MergedEnvironment {
    private static final String BETWEEN = " | ";
    private static final List<String> MUST_AGREE = List.of(Merge.HARDWARE_CLASS, "hardware");

    private MergedEnvironment() {}

    /// Throws [dev.assay.HarnessException] where machines or devices are not of one kind.
    static Map<String, Object> of(List<RunFolder> folders) throws IOException {
        Map<String, Object> merged = new TreeMap<>(folders.getFirst().readEnvironment());
        for (RunFolder folder : folders) {
            Map<String, Object> other = folder.readEnvironment();
            for (String field : MUST_AGREE) {
                if (!Objects.equals(merged.get(field), other.get(field))) {
                    throw different(field, merged.get(field), other.get(field), folders.getFirst(), folder);
                }
            }
            for (Map.Entry<String, Object> entry : other.entrySet()) {
                Object before = merged.get(entry.getKey());
                if (before == null) {
                    merged.put(entry.getKey(), entry.getValue());
                } else if (entry.getKey().equals(Merge.DEVICES)) {
                    merged.put(Merge.DEVICES, devices(before, entry.getValue(), folders.getFirst(), folder));
                } else {
                    merged.put(entry.getKey(), both(before, entry.getValue()));
                }
            }
        }
        return merged;
    }

    private static Map<String, Object> devices(Object a, Object b, RunFolder first, RunFolder other) {
        Map<String, Object> all = map(a);
        map(b).forEach((name, facts) -> {
            Object before = all.putIfAbsent(name, facts);
            if (before != null && !before.equals(facts)) {
                throw different("device of " + name, before, facts, first, other);
            }
        });
        return all;
    }

    private static Object both(Object a, Object b) {
        if (a.equals(b)) {
            return a;
        }
        if (a instanceof Map<?, ?> && b instanceof Map<?, ?>) {
            Map<String, Object> all = map(a);
            map(b).forEach((name, value) -> all.merge(name, value, MergedEnvironment::both));
            return all;
        }
        TreeSet<String> values = new TreeSet<>(parts(a));
        values.addAll(parts(b));
        return String.join(BETWEEN, values);
    }

    private static List<String> parts(Object value) {
        return Arrays.asList(String.valueOf(value).split(java.util.regex.Pattern.quote(BETWEEN), -1));
    }

    private static Map<String, Object> map(Object value) {
        Map<String, Object> map = new TreeMap<>();
        if (value instanceof Map<?, ?> some) {
            some.forEach((name, one) -> map.put(String.valueOf(name), one));
        }
        return map;
    }

    private static dev.assay.HarnessException different(
            String what,
            @org.jspecify.annotations.Nullable Object a,
            @org.jspecify.annotations.Nullable Object b,
            RunFolder first,
            RunFolder other) {
        return Merge.different(
                what + " is '" + a + "' and '" + b + "'",
                first.file(RunFolder.ENVIRONMENT),
                other.file(RunFolder.ENVIRONMENT));
    }
}
