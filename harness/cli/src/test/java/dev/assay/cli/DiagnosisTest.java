package dev.assay.cli;

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
import dev.assay.results.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// The diagnosis is judged: what it says of the named faults of every installed backend, on the suite `smoke`.
///
/// A case is a small sample of what a fault does, and some faults cannot be told from others by it; so what counts is
/// that a diagnosis is seldom wrong, and that each fault is mostly called what it is.
class DiagnosisTest {
    /// Part of the failed cases whose diagnosis may be wrong.
    private static final double WRONG_CASES = 0.02;
    /// Part of the faults whose most frequent diagnosis must be right.
    private static final double RIGHT_FAULTS = 0.9;

    @Test
    void faultsAreCalledWhatTheyAre() {
        List<Case> cases = Suites.load("smoke", OptionalLong.empty()).cases();
        int failed = 0;
        List<String> wrong = new ArrayList<>();
        int killed = 0;
        List<String> missed = new ArrayList<>();
        for (Specimen planted : Specimen.all(new Backends().all().values(), Kind.FAULT)) {
            List<String> names =
                    planted.deviation().map(Deviations.Entry::diagnoses).orElse(List.of());
            if (names.isEmpty()) {
                continue;
            }
            int right = 0;
            int others = 0;
            int seen = 0;
            try (Backend backend = planted.open()) {
                for (Case one : cases) {
                    if (!planted.concerns(one.id().operator())) {
                        continue;
                    }
                    Optional<Judgement> judgement =
                            Examination.judge(backend, one).filter(found -> found.verdict() == Verdict.FAIL);
                    if (judgement.isEmpty()) {
                        continue;
                    }
                    String code =
                            judgement.get().diagnosis().orElseThrow().cause().code();
                    seen++;
                    if (names.contains(code)) {
                        right++;
                    } else if (!code.equals("unknown")) {
                        others++;
                        wrong.add(planted + " on " + one.id() + ": "
                                + judgement.get().diagnosis().orElseThrow());
                    }
                }
            }
            failed += seen;
            killed += seen > 0 ? 1 : 0;
            if (seen > 0 && right <= others) {
                missed.add(planted.toString());
            }
        }
        int all = failed;
        assertTrue(all > 500, () -> all + " failures");
        assertTrue(wrong.size() <= WRONG_CASES * all, () -> wrong.size() + " of " + all + ": " + wrong);
        int faults = killed;
        assertTrue(missed.size() <= (1 - RIGHT_FAULTS) * faults, () -> missed + " of " + faults);
    }
}
