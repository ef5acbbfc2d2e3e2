package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.CorrectBackend.Spoiler;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Products judged by samples and sums: the limit is lowered so that small ones count as large.
class LargeCaseTest {
    private static final Operator MATMUL = Operators.named("matmul", "test");
    private static final int SIZE = 512;
    private static final int DEPTH = 256;

    private static Judgement judge(DType dtype, String fill, long seed, double limit, Spoiler spoiler) {
        Call call = new CallBuilder(MATMUL, "test")
                .input("A", TensorSpec.of(dtype, SIZE, DEPTH))
                .input("B", TensorSpec.of(dtype, DEPTH, SIZE))
                .build();
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.generate(MATMUL, call, fill, "test", seed, arena);
            DataSets others = (asked, recipe, into) -> CaseInputs.generate(MATMUL, asked, recipe, "test", seed, into);
            Subject subject = new Subject(MATMUL, call, inputs, Optional.of(others), limit);
            return Judge.judge(new CorrectBackend(MATMUL, ComputeContract.STRICT, spoiler), subject, List.of());
        }
    }

    private static Judgement judge(String fill, Spoiler spoiler) {
        return judge(DType.BF16, fill, 1, 0, spoiler);
    }

    private static void fails(String layer, Judgement judgement) {
        assertEquals(Verdict.FAIL, judgement.verdict(), judgement.reason());
        assertTrue(judgement.layers().contains(layer), judgement.layers() + " " + judgement.reason());
    }

    /// An element that no sample covers.
    private static final long UNSEEN = 200L * SIZE + 77;

    private static Spoiler onFirstRuns(java.util.function.Consumer<Tensor> change) {
        return (arguments, run) -> {
            if (run < 2) {
                change.accept(arguments.output("Y").tensor());
            }
        };
    }

    /// What is vacuous in full (sums that overflow, or whose bound exceeds them) is so on samples.
    @Test
    void theReferenceRoundedOnceHasTheVerdictOfTheFullReference() {
        for (String fill : List.of(
                "normal",
                "uniform(0,1)",
                "integers(-4,4)",
                "outliers",
                "large-mean",
                "cancelling",
                "lognormal(2)",
                "specials",
                "overflow")) {
            for (DType dtype : List.of(DType.BF16, DType.F16, DType.F32, DType.F64)) {
                Judgement judgement = judge(dtype, fill, 3, 0, (arguments, run) -> {});
                Judgement full = judge(dtype, fill, 3, 1e12, (arguments, run) -> {});
                assertEquals(full.verdict(), judgement.verdict(), fill + " " + dtype + ": " + judgement.reason());
                assertTrue(judgement.elements() < SIZE * SIZE, "no more is claimed than was compared");
                if (judgement.verdict() == Verdict.PASS) {
                    assertTrue(judgement.reason().startsWith("sampled: "), judgement.reason());
                }
            }
        }
    }

    @Test
    void manySeedsPass() {
        for (long seed = 10; seed < 40; seed++) {
            Judgement judgement = judge(DType.BF16, "normal", seed, 0, (arguments, run) -> {});
            assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        }
    }

    @Test
    void anElementThatIsHalfTheRmsOffFails() {
        fails("large", judge("normal", onFirstRuns(y -> y.set(UNSEEN, y.get(UNSEEN) + 8))));
    }

    @Test
    void anOutputThatIsCutOffFails() {
        fails("large", judge("normal", onFirstRuns(y -> {
            for (long i = 0; i < y.shape().elements(); i++) {
                // Half an ulp nearer to zero and rounded again: one step for half of all elements.
                double value = y.get(i);
                boolean down = (Long.hashCode(i * 2_654_435_761L) & 0x10000) == 0;
                y.set(i, down ? value - Math.copySign(DType.BF16.ulp(value), value) : value);
            }
        })));
    }

    @Test
    void aNanOutsideTheSamplesFails() {
        Judgement judgement = judge("normal", onFirstRuns(y -> y.set(UNSEEN, Double.NaN)));
        fails("bound", judgement);
        assertTrue(judgement.reason().contains("Y[200,77]"), judgement.reason());
    }

    @Test
    void swappedTilesFailOnTheCodedRunToo() {
        Judgement judgement = judge("normal", (arguments, run) -> {
            Tensor y = arguments.output("Y").tensor();
            for (long row = 64; row < 80; row++) {
                for (long column = 96; column < 112; column++) {
                    double kept = y.get(row * SIZE + column);
                    y.set(row * SIZE + column, y.get(row * SIZE + column + 16));
                    y.set(row * SIZE + column + 16, kept);
                }
            }
        });
        fails("large", judgement);
        fails("exact", judgement);
    }

    @Test
    void onlyTheCodedRunIsWrong() {
        Judgement judgement = judge("normal", (arguments, run) -> {
            if (run == 2) {
                arguments.output("Y").tensor().set(UNSEEN, 1000);
            }
        });
        fails("exact", judgement);
        assertTrue(judgement.reason().contains("on selection"), judgement.reason());
    }

    @Test
    void anUnwrittenRowIsSeenOnTheWholeOutput() {
        fails("memory", judge("normal", (arguments, run) -> {
            Tensor y = arguments.output("Y").tensor();
            dev.assay.tensor.Poison poison = run == 1 ? dev.assay.tensor.Poison.FINITE : dev.assay.tensor.Poison.NAN;
            for (long column = 0; column < SIZE; column++) {
                y.setCodeAt(333L * SIZE + column, poison.code(DType.BF16));
            }
        }));
    }
}
