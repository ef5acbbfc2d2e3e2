package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import dev.assay.engine.selftest.Specimen;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The judge is judged on the suites that users run, `smoke`, `edges` and those of the operator
/// families: every named fault of every installed backend is found there, by the layer that it names,
/// and no right kernel is accused; named variations are judged on `smoke` and the families' suites. How
/// often faults are found is what `assay selftest` measures.
///
/// By far the longest of all tests, so its cases run side by side.
@Execution(ExecutionMode.CONCURRENT)
class DeviationsTest {
    /// A variation is judged on more cases than these.
    private static final int FEW = 5;

    private static final List<Case> SMOKE = cases("smoke");
    /// Suites that hold the operators of a family; each adds its own here.
    private static final List<Case> FAMILIES = Stream.of(
                    "attention-serving",
                    "conv",
                    "elementwise",
                    "gemm",
                    "gradient",
                    "gradient-products",
                    "graph",
                    "linalg",
                    "loss",
                    "moe",
                    "movement",
                    "norm",
                    "optimizer",
                    "particles",
                    "position",
                    "protein",
                    "quantization",
                    "reduction",
                    "sampling",
                    "sequence",
                    "signal",
                    "training")
            .flatMap(suite -> cases(suite).stream())
            .toList();

    /// Small ones first: most faults show there.
    private static final List<Case> CASES = Stream.of(SMOKE, cases("edges"), FAMILIES)
            .flatMap(List::stream)
            .sorted(Comparator.comparingLong(one -> one.call().orElseThrow().tensorBytes()))
            .toList();

    /// For right kernels: of the families a case to an operator and dtype; their suites are run as
    /// suites.
    private static final List<Case> OF_DEVICES = Stream.of(
                    SMOKE,
                    cases("edges"),
                    first(one -> one.id().operator() + " " + one.id().dtypes()))
            .flatMap(List::stream)
            .toList();

    /// For variations, of which there are many: of the families a case to an operator.
    private static final List<Case> OF_VARIATIONS = Stream.of(
                    SMOKE, first(one -> one.id().operator()))
            .flatMap(List::stream)
            .toList();

    /// More where there are few, for variations of a few operators.
    private static List<Case> ofVariation(Specimen right) {
        long few = OF_VARIATIONS.stream()
                .filter(one -> right.concerns(one.id().operator()))
                .count();
        return few > FEW ? OF_VARIATIONS : FAMILIES;
    }

    private static List<Case> first(Function<Case, String> key) {
        return List.copyOf(FAMILIES.stream()
                .collect(Collectors.toMap(key, one -> one, (first, other) -> first, TreeMap::new))
                .values());
    }

    private static List<Case> cases(String suite) {
        return Suites.load(suite, OptionalLong.empty()).cases();
    }

    static List<Specimen> faults() {
        return Specimen.all(new Backends().standing().values(), Kind.FAULT);
    }

    static List<Specimen> variations() {
        return Specimen.all(new Backends().standing().values(), Kind.VARIATION);
    }

    static List<Specimen> plainDevices() {
        return new Backends()
                .standing().values().stream()
                        .flatMap(provider -> Specimen.plain(provider).stream())
                        .toList();
    }

    @Test
    void thereAreEnoughOfBoth() {
        assertTrue(faults().size() >= 8, () -> faults().toString());
        assertTrue(variations().size() >= 8, () -> variations().toString());
    }

    /// Every operator is asked of the baselines somewhere; one that none of them runs would be judged by
    /// nobody.
    /// Every operator is asked of the baselines somewhere; one that none of them runs would be judged
    /// by nobody.
    @Test
    void everyOperatorHasCases() {
        Set<String> asked = CASES.stream().map(one -> one.id().operator()).collect(Collectors.toSet());
        Set<String> all = Operators.all().stream().map(Operator::name).collect(Collectors.toSet());
        all.removeAll(asked);
        assertEquals(Set.of(), all, "operators in no suite");
    }

    /// A layer that the judge does not have could never object, and its name would hide in a list.
    @ParameterizedTest
    @MethodSource("faults")
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
        int judged = 0;
        try (Backend backend = right.open()) {
            for (Case one : plain ? OF_DEVICES : ofVariation(right)) {
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
