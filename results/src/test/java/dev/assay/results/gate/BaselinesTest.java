package dev.assay.results.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.RunFolder;
import dev.assay.results.Verdict;
import dev.assay.results.gate.Baselines.Base;
import dev.assay.results.gate.Reason.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BaselinesTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 28);
    private static final String SOFTMAX = "softmax/f16/7x33/-/normal";

    @TempDir
    private Path folder;

    private Baselines baselines;

    @BeforeEach
    void open() {
        baselines = new Baselines(folder.resolve("results/baselines"));
    }

    private RunFolder run(RunFixture fixture) throws IOException {
        return fixture.write(folder.resolve("runs"));
    }

    private static RunFixture timed() {
        return RunFixture.passed().timed("jmh", 100, 101, 102, 100, 101, 102, 100, 101);
    }

    private Baseline set(String name, RunFolder run) throws IOException {
        return baselines.set(name, run.path(), "Ada", "release 1.2", DAY, false);
    }

    @Test
    void aBaselineIsPinnedByDigestAndFoundByName() throws IOException {
        RunFolder run = run(timed());
        Baseline baseline = set("v1.2", run);
        assertEquals("../../runs/" + run.id(), baseline.path());
        assertEquals(Json.sha256(Files.readAllBytes(run.file(RunFolder.SUMS))), baseline.sha256());
        assertEquals(RunFixture.HARDWARE, baseline.hwClass());
        assertEquals(RunFixture.SUITE_SHA, baseline.suites().get("smoke"));
        assertEquals(RunFixture.RULES, baseline.ruleConstants());
        assertEquals(List.of(baseline), baselines.list());
        assertEquals("Ada", baselines.named("v1.2").who());
        assertEquals(run.id(), baselines.resolve("v1.2").folder().id());
        assertEquals("v1.2", baselines.resolve("v1.2").name());
        assertEquals(run.id(), baselines.resolve(run.path().toString()).name());
    }

    @Test
    void aNameIsTakenUnlessItIsMoved() throws IOException {
        set("v1.2", run(timed()));
        RunFolder other = run(timed());
        String message =
                assertThrows(HarnessException.class, () -> set("v1.2", other)).getMessage();
        assertTrue(message.contains("release 1.2") && message.contains("--replace"), message);
        baselines.set("v1.2", other.path(), "Ben", "again", DAY, true);
        assertEquals(other.id(), baselines.named("v1.2").runId());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../x", "a/b", "A", ".x", "-x", "a b", "x\n", "\u00e4"})
    void aNameThatLeadsElsewhereIsRefused(String name) throws IOException {
        RunFolder run = run(timed());
        assertThrows(HarnessException.class, () -> set(name, run));
        assertFalse(baselines.has(name));
    }

    @Test
    void aFolderThatChangedIsRefusedWithBothDigests() throws IOException {
        RunFolder run = run(timed());
        Baseline baseline = set("v1.2", run);
        Files.writeString(run.file(RunFolder.SUMS), Files.readString(run.file(RunFolder.SUMS)) + "\n");
        String message = assertThrows(UnsoundException.class, () -> baselines.resolve("v1.2"))
                .getMessage();
        assertTrue(message.contains(baseline.sha256()), message);
        assertTrue(message.contains(Json.sha256(Files.readAllBytes(run.file(RunFolder.SUMS)))), message);
        assertThrows(UnsoundException.class, () -> set("v1.3", run));
    }

    @Test
    void whatIsNotThereIsSaid() throws IOException {
        set("v1.2", run(timed()));
        String message = assertThrows(NoBaselineException.class, () -> baselines.resolve("v1.3"))
                .getMessage();
        assertTrue(message.contains("v1.2"), message);
        assertThrows(HarnessException.class, () -> baselines.named("v1.3"));
        assertThrows(HarnessException.class, () -> set("empty", RunFolder.create(folder.resolve("runs"))));
    }

    @Test
    void aFileThatIsNoBaselineIsRefusedWithLineAndField() throws IOException {
        set("v1.2", run(timed()));
        Path file = folder.resolve("results/baselines/v1.2.json");
        String good = Files.readString(file);
        Files.writeString(file, good.replace("\"why\"", "\"wy\""));
        assertTrue(assertThrows(HarnessException.class, () -> baselines.named("v1.2"))
                .getMessage()
                .contains("line 18, field wy"));
        Files.writeString(file, good.replace("\"v1.2\"", "\"v1.3\""));
        assertThrows(HarnessException.class, () -> baselines.list());
        Files.writeString(file, good.replace("2026-11-28", "2026-11-31"));
        assertThrows(HarnessException.class, () -> baselines.list());
        TreeSet<String> names = new TreeSet<>();
        JsonNode schema = Json.STRICT.readTree(Files.readAllBytes(Path.of("..", "docs", "baseline.schema.json")));
        schema.get("properties").fieldNames().forEachRemaining(names::add);
        assertEquals(new TreeSet<>(Baseline.FIELDS), names);
    }

    private GateVerdict hold(RunFixture base, RunFixture run, boolean strict, String policy, String waivers)
            throws IOException {
        RunFolder before = run(base);
        set("base", before);
        RunFolder now = run(run);
        Gate gate = new Gate(
                Policy.parse(
                        Path.of("policy.json"), ("{\"schema\": 1" + policy + "}").getBytes(StandardCharsets.UTF_8)),
                Waivers.parse(
                        Path.of("waivers.json"),
                        ("{\"schema\": 1, \"waivers\": [" + waivers + "]}").getBytes(StandardCharsets.UTF_8)),
                DAY,
                now.readManifest(),
                now.readPlan());
        gate.see(now);
        Base resolved = baselines.resolve("base");
        gate.hold(now, resolved, Measured.NOTHING, strict);
        Files.delete(folder.resolve("results/baselines/base.json"));
        return gate.verdict();
    }

    private static void closes(GateVerdict verdict, int code, Kind kind) {
        assertEquals(code, verdict.exitCode(), verdict.text());
        assertTrue(verdict.reasons().stream().allMatch(reason -> reason.kind() == kind), verdict.text());
    }

    private static RunFixture slower() {
        return RunFixture.passed().timed("jmh", 150, 151, 152, 150, 151, 152, 150, 151);
    }

    @Test
    void equalRunsPass() throws IOException {
        GateVerdict verdict = hold(timed(), timed(), false, "", "");
        assertEquals(0, verdict.exitCode(), verdict.text());
        assertTrue(verdict.against().startsWith("base (run "), verdict.against());
    }

    @Test
    void aBaselineOfAnotherKindIsIncomparable() throws IOException {
        for (RunFixture other :
                List.of(timed().rules("3:00"), timed().hardware("acme-2"), timed().suiteSha("e".repeat(64)))) {
            GateVerdict verdict = hold(other, timed(), false, "", "");
            closes(verdict, 6, Kind.INCOMPARABLE);
            assertTrue(verdict.reasons().getFirst().what().contains("is incomparable: "), verdict.text());
        }
    }

    @Test
    void aSlowerRunClosesTheGateByTheMarginOfThePolicy() throws IOException {
        GateVerdict verdict = hold(timed(), slower(), false, "", "");
        closes(verdict, 4, Kind.REGRESSED);
        assertEquals(8, verdict.reasons().size());
        assertEquals(8, verdict.counts().changes().get("regressed"));
        String wide = ", \"regressions\": [{\"margin_pct\": 60}]";
        assertEquals(0, hold(timed(), slower(), false, wide, "").exitCode());
        String none = ", \"regressions\": []";
        assertEquals(0, hold(timed(), slower(), false, none, "").exitCode());
        String other = ", \"regressions\": [{\"clocks\": [\"device\"], \"margin_pct\": 5}]";
        assertEquals(0, hold(timed(), slower(), false, other, "").exitCode());
        String first = ", \"regressions\": [{\"operators\": [\"softmax\"], \"margin_pct\": 60}, {\"margin_pct\": 5}]";
        assertEquals(4, hold(timed(), slower(), false, first, "").reasons().size());
    }

    @Test
    void aRegressionIsWaivedUpToWhatIsKnown() throws IOException {
        String waiver = "{\"id\": \"%s\", \"operator\": \"%s\", \"backend\": \"%s\", \"verdict\": \"regressed\","
                + " \"slowdown_pct\": 55, \"owner\": \"Ada\", \"reason\": \"known\", \"expires\": \"2026-12-31\"}";
        String all = String.join(
                ",",
                waiver.formatted("1", "softmax", "acme"),
                waiver.formatted("2", "softmax", "cpu"),
                waiver.formatted("3", "matmul", "acme"),
                waiver.formatted("4", "matmul", "cpu"));
        GateVerdict waived = hold(timed(), slower(), false, "", all);
        assertEquals(0, waived.exitCode(), waived.text());
        assertEquals(8, waived.waived().size());
        closes(hold(timed(), slower(), false, "", all.replace("55", "45")), 4, Kind.REGRESSED);
        closes(hold(timed(), timed(), false, "", all), 3, Kind.WAIVER_UNNEEDED);
    }

    @Test
    void aCaseThatIsGoneOrRefusedNowClosesTheGate() throws IOException {
        RunFixture less = new RunFixture()
                .backend("acme", "mode=fast")
                .backend("cpu", "")
                .planned("smoke", "matmul/f32/m4.n4.k4/-/normal")
                .planned("smoke", "matmul/f32/m5.n4.k4/-/normal")
                .planned("smoke", "softmax/f32/7x33/-/normal")
                .allPass();
        closes(hold(timed(), less, false, "", ""), 7, Kind.MISSING);
        String allowed = ", \"allow_missing\": [{\"cases\": [\"softmax/f16/*\"]}]";
        assertEquals(0, hold(timed(), less, false, allowed, "").exitCode());
        RunFixture refused = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.UNSUPPORTED, "", null);
        closes(hold(timed(), refused, false, "", ""), 3, Kind.BROKEN);
    }

    @Test
    void whatIsNotKnownClosesAStrictGateAlone() throws IOException {
        RunFixture few = RunFixture.passed().timed("jmh", 100, 140);
        GateVerdict lenient = hold(few, RunFixture.passed().timed("jmh", 100, 140), false, "", "");
        assertEquals(0, lenient.exitCode(), lenient.text());
        assertFalse(lenient.notes().isEmpty());
        closes(hold(few, RunFixture.passed().timed("jmh", 100, 140), true, "", ""), 5, Kind.INCONCLUSIVE);
        closes(hold(RunFixture.passed(), RunFixture.passed(), true, "", ""), 5, Kind.INCONCLUSIVE);
    }
}
