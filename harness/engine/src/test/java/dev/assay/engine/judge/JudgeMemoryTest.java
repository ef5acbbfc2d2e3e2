package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBuffer;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.engine.judge.CorrectBackend.Spoiler;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Poison;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Feeds the judge kernels that are right in value and wrong in memory.
class JudgeMemoryTest {
    private static final Operator MATMUL = Operators.named("matmul", "test");

    private static Call matmul(DType dtype, long m, long n, long k) {
        return new CallBuilder(MATMUL, "test")
                .input("A", TensorSpec.of(dtype, m, k))
                .input("B", TensorSpec.of(dtype, k, n))
                .build();
    }

    private static Judgement judge(Call call, Spoiler spoiler) {
        return judge(MATMUL, call, new CorrectBackend(MATMUL, ComputeContract.STRICT, spoiler));
    }

    private static Judgement judge(Operator operator, Call call, Backend backend) {
        try (Arena arena = Arena.ofShared()) {
            return Judge.judge(
                    backend, operator, call, CaseInputs.generate(operator, call, "normal", "test", 1, arena));
        }
    }

    private static void fails(Judgement judgement, String... words) {
        assertEquals(Verdict.FAIL, judgement.verdict());
        assertEquals("memory", judgement.layer());
        for (String word : words) {
            assertTrue(judgement.reason().contains(word), judgement.reason());
        }
    }

    /// Changes a byte, counted from a tensor's start; whatever it was, it is another one afterwards.
    private static void flip(Argument argument, long at) {
        MemorySegment memory = ((HostBuffer) argument.buffer()).memory();
        byte before = memory.get(ValueLayout.JAVA_BYTE, argument.offset() + at);
        memory.set(ValueLayout.JAVA_BYTE, argument.offset() + at, (byte) ~before);
    }

