package dev.assay.results.store;

import dev.assay.HarnessException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Collects what is wrong with a folder; of one file so much that a person still reads it, and the rest as a number.
final class Problems {
    private static final int LISTED = 100;
    private static final Pattern WHERE = Pattern.compile(".*, line ([0-9]+)", Pattern.DOTALL);

    private final Map<Path, List<Problem>> byFile = new HashMap<>();
    private final Map<Path, Long> counts = new HashMap<>();

    synchronized void add(Path file, long line, String what) {
        if (counts.merge(file, 1L, Long::sum) <= LISTED) {
            byFile.computeIfAbsent(file, one -> new ArrayList<>()).add(new Problem(file, line, what));
        }
    }

    /// What a reader refused, which says where itself.
    void add(Path file, HarnessException refused) {
        Matcher matcher = WHERE.matcher(refused.where());
        add(file, matcher.matches() ? Long.parseLong(matcher.group(1)) : 0, refused.what());
    }

    synchronized long count() {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    synchronized boolean has(Path file) {
        return counts.containsKey(file);
    }

    /// By file, line and text, whatever order they were found in.
    synchronized List<Problem> list() {
        List<Problem> all = new ArrayList<>();
        byFile.forEach((file, some) -> {
            some.sort(Comparator.comparingLong(Problem::line).thenComparing(Problem::what));
            all.addAll(some);
            long more = counts.getOrDefault(file, 0L) - some.size();
            if (more > 0) {
                all.add(new Problem(file, Long.MAX_VALUE, more + " more of this file"));
            }
        });
        all.sort(Comparator.comparing((Problem one) -> one.file().toString())
                .thenComparingLong(Problem::line)
                .thenComparing(Problem::what));
        return all.stream()
                .map(one -> one.line() == Long.MAX_VALUE ? new Problem(one.file(), 0, one.what()) : one)
                .toList();
    }
}
