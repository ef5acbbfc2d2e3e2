package dev.assay.results.store;

import dev.assay.results.CaseRow;
import dev.assay.results.CellText;
import dev.assay.results.Fingerprint;
import dev.assay.results.PlanCases;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RowKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The rows that a plan promises, as numbers from 0: a plan may have millions, so that only fingerprints are kept.
final class PlanIndex {
    private final Path file;
    private final PlanFile head;
    private long[] keys = new long[1 << 10];
    private long[] hashes = new long[1 << 10];
    private long[] descriptions = new long[1 << 10];
    private int[] table = new int[1 << 12];
    private int size;

    private PlanIndex(Path file, PlanFile head) {
        this.file = file;
        this.head = head;
        Arrays.fill(table, -1);
    }

    /// Throws [HarnessException] with file and line if the plan cannot be read.
    static PlanIndex read(Path file, Problems problems) throws IOException {
        try (PlanCases cases = PlanCases.open(file)) {
            PlanIndex index = new PlanIndex(file, cases.head());
            while (cases.advance()) {
                PlannedCase planned = cases.planned();
                long hash = Fingerprint.of(planned.caseHash());
                long description = description(planned);
                Set<String> unknown = new java.util.TreeSet<>(planned.backends());
                for (BackendRef backend : index.head.backends()) {
                    unknown.remove(backend.label());
                    if (planned.isFor(backend) && !index.add(key(planned.key(backend)), hash, description)) {
                        problems.add(file, cases.line(), "the plan has this twice: " + text(planned.key(backend)));
                    }
                }
                if (!unknown.isEmpty()) {
                    problems.add(file, cases.line(), "the plan has no backends " + unknown);
                }
            }
            return index;
        }
    }

    private boolean add(long key, long hash, long description) {
        if (size == keys.length) {
            grow();
        }
        int place = place(key);
        if (table[place] >= 0) {
            return false;
        }
        keys[size] = key;
        hashes[size] = hash;
        descriptions[size] = description;
        table[place] = size;
        size++;
        return true;
    }

    private void grow() {
        keys = Arrays.copyOf(keys, 2 * size);
        hashes = Arrays.copyOf(hashes, 2 * size);
        descriptions = Arrays.copyOf(descriptions, 2 * size);
        table = new int[8 * size];
        Arrays.fill(table, -1);
        for (int i = 0; i < size; i++) {
            table[place(keys[i])] = i;
        }
    }

    /// Where the key stands in the table, or where it would.
    private int place(long key) {
        int place = (int) key & table.length - 1;
        while (table[place] >= 0 && keys[table[place]] != key) {
            place = place + 1 & table.length - 1;
        }
        return place;
    }

    private static long key(RowKey key) {
        return Fingerprint.of(
                key.suite(), key.caseId(), Long.toString(key.seed()), key.backend(), key.backendOptions());
    }

    private static long description(PlannedCase planned) {
        return Fingerprint.of(
                planned.operator(), planned.dtypes(), planned.shapes(), planned.attributes(), planned.fill());
    }

    int size() {
        return size;
    }

    /// The plan without its cases.
    PlanFile head() {
        return head;
    }

    /// Number of the planned row with this key, or -1.
    int number(RowKey key) {
        return table[place(key(key))];
    }

    boolean hasHash(int number, String caseHash) {
        return hashes[number] == Fingerprint.of(caseHash);
    }

    boolean isDescribedBy(int number, CaseRow row) {
        return descriptions[number]
                == Fingerprint.of(row.operator(), row.dtypes(), row.shapes(), row.attributes(), row.fill());
    }

    /// A planned row as the plan has it.
    ///
    /// @param line of the plan where its case begins
    record Planned(RowKey key, PlannedCase planned, long line) {
        /// Columns in which a row differs from the plan, as text.
        String differences(CaseRow row) {
            List<String> texts = new ArrayList<>();
            differ(texts, "operator", row.operator(), planned.operator());
            differ(texts, "dtypes", row.dtypes(), planned.dtypes());
            differ(texts, "shapes", row.shapes(), planned.shapes());
            differ(texts, "attributes", row.attributes(), planned.attributes());
            differ(texts, "fill", row.fill(), planned.fill());
            return String.join(", ", texts);
        }

        private static void differ(List<String> texts, String column, String found, String wanted) {
            if (!found.equals(CellText.harmless(wanted))) {
                texts.add(column + " is '" + found + "' instead of '" + wanted + "'");
            }
        }
    }

    /// Reads the plan once more, for the names of a few rows.
    Map<Integer, Planned> planned(Set<Integer> numbers) throws IOException {
        Map<Integer, Planned> found = new HashMap<>();
        if (numbers.isEmpty()) {
            return found;
        }
        try (PlanCases cases = PlanCases.open(file)) {
            while (cases.advance()) {
                PlannedCase planned = cases.planned();
                for (BackendRef backend : head.backends()) {
                    int number = planned.isFor(backend) ? number(planned.key(backend)) : -1;
                    if (numbers.contains(number)) {
                        found.put(number, new Planned(planned.key(backend), planned, cases.line()));
                    }
                }
            }
        }
        return found;
    }

    /// A key for people.
    static String text(RowKey key) {
        String options = key.backendOptions().isEmpty() ? "" : ":" + key.backendOptions();
        return key.suite() + " " + key.caseId() + " seed " + key.seed() + " on " + key.backend() + options;
    }
}
