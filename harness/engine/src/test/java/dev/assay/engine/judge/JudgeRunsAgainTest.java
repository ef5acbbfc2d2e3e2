package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.Support;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Probe;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// A kernel that is right on the inputs of a case is asked again: on other data, on scaled inputs, in another batch.
class JudgeRunsAgainTest {
    private static final Operator MATMUL = Operators.named("matmul", "test");
    private static final ComputeContract STEADY =
            ComputeContract.strict().deterministic(true).batchInvariant(true).build();

    private static Call matmul(DType dtype, long m, long k, long n) {
        return new CallBuilder(MATMUL, "test")
                .input("A", TensorSpec.of(dtype, m, k))
                .input("B", TensorSpec.of(dtype, k, n))
                .build();
    }

    private static Map<String, Tensor> inputs(Call call, String fill, Arena arena) {
        Map<String, Tensor> inputs = new HashMap<>();
        for (String name : List.of("A", "B")) {
            TensorSpec spec = call.input(name);
            Tensor tensor = Tensor.allocate(spec, arena);
            Fill.Values values = MATMUL.fill(call, name, Fills.parse(fill, "test"))
                    .bind(new Fill.Site(spec, MATMUL.along(call, name), name.hashCode(), 7, other -> {
                        throw new IllegalArgumentException(other);
                    }));
            Fill.write(values, tensor);
            inputs.put(name, tensor);
        }
        return inputs;
    }

    private static Judgement judge(
            Call call, List<Probe> probes, ComputeContract contract, CorrectBackend.Spoiler how) {
        Operator operator = new Delegate(MATMUL, probes);
        return judge(call, operator, new CorrectBackend(operator, contract, how), inputs -> {});
    }

