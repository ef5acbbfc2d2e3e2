package dev.assay.engine.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.results.Json;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.Verdict;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final BackendRef BACKEND = new BackendRef("acme", "");
    private static final RunSettings QUICK = settings(Mode.QUICK, false);

    private static RunSettings settings(Mode mode, boolean fullReference) {
        return new RunSettings(mode, fullReference, 2, 1, 60);
    }

    private static Suite matmul(String dtype, long m, long n, long k) {
        String text = """
                {"name": "mine", "description": "d", "cases": [
                  {"operator": "matmul", "inputs": {"A": [%d, %d], "B": [%d, %d]},
                   "dtypes": ["%s"], "fills": ["normal"], "why": "w"}]}
                """.formatted(m, k, k, n, dtype);
        return Suite.parse(text, "mine.json", OptionalLong.empty());
    }

    private static PlannedCase only(RunSettings settings, Suite suite) {
        return new Planner(settings)
                .plan(List.of(Planner.source(suite)), List.of(BACKEND))
                .cases()
                .getFirst();
    }

    private static String announced(RunSettings settings, Suite suite) {
        return Optional.ofNullable(only(settings, suite).announced()).orElse("");
    }

    @Test
    void aLargeProductIsJudgedBySamplesUnlessItsReferenceIsAskedFor() {
        Suite large = matmul("bf16", 8192, 8192, 8192);
        assertEquals("", announced(QUICK, large));
        double sampled = only(QUICK, large).estimateMs();
        double full = only(settings(Mode.QUICK, true), large).estimateMs();
        // 2 * 8192^3 flops at 1.3e7 a millisecond, three matrices of 128 MiB at 5e4 bytes a millisecond.
        assertEquals(93, full / 1000, 1);
        assertTrue(sampled < full / 2, sampled + " of " + full);
    }

    @Test
    void judgingALargeProductTakesATwentiethOfIt() {
        Case large = matmul("bf16", 8192, 8192, 8192).cases().getFirst();
        double cheap = large.cheapCost().orElseThrow().flops();
        assertTrue(cheap <= 0.05 * large.cost().orElseThrow().flops(), cheap + " flops");
    }

    private static Suite attention(long queries, long keys) {
        String text = """
                {"name": "mine", "description": "d", "cases": [
                  {"operator": "attention", "inputs": {"Q": [1, 8, %1$d, 128], "K": [1, 8, %2$d, 128],
                   "V": [1, 8, %2$d, 128]}, "dtypes": ["bf16"], "fills": ["normal"], "why": "w"}]}
                """.formatted(queries, keys);
        return Suite.parse(text, "mine.json", OptionalLong.empty());
    }

    @Test
    void aLongAttentionIsJudgedBySamplesUnlessItsReferenceIsAskedFor() {
        Suite large = attention(4096, 32_768);
        assertEquals("", announced(QUICK, large));
        assertNull(only(settings(Mode.QUICK, true), large).announced());
        double sampled = only(QUICK, large).estimateMs();
        double full = only(settings(Mode.QUICK, true), large).estimateMs();
        // 5.5e11 flops at 1.3e7 a millisecond, 151 MB at 5e4 bytes a millisecond.
        assertEquals(45.3, full / 1000, 1);
        assertTrue(sampled < full / 2, sampled + " of " + full);
    }

    @Test
    void whatTakesTooLongEvenBySamplesIsAnnouncedWithItsCost() {
        // 6.8e14 flops: two queries of every head are too much already.
        Suite large = attention(128, 1_300_000_000);
        String reason = announced(QUICK, large);
        assertTrue(reason.contains("6.8e+14 flops"), reason);
        assertTrue(reason.contains("--full-reference"), reason);
        assertEquals(reason, announced(settings(Mode.RELEASE, false), large), "in every mode");
        assertEquals("", announced(settings(Mode.QUICK, true), large));
    }

    @Test
    void onlyReleaseRunsLargeTensors() {
        Suite wide = matmul("f32", 1, 20_000, 20_000);
        assertTrue(announced(QUICK, wide).contains("1.6 GB"), announced(QUICK, wide));
        assertTrue(announced(settings(Mode.VERIFY_ONLY, false), wide).contains("--release"));
        assertEquals("", announced(settings(Mode.RELEASE, false), wide));
    }

    @Test
    void doubleDoubleReferencesAndLargerOnesTakeLonger() {
        double f32 = only(QUICK, matmul("f32", 512, 512, 512)).estimateMs();
        double f64 = only(QUICK, matmul("f64", 512, 512, 512)).estimateMs();
        double longer = only(QUICK, matmul("f32", 512, 512, 1024)).estimateMs();
        // 13 ms, 2 * 512^3 flops at 1.3e7 a millisecond, three matrices of a MiB at 5e4 bytes a millisecond.
        assertEquals(13 + 2 * 134_217_728 / 1.3e7 + 3 * 1_048_576 / 5e4, f32, 1e-9);
        assertTrue(f64 > 2 * f32 && longer > f32, f64 + " " + longer + " " + f32);
    }

    @Test
    void theSameSettingsGiveTheSamePlan() {
        for (String name : Suites.names()) {
            List<Planner.Source> once = List.of(Planner.source(SuitesTest.suite(name)));
            List<Planner.Source> again = List.of(Planner.source(SuitesTest.suite(name)));
            PlanFile first = new Planner(QUICK).plan(once, List.of(BACKEND));
            assertEquals(Json.pretty(first), Json.pretty(new Planner(QUICK).plan(again, List.of(BACKEND))), name);
            assertEquals(first.keys().size(), new HashSet<>(first.keys()).size(), "every row has a key of its own");
        }
    }

    @Test
    void aPlanComesBackFromItsText() throws Exception {
        PlanFile plan = new Planner(settings(Mode.RELEASE, true))
                .plan(List.of(Planner.source(SuitesTest.suite("smoke"))), List.of(BACKEND));
        PlanFile read = Json.STRICT.readValue(Json.pretty(plan), PlanFile.class);
        assertEquals(Json.pretty(plan), Json.pretty(read));
        assertEquals(settings(Mode.RELEASE, true), RunSettings.of(read));
        PlanFile spoilt =
                new PlanFile(1, Json.STRICT.createObjectNode().put("mode", "hasty"), List.of(), List.of(), List.of());
        assertThrows(HarnessException.class, () -> RunSettings.of(spoilt));
    }

    @Test
    void seedsComeFromTheSuiteOrTheCommandLine() {
        assertEquals(20260101, only(QUICK, SuitesTest.suite("smoke")).seed());
        PlannedCase other = only(QUICK, Suites.load("smoke", OptionalLong.of(5)));
        assertEquals(5, other.seed());
        assertNotEquals(
                only(QUICK, SuitesTest.suite("smoke")).caseHash(), other.caseHash(), "another seed, another hash");
        assertEquals(only(QUICK, SuitesTest.suite("smoke")).caseId(), other.caseId());
    }

    @Test
    void hashesAreStableForEver() {
        PlannedCase planned = only(QUICK, matmul("f32", 2, 3, 4));
        assertEquals(16, planned.caseHash().length());
        assertEquals("604331c580a14401", planned.caseHash());
    }

    @Test
    void aFloorIsPartOfTheHashAndOfThePlan() {
        PlannedCase free = only(QUICK, matmul("f32", 2, 3, 4));
        PlannedCase strict = only(QUICK, floored("{\"accept\": {}}"));
        PlannedCase tf32 = only(QUICK, floored("{\"accept\": {\"inputs\": \"tf32\"}}"));
        PlannedCase ceiling = only(QUICK, floored("{\"accept\": {}, \"tightness\": {\"f32\": 9}}"));
        PlannedCase other = only(QUICK, floored("{\"accept\": {}, \"tightness\": {\"f16\": 9}}"));
        assertEquals(
                4,
                Set.of(free.caseHash(), strict.caseHash(), tf32.caseHash(), ceiling.caseHash())
                        .size());
        assertEquals(strict.caseHash(), other.caseHash(), "what is asked of other dtypes is not asked of this case");
        assertEquals(free.caseId(), tf32.caseId());
        assertEquals("inputs=tf32", CaseSpec.parse(tf32.spec()).floor());
    }

    private static Suite floored(String contract) {
        return Suite.parse("""
                {"name": "s", "description": "d", "seed": 1, "contract": %s, "cases": [{
                  "operator": "matmul", "inputs": {"A": [2, 4], "B": [4, 3]},
                  "dtypes": ["f32"], "fills": ["normal"], "why": "w"}]}
                """.formatted(contract), "s.json", OptionalLong.empty());
    }

    @Test
    void aStoredInputsContentIsPartOfTheHashAndItsPathIsNot() {
        Case generated = matmul("f32", 2, 3, 4).cases().getFirst();
        Case here = Case.stored(
                "s",
                dev.assay.operator.Operators.named("matmul", "t"),
                generated.call().orElseThrow(),
                "onnx-x",
                "/a/b",
                "w");
        Case there = Case.stored(
                "s",
                dev.assay.operator.Operators.named("matmul", "t"),
                generated.call().orElseThrow(),
                "onnx-x",
                "/c",
                "w");
        assertEquals(here.hash("digest"), there.hash("digest"));
        assertNotEquals(here.hash("digest"), here.hash("another"));
    }

    @Test
    void aCaseWhoseVerdictIsKnownCostsNothing() {
        Case known = Case.known("s", "conv", "onnx-x", "w", Verdict.UNSUPPORTED, "not in the catalogue");
        assertEquals(Optional.empty(), known.cost());
        assertEquals("conv/-/-/-/onnx-x", known.id().toString());
        CaseSpec read = CaseSpec.parse(known.spec().toJson());
        assertEquals(new CaseSpec.Known(Verdict.UNSUPPORTED, "not in the catalogue"), read.known());
    }

    @Test
    void aScalarInputKeepsItsShape() throws Exception {
        CaseSpec.Input scalar = new CaseSpec.Input("x", "f32", List.of(), null);
        CaseSpec spec =
                new CaseSpec("op", List.of(scalar), List.of(), null, null, "normal", null, null, null, null, null);
        CaseSpec read = CaseSpec.parse(Json.STRICT.readTree(Json.canonical(spec)));
        assertEquals(scalar, java.util.Objects.requireNonNull(read.inputs()).getFirst());
        assertEquals(0, scalar.spec().shape().rank());
    }

    @Test
    void aSpoiltSpecIsRefused() throws Exception {
        HarnessException refusal = assertThrows(
                HarnessException.class,
                () -> CaseSpec.parse(Json.STRICT.readTree("{\"operator\": \"matmul\", \"inputz\": []}")));
        assertEquals("plan.json", refusal.where());
    }
}
