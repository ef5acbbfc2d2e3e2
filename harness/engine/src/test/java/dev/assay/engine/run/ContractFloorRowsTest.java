package dev.assay.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBackend;
import dev.assay.backend.Support;
import dev.assay.engine.plan.Planner;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.engine.plan.Suite;
import dev.assay.engine.run.Rows.Stack;
import dev.assay.results.CaseRow;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// A chip that adds in bf16 and says so is right by every layer of the judge. Only a suite can refuse it.
class ContractFloorRowsTest {
    private static final BackendRef BACKEND = new BackendRef("narrow", "");

    private static final class Narrow extends HostBackend {
        private final ComputeContract declared;
        private final double offBy;

        Narrow(ComputeContract declared, double offBy) {
            super(DeviceInfo.named("narrow"));
            this.declared = declared;
            this.offBy = offBy;
        }

        @Override
        public ComputeContract contract(Call call) {
            return declared;
        }

        @Override
        public Support supports(Call call) {
            return Support.yes();
        }

        @Override
        protected void run(Call call, Arguments arguments) {
            Tensor a = arguments.input("A").tensor();
            Tensor b = arguments.input("B").tensor();
            Tensor y = arguments.output("Y").tensor();
            DType sums = declared.accumulatorType(DType.BF16);
            long depth = a.shape().dim(1);
            long columns = b.shape().dim(1);
            for (long i = 0; i < a.shape().dim(0); i++) {
                for (long j = 0; j < columns; j++) {
                    double sum = 0;
                    for (long k = 0; k < depth; k++) {
                        sum = sums.round(sum + sums.round(a.get(i * depth + k) * b.get(k * columns + j)));
                    }
                    y.set(i * columns + j, sum + (i + j == 0 ? offBy : 0));
                }
            }
        }
    }

    private static final ComputeContract BF16_SUMS =
            ComputeContract.strict().accumulator(DType.BF16).build();

    private static CaseRow row(ComputeContract declared, double offBy, String contract) {
        Suite suite = Suite.parse("""
                {"name": "s", "description": "d", "seed": 1, %s "cases": [{
                  "operator": "matmul", "inputs": {"A": [24, 128], "B": [128, 24]},
                  "dtypes": ["bf16"], "fills": ["normal"], "why": "w"}]}
                """.formatted(contract), "s.json", OptionalLong.empty());
        RunSettings settings = new RunSettings(Mode.VERIFY_ONLY, false, 1, 1, 60);
        PlannedCase planned = new Planner(settings)
                .plan(List.of(Planner.source(suite)), List.of(BACKEND))
                .cases()
                .getFirst();
        return new CaseWork(new OpenBackend(() -> new Narrow(declared, offBy)), Stack.unknown(BACKEND), false)
                .verify(planned, Duration.ofMinutes(1), List.of());
    }

    @Test
    void declaredBf16SumsPassWithoutAFloor() {
        CaseRow row = row(BF16_SUMS, 0, "");
        assertEquals(Verdict.PASS, row.verdict(), row.reason());
        assertTrue(row.boundTightness() != null && row.boundTightness() > 2, "tightness " + row.boundTightness());
        CaseRow undeclared = row(ComputeContract.STRICT, 0, "");
        assertEquals(Verdict.PASS, undeclared.verdict(), undeclared.reason());
        assertTrue(undeclared.boundTightness() != null && undeclared.boundTightness() < 1, "" + undeclared);
    }

    @Test
    void declaredBf16SumsFailUnderAFloorThatWantsMore() {
        CaseRow row = row(BF16_SUMS, 0, "\"contract\": {\"accept\": {}},");
        assertEquals(Verdict.FAIL, row.verdict());
        assertEquals("contract", row.layer());
        assertEquals("the contract declares accumulator=bf16, the suite accepts no weaker than wide", row.reason());
        CaseRow wide = row(ComputeContract.STRICT, 0, "\"contract\": {\"accept\": {}},");
        assertEquals(Verdict.PASS, wide.verdict(), wide.reason());
        CaseRow accepted = row(BF16_SUMS, 0, "\"contract\": {\"accept\": {\"accumulator\": \"bf16\"}},");
        assertEquals(Verdict.PASS, accepted.verdict(), accepted.reason());
    }

    @Test
    void aBoundLaxerThanTheCeilingFails() {
        String ceiling = "\"contract\": {\"tightness\": {\"matmul.bf16\": 1}},";
        CaseRow row = row(BF16_SUMS, 0, ceiling);
        assertEquals(Verdict.FAIL, row.verdict());
        assertEquals("contract", row.layer());
        assertTrue(row.reason().contains("bound_tightness is "), row.reason());
        assertTrue(row.reason().endsWith(" ulps, the suite allows 1.0"), row.reason());
        CaseRow wide = row(ComputeContract.STRICT, 0, ceiling);
        assertEquals(Verdict.PASS, wide.verdict(), wide.reason());
        CaseRow high = row(BF16_SUMS, 0, "\"contract\": {\"tightness\": {\"bf16\": 100}},");
        assertEquals(Verdict.PASS, high.verdict(), high.reason());
    }

    @Test
    void aWrongResultKeepsItsLayer() {
        CaseRow alone = row(BF16_SUMS, 1e4, "");
        CaseRow row = row(BF16_SUMS, 1e4, "\"contract\": {\"accept\": {}},");
        assertEquals(Verdict.FAIL, row.verdict());
        assertEquals("bound", row.layer());
        assertEquals(
                alone.reason()
                        + "; also contract: the contract declares accumulator=bf16, the suite accepts no weaker than wide",
                row.reason());
        assertEquals(alone.worstIndex(), row.worstIndex());
    }
}
