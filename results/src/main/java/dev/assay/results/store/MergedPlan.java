package dev.assay.results.store;

import dev.assay.HarnessException;
import dev.assay.results.PlanCases;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RowKey;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// The plan of which several plans are parts: every case on every backend that one of them has it on, in the order of
/// the keys.
final class MergedPlan {
    private final Map<RowKey, Place> cases = new TreeMap<>();
    private final Map<String, Held<SuiteRef>> suites = new TreeMap<>();
    private final Map<String, BackendRef> backends = new TreeMap<>();
    private final PlanFile head;
    private final Path headFile;

    /// @param <T> what a file holds
    private record Held<T>(T value, Path file) {}

    /// A case, where it stands, and the backends that it is for.
    private record Place(PlannedCase planned, Path file, long line, Set<String> labels) {}

    private MergedPlan(PlanFile head, Path headFile) {
        this.head = head;
        this.headFile = headFile;
    }

    /// Throws [HarnessException] where the plans contradict each other.
    static MergedPlan of(List<RunFolder> folders) throws IOException {
        Path first = folders.getFirst().file(RunFolder.PLAN);
        MergedPlan merged;
        try (PlanCases plan = PlanCases.open(first)) {
            merged = new MergedPlan(plan.head(), first);
        }
        for (RunFolder folder : folders) {
            merged.take(folder.file(RunFolder.PLAN));
        }
        return merged;
    }

    private void take(Path file) throws IOException {
        try (PlanCases plan = PlanCases.open(file)) {
            PlanFile other = plan.head();
            if (!other.settings().equals(head.settings())) {
                throw Merge.different("settings are " + head.settings() + " and " + other.settings(), headFile, file);
            }
            for (SuiteRef suite : other.suites()) {
                take(suite, file);
            }
            // Where files lie on a machine is no property of the results.
            other.backends()
                    .forEach(backend -> backends.put(backend.label(), new BackendRef(backend.id(), backend.options())));
            while (plan.advance()) {
                take(plan.planned(), other, file, plan.line());
            }
        }
    }

    private void take(SuiteRef suite, Path file) {
        Held<SuiteRef> before = suites.putIfAbsent(suite.name(), new Held<>(suite, file));
        if (before == null) {
            return;
        }
        if (!before.value().sha256().equals(suite.sha256())) {
            throw Merge.different(
                    "suite '" + suite.name() + "' has SHA-256 " + before.value().sha256() + " and " + suite.sha256(),
                    before.file(),
                    file);
        }
        if (suite.source().compareTo(before.value().source()) < 0) {
            suites.put(suite.name(), new Held<>(suite, file));
        }
    }

    private void take(PlannedCase planned, PlanFile plan, Path file, long line) {
        RowKey key = new RowKey(planned.suite(), planned.caseId(), planned.seed(), "", "");
        Place place = cases.computeIfAbsent(key, one -> new Place(planned.on(List.of()), file, line, new TreeSet<>()));
        if (!place.planned().equals(planned.on(List.of()))) {
            throw new HarnessException(
                    "the plans contradict each other about " + planned.caseId(),
                    place.file() + ", line " + place.line() + "; " + file + ", line " + line,
                    "merge only results of plans that were made from the same suites by the same version");
        }
        plan.backends().stream()
                .filter(planned::isFor)
                .forEach(backend -> place.labels().add(backend.label()));
    }

    PlanFile file() {
        List<PlannedCase> planned = new ArrayList<>();
        for (Place place : cases.values()) {
            boolean everywhere = place.labels().containsAll(backends.keySet());
            planned.add(place.planned().on(everywhere ? List.of() : List.copyOf(place.labels())));
        }
        return new PlanFile(
                PlanFile.SCHEMA,
                head.settings(),
                suites.values().stream().map(Held::value).toList(),
                List.copyOf(backends.values()),
                planned);
    }
}
