package dev.assay.results.store;

import dev.assay.results.Fingerprint;
import dev.assay.results.Verdict;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is known of every planned row of a folder, by its number in the plan.
final class RowFacts {
    /// The tables of a folder, as far as each of them has rows of a planned one.
    enum Part {
        CASE,
        TIMING,
        SAMPLE,
        SCORECARD
    }

    /// What one table has of every planned row.
    private static final class Marks {
        final long[] fingerprints;
        final int[] lines;

        Marks(int size) {
            fingerprints = new long[size];
            lines = new int[size];
        }
    }

    private final int size;
    private final BitSet there = new BitSet();
    private final BitSet passed = new BitSet();
    /// Only of tables that have something.
    private final Map<Part, Marks> marks = new EnumMap<>(Part.class);

    RowFacts(int size) {
        this.size = size;
    }

    boolean has(int number) {
        return there.get(number);
    }

    boolean hasPassed(int number) {
        return passed.get(number);
    }

    void verdict(int number, Verdict verdict) {
        there.set(number);
        passed.set(number, verdict == Verdict.PASS);
    }

    /// Adds a line to what the row is made of in a table; 0 stands for nothing.
    void add(Part part, int number, long fingerprint, long line) {
        Marks here = marks.computeIfAbsent(part, one -> new Marks(size));
        here.fingerprints[number] = Fingerprint.then(here.fingerprints[number], fingerprint);
        if (here.lines[number] == 0) {
            here.lines[number] = (int) Math.min(line, Integer.MAX_VALUE);
        }
    }

    void clear(Part part, int number) {
        @Nullable Marks here = marks.get(part);
        if (here != null) {
            here.fingerprints[number] = 0;
            here.lines[number] = 0;
        }
    }

    long fingerprint(Part part, int number) {
        @Nullable Marks here = marks.get(part);
        return here == null ? 0 : here.fingerprints[number];
    }

    /// The first line with something of the row, or 0.
    int line(Part part, int number) {
        @Nullable Marks here = marks.get(part);
        return here == null ? 0 : here.lines[number];
    }
}
