package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.engine.model.Request;
import dev.assay.engine.plan.Planner;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.TimingRow;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ModelSummaryTest {
    private static final BackendRef BACKEND = new BackendRef("acme", "");

    private static PlanFile plan(String suite, Request request) {
        return new Planner(new RunSettings(Mode.QUICK, false, 2, 1, 60))
                .plan(List.of(Planner.source(SuiteNames.load(suite, request, OptionalLong.empty()))), List.of(BACKEND));
    }

    private static TimingRow millisecond(PlannedCase planned) {
        double ns = 1e6;
        return new TimingRow(
                planned.suite(),
                planned.caseId(),
                planned.caseHash(),
                planned.seed(),
                "acme",
                "",
                "device",
                "run",
                "ns",
                "measured",
                "jmh",
                1,
                1,
                1,
                ns,
                ns,
                ns,
                ns,
                ns,
                ns,
                null,
                null,
                null,
                null,
                0,
                1,
                1,
                1,
                1,
                1,
                null,
                "ok");
    }

    private static String printed(PlanFile plan, List<TimingRow> timings) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        new ModelSummary(plan, timings).print(out);
        out.flush();
        return text.toString();
    }

    @Test
    void timesCountAsOftenAsTheModelRunsThem() {
        PlanFile plan = plan(
                "llama3-8b",
                new Request(
                        Optional.of(1),
                        Optional.empty(),
                        Optional.of(1023),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        List<TimingRow> products = plan.cases().stream()
                .filter(planned -> planned.operator().equals("matmul"))
                .map(ModelSummaryTest::millisecond)
                .toList();
        String text = printed(plan, products);
        // Four products in each of 32 layers, and the head.
        assertTrue(text.contains("decode of 1 after 1023: 129.0 ms per token of each sequence; 129 of "), text);
        assertTrue(text.contains("65 x rms_normalization") && text.contains("32 x paged_attention"), text);
        assertTrue(text.contains("without communication"), text);
    }

    @Test
    void aTrainingStepIsTimedAsAWhole() {
        PlanFile plan = plan(
                "esm2-650m",
                new Request(
                        Optional.of(1),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(64)));
        String text = printed(
                plan,
                plan.cases().stream()
                        .filter(planned -> planned.operator().equals("linear_grad"))
                        .map(ModelSummaryTest::millisecond)
                        .toList());
        // Four in each of 33 layers, two in the head.
        assertTrue(text.contains("training step of 1 x 64 tokens: 134.0 ms per step; 134 of "), text);
    }

    @Test
    void whereThePlanLeavesCasesOutThereIsNoEstimate() {
        PlanFile plan = plan("llama3-8b", Request.STANDARD);
        List<TimingRow> all = plan.cases().stream()
                .filter(planned -> planned.announced() == null)
                .map(ModelSummaryTest::millisecond)
                .toList();
        String text = printed(plan, all);
        assertTrue(text.contains("prefill of 1 x 512: "), text);
        assertTrue(text.contains("no estimate where the plan leaves cases out: "), text);
        assertTrue(!text.contains("prefill of 1 x 2048: "), text);
    }

    @Test
    void whatHasNoTimesHasNoEstimate() {
        assertEquals("", printed(plan("llama3-8b", Request.STANDARD), List.of()));
        PlanFile smoke = plan("smoke", Request.STANDARD);
        assertEquals(
                "",
                printed(
                        smoke,
                        smoke.cases().stream()
                                .map(ModelSummaryTest::millisecond)
                                .toList()));
    }
}