    private static Judgement judge(
            Call call, Operator operator, Backend backend, Consumer<Map<String, Tensor>> change) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = inputs(call, "normal", arena);
            change.accept(inputs);
            Subject subject = new Subject(operator, call, inputs, Optional.of(JudgeRunsAgainTest::inputs));
            return Judge.judge(backend, subject, List.of());
        }
    }

    private static final Probe INTEGERS = new Probe("integers(-2,2)", false, "terms are lost");
    private static final Probe WIDTH = new Probe("integers(-3,3)", true, "sums are kept in fewer bits");

    private static boolean wholeNumbers(Arguments arguments) {
        Tensor a = arguments.input("A").tensor();
        return Values.allMatch(a, value -> value == Math.rint(value));
    }

    @Test
    void aRightKernelIsAskedAgainAndPasses() {
        Judgement judgement =
                judge(matmul(DType.F32, 9, 8, 7), List.of(INTEGERS, WIDTH), STEADY, (arguments, run) -> {});
        assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        // The case, two scalings, a smaller and a larger batch, two probes.
        assertEquals(7, judgement.judged());
    }

    @Test
    void whatIsWrongOnAProbeOnlyFailsTheCase() {
        Judgement judgement =
                judge(matmul(DType.F32, 9, 8, 7), List.of(INTEGERS), ComputeContract.STRICT, (arguments, run) -> {
                    if (wholeNumbers(arguments)) {
                        Tensor y = arguments.output("Y").tensor();
                        y.set(11, y.get(11) + 1);
                    }
                });
        assertEquals(Verdict.FAIL, judgement.verdict());
        assertEquals("exact", judgement.layer());
        assertTrue(judgement.reason().startsWith("on integers(-2,2) (terms are lost): 1 of 63"), judgement.reason());
    }

    @Test
    void aContractProbeIsReportedAsSuch() {
        Judgement judgement =
                judge(matmul(DType.F32, 9, 8, 7), List.of(WIDTH), ComputeContract.STRICT, (arguments, run) -> {
                    if (wholeNumbers(arguments)) {
                        Tensor y = arguments.output("Y").tensor();
                        y.set(11, y.get(11) + 1);
                    }
                });
        assertEquals("contract", judgement.layer());
    }

    @Test
    void writingOutsideOnAProbeIsAMatterOfMemory() {
        Judgement judgement =
                judge(matmul(DType.F32, 9, 8, 7), List.of(WIDTH), ComputeContract.STRICT, (arguments, run) -> {
                    if (wholeNumbers(arguments)) {
                        Tensor b = arguments.input("B").tensor();
                        b.set(0, b.get(0) + 1);
                    }
                });
        assertEquals("memory", judgement.layer());
    }

    @Test
    void aNanOnAProbeIsNoPass() {
        Judgement judgement =
                judge(matmul(DType.F32, 9, 8, 7), List.of(INTEGERS), ComputeContract.STRICT, (arguments, run) -> {
                    if (wholeNumbers(arguments)) {
                        arguments.output("Y").tensor().set(0, Double.NaN);
                    }
                });
        assertEquals(Verdict.FAIL, judgement.verdict());
    }

    @Test
    void aClampThatTheCaseDoesNotReachIsFoundByScaling() {
        Judgement judgement = judge(matmul(DType.F32, 9, 8, 7), List.of(), STEADY, (arguments, run) -> {
            Tensor y = arguments.output("Y").tensor();
            for (long i = 0; i < y.shape().elements(); i++) {
                y.set(i, Math.clamp(y.get(i), -16, 16));
            }
        });
        assertEquals("metamorphic", judgement.layer(), judgement.reason());
        assertTrue(judgement.reason().contains("{A=2}"), judgement.reason());
    }

    @Test
    void scalingIsAskedOnlyWhereEqualBitsArePromised() {
        Judgement judgement =
                judge(matmul(DType.F32, 9, 8, 7), List.of(), ComputeContract.STRICT, (arguments, run) -> {});
        assertEquals(1, judgement.judged());
        // Subnormal partial sums do not scale.
        ComputeContract f16 = ComputeContract.strict()
                .deterministic(true)
                .partials(ComputeContract.Stored.as(DType.F16), 2)
                .build();
        assertEquals(
                1,
                judge(matmul(DType.F32, 9, 8, 7), List.of(), f16, (arguments, run) -> {})
                        .judged());
        ComputeContract bf16 = f16.toBuilder()
                .partials(ComputeContract.Stored.as(DType.BF16), 2)
                .build();
        assertEquals(
                3,
                judge(matmul(DType.F32, 9, 8, 7), List.of(), bf16, (arguments, run) -> {})
                        .judged());
    }

    @Test
    void aRowThatDependsOnTheSizeOfItsBatchBreaksThePromise() {
        CorrectBackend.Spoiler spoiler = (arguments, run) -> {
            Tensor y = arguments.output("Y").tensor();
            if (y.shape().dim(0) == 9) {
                y.set(60, Math.nextUp((float) y.get(60)));
            }
        };
        Judgement judgement = judge(matmul(DType.F32, 9, 8, 7), List.of(), STEADY, spoiler);
        assertEquals("determinism", judgement.layer(), judgement.reason());
        assertTrue(
                judgement.reason().startsWith("slice 8 of the batch of 9 comes out otherwise as slice 0"),
                judgement.reason());
        ComputeContract silent = ComputeContract.strict().deterministic(true).build();
        assertEquals(
                Verdict.PASS,
                judge(matmul(DType.F32, 9, 8, 7), List.of(), silent, spoiler).verdict());
    }

    @Test
    void memoryIsGuardedInASmallerBatchToo() {
        Judgement judgement = judge(matmul(DType.F32, 9, 8, 7), List.of(), STEADY, (arguments, run) -> {
            if (arguments.output("Y").spec().shape().dim(0) < 9) {
                arguments.input("B").tensor().set(0, 7);
            }
        });
        assertEquals("memory", judgement.layer(), judgement.reason());
        assertTrue(judgement.reason().contains("of the batch: input B was changed"), judgement.reason());
        assertFalse(judgement.reason().contains("depends on how many"), judgement.reason());
    }

    @Test
    void memoryIsGuardedOnScaledInputsToo() {
        int[] runs = {0};
        ComputeContract steady = ComputeContract.strict().deterministic(true).build();
        Judgement judgement = judge(matmul(DType.F32, 1, 8, 7), List.of(), steady, (arguments, run) -> {
            // The case is run twice.
            if (++runs[0] == 3) {
                arguments.input("B").tensor().set(0, 7);
            }
        });
        assertEquals("memory", judgement.layer(), judgement.reason());
        assertTrue(judgement.reason().contains("powers of two {A=2}: input B was changed"), judgement.reason());
    }

    private static final Probe POSITIVE = new Probe("uniform(1,2)", false, "sums keep too little");
    private static final Probe SPECIAL = new Probe("specials", false, "special values go astray");

    private static boolean positive(Arguments arguments) {
        return Values.allMatch(arguments.input("A").tensor(), value -> value > 0);
    }

    @Test
    void aProbeIsHeldToItsBound() {
        Judgement judgement =
                judge(matmul(DType.F32, 9, 8, 7), List.of(POSITIVE), ComputeContract.STRICT, (arguments, run) -> {
                    if (positive(arguments)) {
                        Tensor y = arguments.output("Y").tensor();
                        y.set(11, y.get(11) * 1.001);
                    }
                });
        assertEquals(List.of("bound"), judgement.layers(), judgement.reason());
    }

    @Test
    void aProbeIsHeldToItsSpecialValues() {
        Judgement judgement =
                judge(matmul(DType.F32, 9, 8, 7), List.of(SPECIAL), ComputeContract.STRICT, (arguments, run) -> {
                    if (!arguments.input("A").tensor().isFinite()) {
                        Tensor y = arguments.output("Y").tensor();
                        for (long i = 0; i < y.shape().elements(); i++) {
                            y.set(i, Double.isNaN(y.get(i)) ? 1 : Double.NaN);
                        }
                    }
                });
        assertTrue(judgement.layers().contains("special"), judgement.reason());
    }

    /// Six ulps are within the bound of one element, and neither small nor undirected over 2000 of them.
    @Test
    void aProbeIsHeldToTheStatisticsOfErrors() {
        Judgement judgement =
                judge(matmul(DType.F32, 40, 64, 50), List.of(POSITIVE), ComputeContract.STRICT, (arguments, run) -> {
                    if (positive(arguments)) {
                        Tensor y = arguments.output("Y").tensor();
                        for (long i = 0; i < y.shape().elements(); i++) {
                            y.setCodeAt(i, y.codeAt(i) + 6);
                        }
                    }
                });
        assertEquals(List.of("rms", "bias"), judgement.layers(), judgement.reason());
    }

    /// Wrong in any batch but that of the case.
    private static final CorrectBackend.Spoiler SMALLER_IS_WRONG = (arguments, run) -> {
        Tensor y = arguments.output("Y").tensor();
        if (y.shape().dim(0) != 9) {
            y.set(0, Math.nextUp((float) y.get(0)));
        }
    };

    @Test
    void aSmallerBatchThatTheBackendRefusesIsNotAsked() {
        Backend refusing = new CorrectBackend(MATMUL, STEADY, SMALLER_IS_WRONG) {
            @Override
            public Support supports(Call call) {
                return call.input("A").shape().dim(0) == 9 ? Support.yes() : Support.no("nine rows only");
            }
        };
        Operator operator = new Delegate(MATMUL, List.of());
        Judgement judgement = judge(matmul(DType.F32, 9, 8, 7), operator, refusing, inputs -> {});
        assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        assertEquals(3, judgement.judged(), "the case and two scalings");
    }

    @Test
    void aSmallerBatchUnderAnotherContractNeedNotHaveEqualBits() {
        Backend changing = new CorrectBackend(MATMUL, STEADY, SMALLER_IS_WRONG) {
            @Override
            public ComputeContract contract(Call call) {
                return call.input("A").shape().dim(0) == 9
                        ? STEADY
                        : STEADY.toBuilder().accumulator(DType.F64).build();
            }
        };
        Operator operator = new Delegate(MATMUL, List.of());
        Judgement judgement = judge(matmul(DType.F32, 9, 8, 7), operator, changing, inputs -> {});
        assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        assertEquals(3, judgement.judged(), "the case and two scalings");
    }

    @Test
    void inputsThatLeaveTheNormalNumbersAreNotScaled() {
        ComputeContract steady = ComputeContract.strict().deterministic(true).build();
        Operator operator = new Delegate(MATMUL, List.of());
        for (double odd : new double[] {0x1p-140, 0x1p100}) {
            Judgement judgement = judge(
                    matmul(DType.F32, 9, 8, 7),
                    operator,
                    new CorrectBackend(MATMUL, steady, (arguments, run) -> {}),
                    inputs -> Objects.requireNonNull(inputs.get("B")).set(3, odd));
            assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
            assertEquals(1, judgement.judged(), "with " + odd);
        }
    }

    @Test
    void sumsThatAreKeptInANarrowTypeNeedNotScale() {
        ComputeContract narrow = ComputeContract.strict()
                .accumulator(DType.F16)
                .deterministic(true)
                .build();
        Judgement judgement = judge(matmul(DType.F32, 9, 8, 7), List.of(), narrow, (arguments, run) -> {});
        assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        assertEquals(1, judgement.judged());
    }

    /// Two products cancel; what is left of their errors lies below all that is compared.
    @Test
    void resultsThatAreAlmostZeroNeedNotScale() {
        ComputeContract steady = ComputeContract.strict().deterministic(true).build();
        Operator operator = new Delegate(MATMUL, List.of());
        CorrectBackend.Spoiler rest =
                (arguments, run) -> arguments.output("Y").tensor().set(0, 0x1p-45);
        Judgement judgement =
                judge(matmul(DType.F32, 9, 8, 7), operator, new CorrectBackend(MATMUL, steady, rest), inputs -> {
                    Tensor a = Objects.requireNonNull(inputs.get("A"));
                    Tensor b = Objects.requireNonNull(inputs.get("B"));
                    b.set(7, b.get(0));
                    for (long k = 0; k < 8; k++) {
                        a.set(k, k > 1 ? 0 : k == 0 ? a.get(0) : -a.get(0));
                    }
                });
        assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        assertEquals(3, judgement.judged(), "the case and two scalings");
    }

    /// 2e9 flops or 64 MB: what costs more is judged on its own inputs alone.
    @Test
    void largeCallsAreNotAskedAgain() {
        assertTrue(SubRuns.affords(of(matmul(DType.F32, 999, 1000, 1000))));
        assertFalse(SubRuns.affords(of(matmul(DType.F32, 1001, 1000, 1000))), "many operations");
        assertFalse(SubRuns.affords(of(matmul(DType.F32, 1, 1, 20_000_000))), "many bytes");
    }

    /// Sums in f32, in one direction or the other.
    private static void sum(Arguments arguments, boolean up) {
        Tensor a = arguments.input("A").tensor();
        Tensor b = arguments.input("B").tensor();
        Tensor y = arguments.output("Y").tensor();
        int depth = (int) a.shape().dim(1);
        int columns = (int) b.shape().dim(1);
        for (int i = 0; i < a.shape().dim(0); i++) {
            for (int j = 0; j < columns; j++) {
                float sum = 0;
                for (int k = 0; k < depth; k++) {
                    int at = up ? k : depth - 1 - k;
                    sum += (float) a.get((long) i * depth + at) * (float) b.get((long) at * columns + j);
                }
                y.set((long) i * columns + j, sum);
            }
        }
    }

    /// Judged on its own inputs alone, and with all further runs.
    private static List<String> layers(Call call, ComputeContract contract, CorrectBackend.Spoiler how) {
        Backend backend = new CorrectBackend(MATMUL, contract, how);
        assertEquals(
                Verdict.PASS,
                judge(call, new Delegate(MATMUL, List.of()), backend, inputs -> {})
                        .verdict());
        Judgement judgement = judge(call, MATMUL, backend, inputs -> {});
        assertTrue(judgement.verdict() == Verdict.PASS || judgement.reason().startsWith("on annulling"));
        return judgement.layers();
    }

    @Test
    void anOrderThatDependsOnTheBatchShowsBehindSixteenBits() {
        Call call = matmul(DType.F16, 9, 64, 7);
        CorrectBackend.Spoiler spoiler = (arguments, run) ->
                sum(arguments, arguments.output("Y").tensor().shape().dim(0) == 9);
        assertEquals(List.of("determinism"), layers(call, STEADY, spoiler));
        ComputeContract silent = ComputeContract.strict().deterministic(true).build();
        assertEquals(List.of(), layers(call, silent, spoiler));
    }

    /// As of an algorithm whose errors are in proportion to the largest term, and not to the sum.
    @Test
    void whatIsLeftOfASumThatCancelsIsHeldToItsBound() {
        CorrectBackend.Spoiler spoiler = (arguments, run) -> {
            sum(arguments, true);
            Tensor y = arguments.output("Y").tensor();
            double largest = 0;
            for (long i = 0; i < 64; i++) {
                largest =
                        Math.max(largest, Math.abs(arguments.input("A").tensor().get(i)));
            }
            boolean lognormal = largest > 64 && !wholeNumbers(arguments);
            y.set(3, y.get(3) + (lognormal ? largest * 0x1p-18 : 0));
        };
        ComputeContract steady = ComputeContract.strict().deterministic(true).build();
        assertEquals(List.of("bound"), layers(matmul(DType.BF16, 9, 64, 7), steady, spoiler));
    }

    @Test
    void anOrderThatChangesFromRunToRunShowsBehindSixteenBits() {
        Call call = matmul(DType.F16, 9, 64, 7);
        boolean[] up = new boolean[1];
        CorrectBackend.Spoiler spoiler = (arguments, run) -> sum(arguments, up[0] ^= true);
        ComputeContract steady = ComputeContract.strict().deterministic(true).build();
        assertEquals(List.of("determinism"), layers(call, steady, spoiler));
        assertEquals(List.of(), layers(call, ComputeContract.STRICT, spoiler));
        assertEquals(List.of(), layers(call, STEADY, (arguments, run) -> sum(arguments, true)));
    }

    @Test
    void aBatchOfOneIsHeldAgainstItsCopies() {
        CorrectBackend.Spoiler spoiler = (arguments, run) ->
                sum(arguments, arguments.output("Y").tensor().shape().dim(0) == 1);
        Judgement judgement = judge(matmul(DType.F32, 1, 64, 7), List.of(), STEADY, spoiler);
        assertEquals("determinism", judgement.layer(), judgement.reason());
        assertTrue(
                judgement
                        .reason()
                        .startsWith("slice 0 of the batch of 1 comes out otherwise as slice 0 of a batch of 33"),
                judgement.reason());
    }

    /// What a kernel does for up to eight rows, it does not do for 33.
    @Test
    void aSmallBatchIsHeldAgainstALargeOne() {
        CorrectBackend.Spoiler spoiler = (arguments, run) ->
                sum(arguments, arguments.output("Y").tensor().shape().dim(0) <= 8);
        Judgement judgement = judge(matmul(DType.F32, 5, 64, 7), List.of(), STEADY, spoiler);
        assertEquals("determinism", judgement.layer(), judgement.reason());
        assertTrue(judgement.reason().startsWith("slice 4 of the batch of 5"), judgement.reason());
    }

    private static Subject of(Call call) {
        return new Subject(MATMUL, call, Map.of(), Optional.empty());
    }
}
