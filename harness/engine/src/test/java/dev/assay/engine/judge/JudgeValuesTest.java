package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.CorrectBackend.Spoiler;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Feeds the judge wrong values, and asks for the layer that must object.
class JudgeValuesTest {
    private static final Operator MATMUL = Operators.named("matmul", "test");
    private static final Spoiler NOTHING = (arguments, run) -> {};

    private static Call matmul(DType dtype, long m, long n, long k) {
        return new CallBuilder(MATMUL, "test")
                .input("A", TensorSpec.of(dtype, m, k))
                .input("B", TensorSpec.of(dtype, k, n))
                .build();
    }

    private static Judgement judge(
            Operator operator, Call call, String fill, ComputeContract contract, Spoiler spoiler) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.generate(operator, call, fill, "test", 1, arena);
            return Judge.judge(new CorrectBackend(operator, contract, spoiler), operator, call, inputs);
        }
    }

    private static Judgement judge(Call call, String fill, Spoiler spoiler) {
        return judge(MATMUL, call, fill, ComputeContract.STRICT, spoiler);
    }

    private static Judgement judge(Scripted operator, DType dtype, Spoiler spoiler) {
        return judge(operator, operator.call(dtype, 2, 3), "normal", ComputeContract.STRICT, spoiler);
    }

    private static Spoiler set(long element, double value) {
        return (arguments, run) -> arguments.output("Y").tensor().set(element, value);
    }

    /// Moves an element by steps of its type.
    private static Spoiler step(long element, int steps) {
        return (arguments, run) -> {
            Tensor y = arguments.output("Y").tensor();
            y.setCodeAt(element, y.codeAt(element) + steps);
        };
    }

    private static void fails(String layer, Judgement judgement) {
        assertEquals(Verdict.FAIL, judgement.verdict(), judgement.reason());
        assertEquals(layer, judgement.layer(), judgement.reason());
        assertFalse(judgement.reason().isBlank());
    }

    private static void passes(Judgement judgement) {
        assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        assertEquals("", judgement.layer());
        assertEquals(0, judgement.mismatches());
        assertEquals(Optional.empty(), judgement.worst());
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void anExactSumThatIsOneUlpOffFails(DType dtype) {
        // Sums of up to 4 products of numbers up to 4 stay below 2^7, where bf16 still holds every integer.
        Call call = matmul(dtype, 6, 5, 4);
        passes(judge(call, "integers(-4,4)", NOTHING));
        for (int steps : new int[] {1, -1}) {
            Judgement judgement = judge(call, "integers(1,4)", step(13, steps));
            fails("exact", judgement);
            assertEquals(1, judgement.mismatches());
            assertEquals(Double.POSITIVE_INFINITY, judgement.worstErrorRatio());
            Finding.Element worst = judgement.worst().orElseThrow();
            assertEquals("Y[2,3]", worst.where());
            assertEquals(0, worst.bound());
            assertEquals(dtype.ulp(worst.expected()), Math.abs(worst.actual() - worst.expected()), "one step");
            assertTrue(judgement.reason().contains("within Y[2,3]; worst Y[2,3]: expected"), judgement.reason());
        }
    }

    /// 271 is no bf16; a kernel that cuts it off to 270 is a whole step from the only right value.
    @Test
    void whatIsExpectedIsToldAsTheOutputsTypeHasIt() {
        Scripted operator = Scripted.of(271, 0);
        passes(judge(operator, DType.BF16, set(4, 272)));
        Judgement judgement = judge(operator, DType.BF16, set(4, 270));
        fails("exact", judgement);
        assertEquals(
                new Finding.Element("Y[1,1]", 272, 270, 0), judgement.worst().orElseThrow());
        assertEquals(1, judgement.maxUlp());
        assertTrue(judgement.reason().contains("expected 272, got 270"), judgement.reason());
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void anErrorJustAboveItsBoundFailsAndOneJustBelowPasses(DType dtype) {
        double ulp = dtype.ulp(1);
        Scripted operator = Scripted.of(1, 2.4 * ulp);
        passes(judge(operator, dtype, set(4, 1 + 2 * ulp)));
        Judgement judgement = judge(operator, dtype, set(4, 1 + 3 * ulp));
        fails("bound", judgement);
        assertEquals(
                new Finding.Element("Y[1,1]", 1, 1 + 3 * ulp, 0.5 * ulp + 2.4 * ulp),
                judgement.worst().orElseThrow());
        assertEquals(3 / 2.9, judgement.worstErrorRatio(), 1e-12);
        assertEquals(3, judgement.maxUlp());
        assertEquals(2.9, judgement.boundTightness(), 1e-12);
        assertTrue(judgement.reason().startsWith("1 of 6 elements exceed their error bound"), judgement.reason());
        assertTrue(judgement.reason().contains("1.03 times its bound"), judgement.reason());
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void aProductThatLacksItsLastTermFails(DType dtype) {
        Call call = matmul(dtype, 9, 8, 70);
        passes(judge(call, "normal", NOTHING));
        Judgement judgement = judge(call, "normal", (arguments, run) -> {
            Tensor a = arguments.input("A").tensor();
            Tensor b = arguments.input("B").tensor();
            Tensor y = arguments.output("Y").tensor();
            for (long i = 0; i < 9; i++) {
                for (long j = 0; j < 8; j++) {
                    y.set(i * 8 + j, y.get(i * 8 + j) - a.get(i * 70 + 69) * b.get(69 * 8 + j));
                }
            }
        });
        fails("bound", judgement);
        assertTrue(judgement.mismatches() > 36, "most of them: " + judgement.mismatches());
        assertTrue(judgement.reason().contains("within Y[0..8,0..7]"), judgement.reason());
    }

    @Test
    void swappedOperandsZerosAndConstantsFail() {
        Call call = matmul(DType.F32, 8, 8, 8);
        fails("bound", judge(call, "normal", (arguments, run) -> {
            Tensor y = arguments.output("Y").tensor();
            for (long i = 0; i < 8; i++) {
                for (long j = 0; j < i; j++) {
                    double above = y.get(j * 8 + i);
                    y.set(j * 8 + i, y.get(i * 8 + j));
                    y.set(i * 8 + j, above);
                }
            }
        }));
        for (double constant : new double[] {0, 1}) {
            fails("bound", judge(call, "normal", (arguments, run) -> {
                for (long i = 0; i < 64; i++) {
                    arguments.output("Y").tensor().set(i, constant);
                }
            }));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void aNumberThatBecameSomethingElseFails(double wrong) {
        Judgement judgement = judge(matmul(DType.F32, 4, 4, 4), "normal", set(7, wrong));
        fails("bound", judgement);
        assertEquals("Y[1,3]", judgement.worst().orElseThrow().where());
        assertEquals(Double.POSITIVE_INFINITY, judgement.worstErrorRatio());
        fails("exact", judge(matmul(DType.BF16, 4, 4, 4), "integers(-4,4)", set(7, wrong)));
    }

    /// Row 0 gives NaN, rows 1 and 2 infinities, row 3 numbers: each of the other kinds is wrong there.
    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void specialValuesMustBeWhereTheyBelong(DType dtype) {
        double[] kinds = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1.5};
        Call call = matmul(dtype, 4, 1, 2);
        try (Arena arena = Arena.ofShared()) {
            Tensor a = Tensor.of(arena, dtype, Shape.of(4, 2), kinds[0], 1, kinds[1], 1, kinds[2], 1, 0.7, 1);
            Tensor b = Tensor.of(arena, dtype, Shape.of(2, 1), 1.3, 2.9);
            Map<String, Tensor> inputs = Map.of("A", a, "B", b);
            for (int row = 0; row < 4; row++) {
                for (int kind = 0; kind < 4; kind++) {
                    Spoiler spoiler = row == kind ? NOTHING : set(row, kinds[kind]);
                    Judgement judgement = Judge.judge(
                            new CorrectBackend(MATMUL, ComputeContract.STRICT, spoiler), MATMUL, call, inputs);
                    if (row == kind) {
                        passes(judgement);
                    } else {
                        fails("special", judgement);
                        assertEquals(
                                "Y[" + row + ",0]",
                                judgement.worst().orElseThrow().where());
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void rowsOfSpecialValuesDoNotAccuseARightKernel(DType dtype) {
        passes(judge(matmul(dtype, 30, 4, 6), "specials", NOTHING));
    }

    @Test
    void severalObjectionsAreListedInTheOrderOfLayers() {
        Scripted mixed = Scripted.of((number, into, at) -> {
            into.values()[at] = number == 5 ? Double.NaN : 1;
            into.deterministic()[at] = number == 0 || number == 5 ? 0 : 1e-3;
        });
        Judgement judgement = judge(mixed, DType.F32, (arguments, run) -> {
            Tensor y = arguments.output("Y").tensor();
            y.set(0, 1.5);
            y.set(1, 2);
            y.set(5, 0);
        });
        fails("exact", judgement);
        assertTrue(judgement.reason().endsWith("; also bound, special"), judgement.reason());
        assertEquals(3, judgement.mismatches());
        assertEquals("Y[0,0]", judgement.worst().orElseThrow().where());
    }

    @Test
    void ofSeveralWrongElementsTheWorstIsNamed() {
        Judgement judgement = judge(Scripted.of(1, 0.25), DType.F32, (arguments, run) -> {
            arguments.output("Y").tensor().set(1, 2);
            arguments.output("Y").tensor().set(3, -4);
            arguments.output("Y").tensor().set(5, 3);
        });
        fails("bound", judgement);
        assertEquals(3, judgement.mismatches());
        assertEquals("Y[1,0]", judgement.worst().orElseThrow().where());
        assertTrue(judgement.reason().contains("within Y[0..1,0..2]; worst Y[1,0]"), judgement.reason());
    }

    private static Spoiler onSecondRun(long element, double value) {
        return (arguments, run) -> {
            if (run == 1) {
                arguments.output("Y").tensor().set(element, value);
            }
        };
    }

    @Test
    void aPromiseOfEqualBitsIsHeld() {
        double ulp = DType.F32.ulp(1);
        Scripted operator = Scripted.of(1, 4 * ulp);
        Call call = operator.call(DType.F32, 2, 3);
        ComputeContract promise = ComputeContract.strict().deterministic(true).build();
        passes(judge(operator, call, "normal", promise, NOTHING));
        Judgement broken = judge(operator, call, "normal", promise, onSecondRun(2, 1 + ulp));
        fails("determinism", broken);
        assertFalse(broken.deterministic());
        Judgement unpromised = judge(operator, call, "normal", ComputeContract.STRICT, onSecondRun(2, 1 + ulp));
        passes(unpromised);
        assertFalse(unpromised.deterministic(), "not promised, yet measured");
    }

    @Test
    void zerosOfDifferentSignsAreDifferentBits() {
        ComputeContract promise = ComputeContract.strict().deterministic(true).build();
        Scripted zero = Scripted.of(0, 0);
        fails("determinism", judge(zero, zero.call(DType.F32, 2, 3), "normal", promise, onSecondRun(2, -0.0)));
    }

    @Test
    void aSecondRunThatIsWrongFails() {
        Judgement judgement = judge(Scripted.of(1, 0.25), DType.F32, onSecondRun(2, 9));
        fails("bound", judgement);
        assertEquals(1, judgement.mismatches());
        assertEquals("Y[0,2]", judgement.worst().orElseThrow().where());
    }

    @Test
    void anElementThatIsWrongInBothRunsIsCountedOnce() {
        Judgement judgement = judge(Scripted.of(1, 0.25), DType.F32, (arguments, run) -> {
            for (long i = 0; i < 6; i++) {
                arguments.output("Y").tensor().set(i, 50 + run);
            }
        });
        fails("bound", judgement);
        assertEquals(6, judgement.elements());
        assertEquals(6, judgement.mismatches());
    }

    @Test
    void whatCouldNotHaveFailedIsVacuous() {
        Scripted open = Scripted.of((number, into, at) -> into.flags()[at] = ExpectedBlock.ANY);
        Judgement anything = judge(open, DType.F32, set(1, 1e9));
        assertEquals(Verdict.VACUOUS, anything.verdict());
        assertFalse(anything.reason().isBlank());
        Scripted loose = Scripted.of(1, 5);
        assertEquals(Verdict.VACUOUS, judge(loose, DType.F32, NOTHING).verdict());
        Scripted onlyOne = Scripted.of((number, into, at) -> {
            into.values()[at] = 1;
            into.flags()[at] = number == 0 ? 0 : ExpectedBlock.ANY;
        });
        assertEquals(Verdict.PASS, judge(onlyOne, DType.F32, NOTHING).verdict(), "one element that tells is enough");
    }

    @Test
    void aVacuousOutputIsStillHeldToItsMemory() {
        Scripted open = Scripted.of((number, into, at) -> into.flags()[at] = ExpectedBlock.ANY);
        Judgement judgement = judge(
                open,
                DType.F32,
                (arguments, run) -> arguments
                        .output("Y")
                        .buffer()
                        .write(
                                arguments.output("Y").offset() - 4,
                                java.lang.foreign.MemorySegment.ofArray(new int[] {run})));
        fails("memory", judgement);
    }

    @Test
    void theDigestIsOfTheFirstRunsBytes() {
        Judgement one = judge(Scripted.of(1, 0.25), DType.F32, NOTHING);
        assertEquals(
                one.outputSha256(),
                judge(Scripted.of(1, 0.25), DType.F32, onSecondRun(0, 1.1)).outputSha256());
        assertNotEquals(
                one.outputSha256(),
                judge(Scripted.of(1, 0.25), DType.F32, set(0, 1.1)).outputSha256());
        assertEquals(64, one.outputSha256().length());
        assertTrue(one.runNanos() > 0 && one.prepareNanos() >= 0);
    }

    @Test
    void outputsOfOthersAreHeldAgainstTheReference() {
        Call call = matmul(DType.F32, 2, 2, 2);
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = Map.of(
                    "A", Tensor.of(arena, DType.F32, Shape.of(2, 2), 1, 2, 3, 4),
                    "B", Tensor.of(arena, DType.F32, Shape.of(2, 2), 5, 6, 7, 8));
            Tensor right = Tensor.of(arena, DType.F32, Shape.of(2, 2), 19, 22, 43, 50);
            assertEquals(
                    Optional.empty(),
                    Judge.disagreement(MATMUL, call, inputs, Map.of("Y", right), ComputeContract.STRICT));
            right.set(2, 44);
            String wrong = Judge.disagreement(MATMUL, call, inputs, Map.of("Y", right), ComputeContract.STRICT)
                    .orElseThrow();
            assertEquals("1 of 4 elements, worst Y[1,0]: reference 43.0, stored 44.0, allowed 0.00", wrong);
        }
    }

    /// Errors by so many σ, in 4096 elements with a bound of more than twenty.
    private static Judgement erringBy(java.util.function.LongToDoubleFunction off) {
        double sigma = 0x1p-18;
        Scripted operator = Scripted.of((number, into, at) -> {
            into.values()[at] = 1 + number / 8192.0;
            into.sigmas()[at] = sigma;
        });
        return judge(operator, operator.call(DType.F32, 64, 64), "normal", ComputeContract.STRICT, (arguments, run) -> {
            Tensor y = arguments.output("Y").tensor();
            for (long i = 0; i < 4096; i++) {
                y.set(i, 1 + i / 8192.0 + sigma * off.applyAsDouble(i));
            }
        });
    }

    @Test
    void errorsThatAreTooLargeOnAverageFailThoughEachIsWithinItsBound() {
        passes(erringBy(i -> i % 2 == 0 ? 1 : -1));
        Judgement judgement = erringBy(i -> i % 2 == 0 ? 1.6 : -1.6);
        fails("rms", judgement);
        assertEquals(1.6, judgement.rmsRatio(), 0.01);
        assertEquals(List.of("rms"), judgement.layers());
    }

    @Test
    void errorsThatGoOneWayFailThoughEachIsWithinItsBound() {
        Judgement judgement = erringBy(i -> i % 2 == 0 ? 0.4 : 0.6);
        fails("bias", judgement);
        assertTrue(judgement.biasZ() > 7);
        assertEquals(List.of("bias"), judgement.layers());
    }

    @Test
    void outputsOfOthersAreHeldToEveryKindOfElement() {
        try (Arena arena = Arena.ofShared()) {
            Tensor y = Tensor.of(arena, DType.F32, Shape.of(2), 1, 2);
            for (double value : new double[] {1, Double.NaN}) {
                Scripted operator = Scripted.of(value, 0.25);
                Call call = operator.call(DType.F32, 2);
                assertTrue(Judge.disagreement(operator, call, Map.of("X", y), Map.of("Y", y), ComputeContract.STRICT)
                        .isPresent());
            }
        }
    }
}
