package dev.assay.engine.scorecard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.CorrectBackend;
import dev.assay.engine.judge.Judge;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.judge.Subject;
import dev.assay.engine.run.CaseInputs;
import dev.assay.engine.scorecard.Scorecard.Score;
import dev.assay.operator.About;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Signature;
import dev.assay.results.Ruling;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ScorecardTest {
    private static final Operator MATMUL = Operators.named("matmul", "test");
    private static final int CRITERIA = Criteria.ALL.size();

    private static Call product(DType dtype, long m, long n, long k) {
        return new CallBuilder(MATMUL, "test")
                .input("A", TensorSpec.of(dtype, m, k))
                .input("B", TensorSpec.of(dtype, k, n))
                .build();
    }

    private static Score score(List<Score> scores, String criterion) {
        return scores.stream()
                .filter(score -> score.criterion().equals(criterion))
                .findFirst()
                .orElseThrow();
    }

    /// Ones times ones: every element is K.
    private static List<Score> ones(Arena arena, int n, int most, double... actual) {
        Tensor a = Tensor.of(arena, DType.F32, Shape.of(1, 2), 1, 1);
        double[] ones = new double[2 * n];
        java.util.Arrays.fill(ones, 1);
        Tensor b = Tensor.of(arena, DType.F32, Shape.of(2, n), ones);
        Tensor y = Tensor.of(arena, DType.F32, Shape.of(1, n), actual);
        return Scorecard.of(MATMUL, product(DType.F32, 1, n, 2), Map.of("A", a, "B", b), Map.of("Y", y), most);
    }

    @Test
    void everyCriterionIsAskedOnceForEveryOutput() {
        try (Arena arena = Arena.ofShared()) {
            List<Score> scores = ones(arena, 4, 100, 2, 2, 2, 2);
            assertEquals(CRITERIA, scores.size());
            for (Score score : scores) {
                assertEquals("Y", score.output());
                boolean copied = score.criterion().equals("mlu-ops-diff3");
                assertEquals(
                        copied ? Ruling.NOT_APPLICABLE : Ruling.PASS,
                        score.outcome().ruling(),
                        score.toString());
            }
            for (Score score : ones(arena, 4, 100, 2, 2, 9, 2)) {
                boolean copied = score.criterion().equals("mlu-ops-diff3");
                assertEquals(
                        copied ? Ruling.NOT_APPLICABLE : Ruling.FAIL,
                        score.outcome().ruling(),
                        score.toString());
            }
        }
    }

    /// Eight elements and room for three: every third is looked at, 0, 3 and 6.
    @Test
    void aLargeOutputIsSampledAndTheRemarkSaysSo() {
        try (Arena arena = Arena.ofShared()) {
            List<Score> between = ones(arena, 8, 3, 2, 9, 9, 2, 9, 9, 2, 9);
            Score passed = score(between, "onnx-backend-test");
            assertEquals(Ruling.PASS, passed.outcome().ruling());
            assertEquals("sample of 3 of 8 elements", passed.outcome().remark());
            List<Score> hit = ones(arena, 8, 3, 2, 2, 2, 2, 2, 2, 9, 2);
            assertEquals(Ruling.FAIL, score(hit, "onnx-backend-test").outcome().ruling());
            assertEquals(
                    "no low-precision reference; sample of 3 of 8 elements",
                    score(hit, "cann-l0").outcome().remark());
            assertEquals(
                    "",
                    score(ones(arena, 8, 8, 2, 2, 2, 2, 2, 2, 2, 2), "cann-l0")
                            .outcome()
                            .remark());
        }
    }

    /// Expects 0, 1, 2, ... and leaves one element open.
    private record Counting(AtomicBoolean broken) implements Operator {
        @Override
        public String name() {
            return "counting";
        }

        @Override
        public About about() {
            return new About("none", "this test", About.Errors.EXACT);
        }

        @Override
        public Signature signature() {
            return MATMUL.signature();
        }

        @Override
        public List<TensorSpec> outputs(Call call) {
            return MATMUL.outputs(call);
        }

        @Override
        public Cost cost(Call call) {
            if (broken.get()) {
                throw new IllegalStateException("on purpose");
            }
            return new Cost(1, 1);
        }

        @Override
        public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
            Shape shape = call.output("Y").shape();
            return new Oracle() {
                @Override
                public Shape shape(int output) {
                    return shape;
                }

                @Override
                public void expect(int output, Region region, Observed device, ExpectedBlock into) {
                    for (int i = 0; i < into.elements(); i++) {
                        into.values()[i] = region.number(shape, i);
                        into.flags()[i] = region.number(shape, i) == 1 ? ExpectedBlock.ANY : 0;
                    }
                }
            };
        }
    }

    @Test
    void elementsThatMayHoldAnythingAreLeftOut() {
        Call call = product(DType.F32, 2, 2, 1);
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.generate(MATMUL, call, "normal", "test", 1, arena);
            Tensor y = Tensor.of(arena, DType.F32, Shape.of(2, 2), 0, 77, 2, 3);
            Score score =
                    score(Scorecard.of(new Counting(new AtomicBoolean()), call, inputs, Map.of("Y", y)), "triton");
            assertEquals(Ruling.PASS, score.outcome().ruling());
            assertEquals(
                    "1 elements that may hold anything are left out",
                    score.outcome().remark());
        }
    }

    @Test
    void aWitnessSeesWhatWasJudged() {
        Call call = product(DType.BF16, 4, 3, 5);
        ScorecardWitness witness = new ScorecardWitness();
        assertTrue(witness.scores().isEmpty());
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.generate(MATMUL, call, "normal", "test", 1, arena);
            Subject subject = new Subject(MATMUL, call, inputs, Optional.empty());
            Judge.judge(new CorrectBackend(MATMUL), subject, List.of(witness));
        }
        assertEquals(CRITERIA, witness.scores().size());
        assertEquals(
                Ruling.PASS,
                score(witness.scores(), "torch-assert-close").outcome().ruling());
    }

    /// A fault of the scorecard is told in the scorecard and costs no verdict.
    @Test
    void aFaultOfTheScorecardDecidesNothing() {
        Call call = product(DType.F32, 2, 2, 1);
        AtomicBoolean judged = new AtomicBoolean();
        Operator broken = new Counting(judged);
        ScorecardWitness witness = new ScorecardWitness();
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.generate(MATMUL, call, "normal", "test", 1, arena);
            Subject subject = new Subject(broken, call, inputs, Optional.empty());
            Judgement judgement = Judge.judge(
                    new CorrectBackend(broken), subject, List.of((trial, ignored) -> judged.set(true), witness));
            assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        }
        assertEquals(CRITERIA, witness.scores().size());
        for (Score score : witness.scores()) {
            assertEquals(Ruling.NOT_APPLICABLE, score.outcome().ruling());
            assertTrue(score.outcome().remark().contains("on purpose"), score.toString());
        }
    }
}
