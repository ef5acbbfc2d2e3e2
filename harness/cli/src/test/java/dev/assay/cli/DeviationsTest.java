package dev.assay.cli;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import dev.assay.backend.Deviations;
import dev.assay.backend.Deviations.Kind;
import dev.assay.backend.Support;
import dev.assay.engine.judge.Judge;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.Suites;
import dev.assay.engine.run.Backends;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Verdict;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The judge is judged: on the suites `smoke` and `edges` every named fault of every installed backend is found, by the
/// layer that it names, and no named variation is accused.
class DeviationsTest {
    private static final List<Case> CASES = Stream.of("smoke", "edges")
            .flatMap(suite -> Suites.load(suite, OptionalLong.empty()).cases().stream())
            .toList();

    /// A deviation of an installed backend.
    record Planted(BackendProvider provider, Deviations.Entry entry) {
        Backend open() {
            String key = entry.kind() == Kind.FAULT ? "fault" : "variation";
            return provider.open(new BackendOptions(new TreeMap<>(Map.of(key, entry.id()))));
        }

        @Override
        public String toString() {
            return provider.id() + " " + entry.id();
        }
    }

    static List<Planted> all(Kind kind) {
        List<Planted> all = new ArrayList<>();
        for (BackendProvider provider : new Backends().all().values()) {
            if (provider instanceof Deviations deviations) {
                deviations.deviations().stream()
                        .filter(entry -> entry.kind() == kind)
                        .forEach(entry -> all.add(new Planted(provider, entry)));
            }
        }
        return all;
    }

    static List<Planted> faults() {
        return all(Kind.FAULT);
    }

    static List<Planted> variations() {
        return all(Kind.VARIATION);
    }

    @Test
    void thereAreEnoughOfBoth() {
        assertTrue(faults().size() >= 8, () -> faults().toString());
        assertTrue(variations().size() >= 8, () -> variations().toString());
    }

    @ParameterizedTest
    @MethodSource("faults")
    void everyFaultIsFoundByItsLayer(Planted planted) throws Exception {
        TreeSet<String> seen = new TreeSet<>();
        boolean found = false;
        try (Backend backend = planted.open()) {
            for (Case one : CASES) {
                if (planted.entry().operators().contains(one.id().operator())) {
                    judge(backend, one)
                            .filter(judgement -> judgement.verdict() == Verdict.FAIL)
                            .ifPresent(judgement -> seen.add(judgement.layer()));
                    found = seen.contains(planted.entry().layer());
                    if (found) {
                        break;
                    }
                }
            }
        }
        assertTrue(found, () -> "expected layer " + planted.entry().layer() + ", only found by " + seen);
    }

    @ParameterizedTest
    @MethodSource("variations")
    void noVariationIsAccused(Planted planted) throws Exception {
        try (Backend backend = planted.open()) {
            noneFails(
                    backend,
                    one -> planted.entry().operators().contains(one.id().operator()));
        }
    }

    @Test
    void noBackendIsAccusedWithoutReason() throws Exception {
        for (BackendProvider provider : new Backends().all().values()) {
            try (Backend backend = provider.open(new BackendOptions(new TreeMap<>()))) {
                noneFails(backend, one -> true);
            }
        }
    }

    private static void noneFails(Backend backend, Predicate<Case> wanted) {
        int judged = 0;
        for (Case one : CASES) {
            Optional<Judgement> judgement = wanted.test(one) ? judge(backend, one) : Optional.empty();
            if (judgement.isPresent()) {
                Verdict verdict = judgement.get().verdict();
                boolean fine = verdict == Verdict.PASS || verdict == Verdict.VACUOUS;
                assertTrue(
                        fine,
                        () -> one.id() + ": " + judgement.get().layer() + ": "
                                + judgement.get().reason());
                judged++;
            }
        }
        assertTrue(judged > 20, "only " + judged + " cases");
    }

    /// Empty where the backend refuses the call.
    static Optional<Judgement> judge(Backend backend, Case one) {
        Call call = one.call().orElseThrow();
        if (backend.supports(call) instanceof Support.No) {
            return Optional.empty();
        }
        Operator operator = Operators.named(call.operator(), "test");
        String fill = requireNonNull(one.spec().fill());
        try (Arena arena = Arena.ofShared()) {
            var inputs = CaseInputs.generate(operator, call, fill, one.id().toString(), one.seed(), arena);
            return Optional.of(Judge.judge(backend, operator, call, inputs));
        }
    }
}