    @Test
    void aKernelThatLeavesMemoryAlonePasses() {
        Judgement judgement = judge(matmul(DType.F32, 5, 7, 9), (arguments, run) -> {});
        assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        assertEquals("", judgement.reason());
        assertEquals(35, judgement.elements());
        assertTrue(judgement.deterministic());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 64, 4096})
    void aWriteBeforeTheOutputIsSeen(long distance) {
        fails(
                judge(matmul(DType.F32, 5, 7, 9), (arguments, run) -> flip(arguments.output("Y"), -distance)),
                "output Y: wrote " + distance + " bytes before its start");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 64, 4096})
    void aWriteBehindTheOutputIsSeen(long distance) {
        fails(
                judge(
                        matmul(DType.F32, 5, 7, 9),
                        (arguments, run) -> flip(arguments.output("Y"), 5 * 7 * 4 + distance - 1)),
                "output Y: wrote " + distance + " bytes behind its end");
    }

    @Test
    void aWriteInOneOfTwoRunsIsSeen() {
        for (int guilty : new int[] {0, 1}) {
            fails(judge(matmul(DType.BF16, 3, 3, 3), (arguments, run) -> {
                if (run == guilty) {
                    flip(arguments.output("Y"), -1);
                }
            }));
        }
    }

    @Test
    void aWriteAroundAnInputIsSeen() {
        fails(
                judge(matmul(DType.F16, 3, 5, 4), (arguments, run) -> flip(arguments.input("A"), -2)),
                "input A: wrote 2 bytes before its start");
        fails(
                judge(matmul(DType.F16, 3, 5, 4), (arguments, run) -> flip(arguments.input("B"), 5 * 4 * 2)),
                "input B: wrote 1 bytes behind its end");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 17, 39})
    void aChangedInputIsSeen(long at) {
        fails(
                judge(matmul(DType.F16, 3, 5, 4), (arguments, run) -> flip(arguments.input("B"), at)),
                "input B was changed, first at byte " + at);
    }

    @Test
    void aChangedInputIsSeenEvenIfTheSecondRunPutsItBack() {
        fails(
                judge(matmul(DType.F32, 3, 5, 4), (arguments, run) -> flip(arguments.input("A"), 3)),
                "input A was changed");
    }

    /// Puts the poison of the run back, as if the element had not been written.
    private static void unwrite(Tensor output, int run, long element) {
        output.setCodeAt(element, (run == 0 ? Poison.NAN : Poison.FINITE).code(output.dtype()));
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void anElementThatIsNotWrittenIsNamed(DType dtype) {
        for (long element : new long[] {0, 9, 34}) {
            String name = "Y[" + element / 7 + "," + element % 7 + "]";
            Judgement judgement = judge(
                    matmul(dtype, 5, 7, 9),
                    (arguments, run) -> unwrite(arguments.output("Y").tensor(), run, element));
            fails(judgement, "1 of 35 elements of output Y were not written, first " + name + ", last " + name);
        }
    }

    @Test
    void severalElementsThatAreNotWrittenAreCounted() {
        fails(
                judge(matmul(DType.BF16, 5, 7, 9), (arguments, run) -> {
                    for (long element : new long[] {3, 12, 13, 33}) {
                        unwrite(arguments.output("Y").tensor(), run, element);
                    }
                }),
                "4 of 35 elements",
                "first Y[0,3], last Y[4,5]");
    }

    @Test
    void aKernelThatDoesNothingIsNotRight() {
        Judgement judgement = judge(MATMUL, matmul(DType.F32, 4, 4, 4), new Device((call, arguments, run) -> {}));
        fails(judgement, "16 of 16 elements of output Y were not written", "also");
    }

    /// The right answer is NaN, and so is the first poison: the second one shows it.
    @Test
    void anUnwrittenElementIsSeenWhereNanIsRight() {
        Scripted nan = Scripted.of(Double.NaN, 0);
        Call call = nan.call(DType.F32, 6);
        assertEquals(Verdict.PASS, judge(nan, call, new CorrectBackend(nan)).verdict());
        Judgement judgement = judge(
                nan,
                call,
                new CorrectBackend(
                        nan,
                        ComputeContract.STRICT,
                        (arguments, run) -> unwrite(arguments.output("Y").tensor(), run, 2)));
        fails(judgement, "1 of 6 elements", "Y[2]");
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "F8E4M3", "I8", "U2", "I4", "BOOL"})
    void aResultThatLooksLikeAPoisonIsNoUnwrittenElement(DType dtype) {
        for (Poison poison : Poison.values()) {
            double value = dtype.decode(poison.code(dtype));
            Scripted same = Scripted.of(value, 0);
            Judgement judgement = judge(same, same.call(dtype, 9), new CorrectBackend(same));
            assertEquals(Verdict.PASS, judgement.verdict(), dtype + " " + poison + ": " + judgement.reason());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"I32", "I8", "U4", "I2", "F8E5M2", "F4E2M1"})
    void unwrittenElementsOfEveryWidthAreSeen(DType dtype) {
        Scripted one = Scripted.of(1, 0);
        Judgement judgement = judge(
                one,
                one.call(dtype, 11),
                new CorrectBackend(
                        one,
                        ComputeContract.STRICT,
                        (arguments, run) -> unwrite(arguments.output("Y").tensor(), run, 5)));
        fails(judgement, "1 of 11 elements", "Y[5]");
    }

    @Test
    void anElementWrittenOnlyOnceIsWrongInValue() {
        for (int skipped : new int[] {0, 1}) {
            Judgement judgement = judge(matmul(DType.F32, 5, 7, 9), (arguments, run) -> {
                if (run == skipped) {
                    unwrite(arguments.output("Y").tensor(), run, 4);
                }
            });
            assertEquals(Verdict.FAIL, judgement.verdict());
            assertEquals("bound", judgement.layer());
            assertEquals(1, judgement.mismatches());
            assertFalse(judgement.deterministic());
        }
    }

    @Test
    void memoryIsReportedBeforeValues() {
        Judgement judgement = judge(matmul(DType.F32, 5, 7, 9), (arguments, run) -> {
            flip(arguments.output("Y"), -1);
            arguments.output("Y").tensor().set(3, 1e9);
        });
        fails(judgement, "also bound");
        assertEquals("Y[0,3]", judgement.worst().orElseThrow().where());
    }

    @Test
    void anEmptyOutputIsJudgedByItsMemory() {
        Judgement alone = judge(matmul(DType.F32, 0, 5, 3), (arguments, run) -> {});
        assertEquals(Verdict.PASS, alone.verdict());
        assertEquals("no elements; memory was judged", alone.reason());
        assertEquals(0, alone.elements());
        fails(
                judge(matmul(DType.F32, 0, 5, 3), (arguments, run) -> flip(arguments.output("Y"), 0)),
                "output Y: wrote 1");
        fails(judge(matmul(DType.F32, 0, 5, 3), (arguments, run) -> flip(arguments.input("B"), 0)), "input B");
    }

    /// A device whose kernels are written by a test, with a workspace.
    private static final class Device implements Backend {
        private final Body body;
        private final long workspace;
        private final long alignment;
        private final List<Argument> bound = new ArrayList<>();
        private int runs;

        interface Body {
            void run(Call call, Arguments arguments, int run);
        }

        Device(Body body) {
            this(body, 0, 0);
        }

        Device(Body body, long workspace, long alignment) {
            this.body = body;
            this.workspace = workspace;
            this.alignment = alignment;
        }

        @Override
        public DeviceInfo device() {
            return new DeviceInfo("test", "", "", 0, Map.of(), 0, alignment);
        }

        @Override
        public Support supports(Call call) {
            return Support.yes();
        }

        @Override
        public Kernel prepare(Call call) {
            return new Kernel() {
                @Override
                public long workspaceBytes() {
                    return workspace;
                }

                @Override
                public Launch bind(Arguments arguments) {
                    bound.addAll(arguments.inputs().values());
                    bound.addAll(arguments.outputs().values());
                    arguments.workspace().ifPresent(bound::add);
                    return () -> body.run(call, arguments, runs++);
                }
            };
        }

        @Override
        public void close() {}
    }

    /// Adds one to each element, where it lies.
    private static final Device.Body ADD_ONE = (call, arguments, run) -> {
        Tensor x = arguments.input("X").tensor();
        Tensor y = arguments.output("Y").tensor();
        for (long i = 0; i < x.shape().elements(); i++) {
            y.set(i, x.get(i) + 1);
        }
    };

    private static Judgement judgeInPlace(Device.Body body, double... values) {
        double[] expected = Arrays.stream(values).map(v -> v + 1).toArray();
        Scripted operator =
                new Scripted((number, into, at) -> into.values()[at] = expected[(int) number], List.of(), true);
        Call call = operator.call(DType.F32, values.length);
        try (Arena arena = Arena.ofShared()) {
            Tensor x = Tensor.of(arena, DType.F32, Shape.of(values.length), values);
            Judgement judgement = Judge.judge(new Device(body), operator, call, Map.of("X", x));
            assertEquals(values[0], x.get(0), "the host's copy stays");
            return judgement;
        }
    }

    @Test
    void anOutputMayLieInItsInputsPlaceIfTheOperatorSaysSo() {
        Judgement judgement = judgeInPlace(ADD_ONE, 3, 5, 7);
        assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        assertTrue(judgement.deterministic(), "the input is restored before the second run");
    }

    @Test
    void anInPlaceKernelThatDoesNothingOrWritesOutsideIsSeen() {
        Judgement idle = judgeInPlace((call, arguments, run) -> {}, 3, 5, 7);
        assertEquals(Verdict.FAIL, idle.verdict());
        assertEquals("exact", idle.layer());
        Judgement outside = judgeInPlace(
                (call, arguments, run) -> {
                    ADD_ONE.run(call, arguments, run);
                    flip(arguments.output("Y"), 12);
                },
                3,
                5,
                7);
        fails(outside, "wrote 1 bytes behind its end");
    }

    @Test
    void aKernelThatCountsOnItsWorkspaceBeingZeroIsSeen() {
        Scripted five = Scripted.of(5, 0);
        Device.Body counts = (call, arguments, run) -> {
            MemorySegment scratch = arguments.workspace().orElseThrow().memory();
            double sum = 0;
            for (long i = 0; i < scratch.byteSize(); i++) {
                sum += scratch.get(ValueLayout.JAVA_BYTE, i);
            }
            Tensor y = arguments.output("Y").tensor();
            for (long i = 0; i < 4; i++) {
                y.set(i, 5 + sum);
            }
        };
        Judgement judgement = judge(five, five.call(DType.F32, 4), new Device(counts, 100, 0));
        assertEquals(Verdict.FAIL, judgement.verdict());
        assertEquals("exact", judgement.layer());
    }

    @Test
    void aWorkspaceMayBeWrittenAndNotItsSurroundings() {
        Scripted five = Scripted.of(5, 0);
        Device.Body body = (call, arguments, run) -> {
            arguments.workspace().orElseThrow().memory().fill((byte) run);
            for (long i = 0; i < 4; i++) {
                arguments.output("Y").tensor().set(i, 5);
            }
        };
        Judgement right = judge(five, five.call(DType.F32, 4), new Device(body, 100, 0));
        assertEquals(Verdict.PASS, right.verdict(), right.reason());
        Device.Body beyond = (call, arguments, run) -> {
            body.run(call, arguments, run);
            flip(arguments.workspace().orElseThrow(), 100);
        };
        fails(
                judge(five, five.call(DType.F32, 4), new Device(beyond, 100, 0)),
                "workspace: wrote 1 bytes behind its end");
    }

    /// What lies around the inputs differs from run to run, and so does what is made of it.
    @Test
    void aKernelThatReadsBesideItsInputIsSeen() {
        Scripted copy = Scripted.of(0, 1e-3);
        Device.Body reads = (call, arguments, run) -> {
            Argument x = arguments.input("X");
            MemorySegment memory = ((HostBuffer) x.buffer()).memory();
            double beside = memory.get(ValueLayout.JAVA_BYTE, x.offset() - 1);
            for (long i = 0; i < 4; i++) {
                arguments.output("Y").tensor().set(i, beside * 1e-9);
            }
        };
        Judgement judgement = judge(copy, copy.call(DType.F32, 4), new Device(reads));
        assertFalse(judgement.deterministic(), "too small for the bound, yet seen");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 2, 16, 96, 256, 4096, 8192})
    void tensorsStartAtAnOddMultipleOfTheDeclaredAlignment(long alignment) {
        Scripted one = Scripted.of(1, 0);
        Device device = new Device(
                (call, arguments, run) -> arguments.output("Y").tensor().set(0, 1), 8, alignment);
        judge(one, one.call(DType.F32, 1), device);
        assertEquals(3, device.bound.size());
        for (Argument argument : device.bound) {
            long expected = Math.max(alignment, argument.spec().dtype().bits() / 8);
            assertEquals(0, argument.offset() % expected);
            assertEquals(1, argument.offset() / expected % 2, "odd");
        }
    }
}
