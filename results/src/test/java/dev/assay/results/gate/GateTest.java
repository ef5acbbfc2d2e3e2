package dev.assay.results.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.results.Verdict;
import dev.assay.results.gate.Reason.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GateTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 28);
    private static final String SOFTMAX = "softmax/f16/7x33/-/normal";
    private static final String MATMUL = "matmul/f32/m4.n4.k4/-/normal";

    private static Policy policy(String fields) {
        return Policy.parse(Path.of("policy.json"), ("{\"schema\": 1" + fields + "}").getBytes(StandardCharsets.UTF_8));
    }

    private static Waivers waivers(String... fields) {
        String text = "{\"schema\": 1, \"waivers\": [" + String.join(",\n", fields) + "]}";
        return Waivers.parse(Path.of("waivers.json"), text.getBytes(StandardCharsets.UTF_8));
    }

    private static String waiver(String fields) {
        return "{\"id\": \"w1\", \"backend\": \"acme\", \"owner\": \"Ada\", \"reason\": \"known\", \"expires\": \"2026-12-31\", "
                + fields + "}";
    }

    private static GateVerdict judge(Policy policy, Waivers waivers, RunFixture run) {
        Gate gate = new Gate(policy, waivers, TODAY, run.manifest("r1", ""), run.plan());
        run.rows().forEach(gate::see);
        return gate.verdict();
    }

    private static GateVerdict judge(RunFixture run) {
        return judge(Policy.DEFAULT, Waivers.NONE, run);
    }

    private static void closes(GateVerdict verdict, int code, Kind... kinds) {
        assertEquals(
                List.of(kinds), verdict.reasons().stream().map(Reason::kind).toList(), verdict.text());
        assertEquals(code, verdict.exitCode(), verdict.text());
        assertEquals("failed", verdict.verdict());
    }

    private static void opens(GateVerdict verdict) {
        assertEquals(List.of(), verdict.reasons());
        assertEquals(0, verdict.exitCode());
        assertEquals("passed", verdict.verdict());
    }

    @ParameterizedTest
    @EnumSource(
            value = Verdict.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"PASS", "UNSUPPORTED"})
    void everyVerdictThatIsNoPassClosesTheGate(Verdict verdict) {
        GateVerdict gate = judge(RunFixture.passed().verdict(SOFTMAX, "acme", verdict, "bound", 3.0));
        int code = switch (verdict) {
            case FAIL, UNSTABLE, ERROR, VACUOUS -> 3;
            default -> 7;
        };
        assertEquals(code, gate.exitCode(), gate.text());
        assertEquals(1, gate.counts().closing());
        assertEquals(7, gate.counts().passed());
        assertTrue(gate.reasons().getFirst().what().contains("because of " + verdict.word()), gate.text());
    }

    @Test
    void aMissingRowClosesTheGate() {
        closes(judge(RunFixture.passed().without(SOFTMAX, "acme")), 7, Kind.MISSING);
    }

    @Test
    void anEmptyRunNeverPasses() {
        closes(judge(new RunFixture()), 7, Kind.TOO_FEW, Kind.TOO_FEW);
        RunFixture refused =
                new RunFixture().backend("acme", "").planned("smoke", MATMUL).allPass();
        refused.verdict(MATMUL, "acme", Verdict.UNSUPPORTED, "", null);
        GateVerdict verdict = judge(refused);
        closes(verdict, 7, Kind.TOO_FEW);
        assertTrue(verdict.reasons().getFirst().what().contains("0 rows were judged, of 1 planned"), verdict.text());
    }

    @Test
    void tooFewCasesCloseTheGate() {
        closes(judge(policy(", \"min_cases\": 9"), Waivers.NONE, RunFixture.passed()), 7, Kind.TOO_FEW);
        opens(judge(policy(", \"min_cases\": 8"), Waivers.NONE, RunFixture.passed()));
    }

    @Test
    void aScopeThatMatchesNothingClosesTheGate() {
        closes(
                judge(
                        policy(", \"must_pass\": [{}, {\"operators\": [\"matmull\"]}]"),
                        Waivers.NONE,
                        RunFixture.passed()),
                7,
                Kind.TOO_FEW);
    }

    @Test
    void aRefusalThatIsNotAllowedClosesTheGate() {
        RunFixture run = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.UNSUPPORTED, "", null);
        opens(judge(run));
        closes(judge(policy(", \"allow_unsupported\": []"), Waivers.NONE, run), 7, Kind.UNSUPPORTED);
        String matmul = ", \"allow_unsupported\": [{\"operators\": [\"matmul\"]}]";
        closes(judge(policy(matmul), Waivers.NONE, run), 7, Kind.UNSUPPORTED);
        GateVerdict allowed =
                judge(policy(", \"allow_unsupported\": [{\"cases\": [\"softmax/f16/*\"]}]"), Waivers.NONE, run);
        opens(allowed);
        assertEquals(1, allowed.counts().refused());
        assertEquals(7, allowed.counts().judged());
    }

    @Test
    void whatThePlanAnnouncedIsNoFailureUnlessThePolicySaysSo() {
        RunFixture run = RunFixture.passed().planned("smoke", "conv/f32/1x2/-/normal", "too large");
        opens(judge(withAnnounced(run)));
        closes(judge(policy(", \"allow_not_run\": []"), Waivers.NONE, run), 7, Kind.NOT_RUN, Kind.NOT_RUN);
    }

    private static RunFixture withAnnounced(RunFixture run) {
        for (String backend : List.of("acme", "cpu")) {
            run.rows()
                    .add(RunFixture.with(
                            RunFixture.with(
                                    RunFixture.with(
                                            RunFixture.with(
                                                    run.rows().get(backend.equals("acme") ? 0 : 1),
                                                    "caseId",
                                                    "conv/f32/1x2/-/normal"),
                                            "operator",
                                            "conv"),
                                    "verdict",
                                    Verdict.NOT_RUN),
                            "reason",
                            "too large"));
        }
        return run;
    }

    @Test
    void whatNoScopeHoldsIsCountedAndNotLookedAt() {
        RunFixture run = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", 3.0);
        GateVerdict verdict = judge(policy(", \"must_pass\": [{\"operators\": [\"matmul\"]}]"), Waivers.NONE, run);
        opens(verdict);
        assertEquals(4, verdict.counts().outside());
        assertEquals(4, verdict.counts().inScope());
        assertEquals(8, verdict.counts().planned());
        assertEquals(1, verdict.counts().verdicts().get("fail"));
    }

    @Test
    void aRequiredSuiteMustHaveBeenRunAsItIsRequired() {
        String sha = ", \"required_suites\": [{\"name\": \"smoke\", \"sha256\": \"" + RunFixture.SUITE_SHA + "\"}]";
        opens(judge(policy(sha), Waivers.NONE, RunFixture.passed()));
        closes(judge(policy(sha), Waivers.NONE, RunFixture.passed().suiteSha("e".repeat(64))), 7, Kind.SUITE);
        closes(judge(policy(sha.replace("smoke", "edges")), Waivers.NONE, RunFixture.passed()), 7, Kind.SUITE);
        String version = ", \"required_suites\": [{\"name\": \"smoke\", \"version\": \"0.2.0\"}]";
        closes(judge(policy(version), Waivers.NONE, RunFixture.passed()), 7, Kind.SUITE);
        opens(judge(policy(version.replace("0.2", "0.1")), Waivers.NONE, RunFixture.passed()));
    }

    @Test
    void theLowestOfThreeSevenInThatOrderWins() {
        RunFixture run = RunFixture.passed()
                .verdict(SOFTMAX, "acme", Verdict.CRASH, "", null)
                .verdict(MATMUL, "acme", Verdict.FAIL, "exact", 3.0);
        closes(judge(run), 3, Kind.WRONG, Kind.LOST);
        assertEquals(3, GateVerdict.exitCode(reasons(Kind.INCONCLUSIVE, Kind.REGRESSED, Kind.LOST, Kind.WRONG)));
        assertEquals(7, GateVerdict.exitCode(reasons(Kind.INCONCLUSIVE, Kind.REGRESSED, Kind.LOST)));
        assertEquals(4, GateVerdict.exitCode(reasons(Kind.INCONCLUSIVE, Kind.INCOMPARABLE, Kind.REGRESSED)));
        assertEquals(6, GateVerdict.exitCode(reasons(Kind.INCONCLUSIVE, Kind.NO_BASELINE)));
        assertEquals(5, GateVerdict.exitCode(reasons(Kind.INCONCLUSIVE)));
        assertEquals(8, GateVerdict.exitCode(reasons(Kind.WRONG, Kind.UNVERIFIED)));
    }

    private static List<Reason> reasons(Kind... kinds) {
        return List.of(kinds).stream().map(kind -> Reason.of(kind, "x")).toList();
    }

    @Test
    void aKnownFaultIsWaivedAndTheVerdictInTheRowStays() {
        RunFixture run = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", 3.0);
        GateVerdict verdict = judge(
                Policy.DEFAULT,
                waivers(waiver("\"case\": \"" + SOFTMAX + "\", \"verdict\": \"fail\", \"worst_error_ratio\": 3.0")),
                run);
        opens(verdict);
        assertEquals(1, verdict.counts().waived());
        assertEquals(7, verdict.counts().passed());
        assertEquals("w1", verdict.waived().getFirst().waiver());
        assertEquals(1, verdict.counts().verdicts().get("fail"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"worst_error_ratio\": 2.999                         | error ratio is 3.0, and 2.999",
                "\"reason2\": 1                                       | ",
                "\"layer\": \"exact\", \"worst_error_ratio\": 3       | fails in layer 'bound'",
                "\"layer\": \"bound\"                                 | the waiver states none"
            })
    void anErrorThatGrewOrIsAnotherIsNotWaived(String fields, String remark) {
        RunFixture run = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", 3.0);
        String text = waiver("\"case\": \"" + SOFTMAX + "\", \"verdict\": \"fail\", " + fields);
        if (remark == null) {
            assertTrue(
                    org.junit.jupiter.api.Assertions.assertThrows(dev.assay.HarnessException.class, () -> waivers(text))
                            .getMessage()
                            .contains("reason2"));
            return;
        }
        GateVerdict verdict = judge(Policy.DEFAULT, waivers(text), run);
        closes(verdict, 3, Kind.WRONG);
        assertTrue(verdict.reasons().getFirst().what().contains(remark), verdict.text());
        assertEquals(0, verdict.counts().waived());
    }

    @Test
    void anErrorOfNoMeasureIsNotCoveredByAMeasuredOne() {
        RunFixture run = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.FAIL, "memory", null);
        String known = "\"case\": \"" + SOFTMAX + "\", \"verdict\": \"fail\"";
        closes(judge(Policy.DEFAULT, waivers(waiver(known + ", \"worst_error_ratio\": 9")), run), 3, Kind.WRONG);
        opens(judge(Policy.DEFAULT, waivers(waiver(known + ", \"layer\": \"memory\"")), run));
        RunFixture notANumber = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", Double.NaN);
        closes(judge(Policy.DEFAULT, waivers(waiver(known + ", \"worst_error_ratio\": 9")), notANumber), 3, Kind.WRONG);
        RunFixture infinite =
                RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.FAIL, "exact", Double.POSITIVE_INFINITY);
        closes(judge(Policy.DEFAULT, waivers(waiver(known + ", \"worst_error_ratio\": 9")), infinite), 3, Kind.WRONG);
        opens(judge(Policy.DEFAULT, waivers(waiver(known + ", \"worst_error_ratio\": \"Infinity\"")), infinite));
    }

    @Test
    void aWaiverIsForItsBackendSuiteAndVerdictAlone() {
        RunFixture run = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", 3.0);
        String known = "\"case\": \"" + SOFTMAX + "\", \"worst_error_ratio\": 3, ";
        closes(
                judge(Policy.DEFAULT, waivers(waiver(known + "\"verdict\": \"error\"")), run),
                3,
                Kind.WRONG,
                Kind.WAIVER_UNNEEDED);
        closes(
                judge(
                        Policy.DEFAULT,
                        waivers(waiver(known + "\"verdict\": \"fail\"").replace("acme", "cpu")),
                        run),
                3,
                Kind.WRONG,
                Kind.WAIVER_UNNEEDED);
        closes(
                judge(
                        Policy.DEFAULT,
                        waivers(waiver(known + "\"verdict\": \"fail\", \"backend_options\": \"-\"")),
                        run),
                3,
                Kind.WRONG);
        opens(judge(
                Policy.DEFAULT,
                waivers(waiver(
                        known + "\"verdict\": \"fail\", \"backend_options\": \"mode=fast\", \"suite\": \"smoke\"")),
                run));
    }

    @Test
    void aWaiverThatIsNotNeededClosesTheGate() {
        String known = "\"operator\": \"softmax\", \"verdict\": \"fail\", \"worst_error_ratio\": 3";
        closes(judge(Policy.DEFAULT, waivers(waiver(known)), RunFixture.passed()), 3, Kind.WAIVER_UNNEEDED);
        GateVerdict elsewhere =
                judge(Policy.DEFAULT, waivers(waiver(known).replace("acme", "npu")), RunFixture.passed());
        opens(elsewhere);
        assertTrue(elsewhere.notes().getFirst().contains("another suite or backend"), elsewhere.text());
    }

    @Test
    void anExpiredWaiverClosesTheGateAndWaivesNothing() {
        RunFixture run = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.CRASH, "", null);
        String known = waiver("\"operator\": \"softmax\", \"verdict\": \"crash\"");
        opens(judge(Policy.DEFAULT, waivers(known.replace("2026-12-31", "2026-11-28")), run));
        GateVerdict expired = judge(Policy.DEFAULT, waivers(known.replace("2026-12-31", "2026-11-27")), run);
        closes(expired, 3, Kind.WAIVER_EXPIRED, Kind.LOST);
        assertTrue(expired.reasons().get(1).what().contains("expired on 2026-11-27"), expired.text());
        closes(
                judge(Policy.DEFAULT, waivers(known.replace("2026-12-31", "2026-11-27")), RunFixture.passed()),
                3,
                Kind.WAIVER_EXPIRED);
    }

    @Test
    void theVerdictIsTheSameWhateverTheOrderOfTheRows() {
        RunFixture run = RunFixture.passed()
                .verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", 3.0)
                .verdict(MATMUL, "cpu", Verdict.FAIL, "bound", 3.0);
        String forwards = judge(run).text();
        java.util.Collections.reverse(run.rows());
        assertEquals(forwards, judge(run).text());
    }
}
