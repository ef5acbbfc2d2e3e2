package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.backend.Deviations;
import dev.assay.backend.Deviations.Kind;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.Suites;
import dev.assay.engine.run.Backends;
import dev.assay.engine.selftest.Examination;
import dev.assay.engine.selftest.Grid;
import dev.assay.engine.selftest.Specimen;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The judge is judged on `smoke` and `edges`: every named fault of the operators there is found by a layer
/// that it names, and no right kernel is accused; the CPU baseline nowhere in the suites of operator families.
/// Faults and variations of all other operators are met by `assay selftest --quick`, which the gate runs too;
/// it says also how often they are found.
///
/// The longest of all tests, so its cases run side by side.
@Execution(ExecutionMode.CONCURRENT)
class DeviationsTest {
    /// A right kernel is judged on more cases than these.
    private static final int FEW = 5;

    private static final List<Case> SMOKE =
            Suites.load("smoke", OptionalLong.empty()).cases();

    /// Small ones first: most faults show there.
    private static final List<Case> CASES = Stream.of(
                    SMOKE, Suites.load("edges", OptionalLong.empty()).cases())
            .flatMap(List::stream)
            .sorted(Comparator.comparingLong(one -> one.call().orElseThrow().tensorBytes()))
            .toList();

    /// For devices that no selftest plants anything in: a case to an operator and dtype.
    private static final List<Case> FAMILIES = List.copyOf(Grid.load(Optional.empty()).cells().stream()
            .filter(cell -> cell.tags().contains("families"))
            .map(Grid.Cell::one)
            .collect(Collectors.toMap(
                    one -> one.id().operator() + " " + one.id().dtypes(),
                    one -> one,
                    (one, other) -> one,
                    TreeMap::new))
            .values());

    private static List<Specimen> ofTheseCases(Kind kind) {
        return Specimen.all(new Backends().standing().values(), kind).stream()
                .filter(specimen -> CASES.stream()
                        .anyMatch(one -> specimen.concerns(one.id().operator())))
                .toList();
    }

    static List<Specimen> allFaults() {
        return Specimen.all(new Backends().standing().values(), Kind.FAULT);
    }

    static List<Specimen> faults() {
        return ofTheseCases(Kind.FAULT);
    }

    static List<Specimen> variations() {
        return ofTheseCases(Kind.VARIATION);
    }

    static List<Specimen> plainDevices() {
        return new Backends()
                .standing().values().stream()
                        .flatMap(provider -> Specimen.plain(provider).stream())
                        .toList();
    }

    @Test
    void thereAreEnoughOfBoth() {
        assertTrue(faults().size() >= 90, () -> faults().toString());
        assertTrue(variations().size() >= 40, () -> variations().toString());
    }

    /// A layer that the judge does not have could never object, and its name would hide in a list.
    @ParameterizedTest
    @MethodSource("allFaults")
    void faultsNameLayersOfTheJudge(Specimen fault) throws IOException {
        String layers = Files.readString(Path.of("..", "..", "docs", "judging.md"));
        for (String layer : fault.deviation().orElseThrow().layers()) {
            assertTrue(layers.contains("\n| `" + layer + "` | "), layer);
        }
    }

    @ParameterizedTest
    @MethodSource("faults")
    void everyFaultIsFoundByOneOfItsLayers(Specimen fault) {
        List<String> layers = fault.deviation().map(Deviations.Entry::layers).orElseThrow();
        TreeSet<String> seen = new TreeSet<>();
        try (Backend backend = fault.open()) {
            for (Case one : CASES) {
                if (fault.concerns(one.id().operator()) && Collections.disjoint(seen, layers)) {
                    Examination.judge(backend, one)
                            .filter(judgement -> judgement.verdict() == Verdict.FAIL)
                            .ifPresent(judgement -> seen.addAll(judgement.layers()));
                }
            }
        }
        assertFalse(Collections.disjoint(seen, layers), () -> "expected " + layers + ", only found by " + seen);
    }

    @ParameterizedTest
    @MethodSource({"variations", "plainDevices"})
    void noRightKernelIsAccused(Specimen right) {
        boolean plain = right.deviation().isEmpty();
        List<Case> cases = new ArrayList<>(plain ? CASES : SMOKE);
        if (!(right.provider() instanceof Deviations)) {
            cases.addAll(FAMILIES);
        }
        int judged = 0;
        try (Backend backend = right.open()) {
            for (Case one : cases) {
                Optional<Judgement> judgement =
                        right.concerns(one.id().operator()) ? Examination.judge(backend, one) : Optional.empty();
                if (judgement.isPresent()) {
                    Verdict verdict = judgement.get().verdict();
                    assertTrue(
                            verdict == Verdict.PASS || verdict == Verdict.VACUOUS,
                            () -> one.id() + ": " + judgement.get().layer() + ": "
                                    + judgement.get().reason());
                    judged++;
                }
            }
        }
        int fewest = plain ? 100 : FEW;
        assertTrue(judged > fewest, "only " + judged + " cases");
    }
}
