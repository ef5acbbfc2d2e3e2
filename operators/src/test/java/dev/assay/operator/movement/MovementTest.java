package dev.assay.operator.movement;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MovementTest {
    private static final DType F32 = DType.F32;

    private static double[] upTo(int count) {
        return IntStream.range(0, count).asDoubleStream().toArray();
    }

    /// A tensor of these sizes that holds 0, 1, 2 and so on.
    private static Example of(Operator operator, String input, long... dims) {
        Shape shape = Shape.of(dims);
        return new Example(operator).input(input, F32, shape, upTo((int) shape.elements()));
    }

    private static Example whole(Operator operator, String input, DType dtype, double... values) {
        return new Example(operator).input(input, dtype, Shape.of(values.length), values);
    }

    private static Arguments row(Example example, Shape shape, double... values) {
        return Arguments.of(example, shape, values);
    }

    private static Example slice(long start, long end, long step, long... dims) {
        return of(new Slice(), "data", dims)
                .constant("starts", start)
                .constant("ends", end)
                .constant("axes", dims.length - 1L)
                .constant("steps", step);
    }

    private static Example pad(String mode, long... pads) {
        return of(new Pad(), "data", 4).constant("pads", pads).attribute("mode", mode);
    }

    private static Example trilu(long upper, long k) {
        return of(new Trilu(), "input", 2, 3).constant("k", k).attribute("upper", upper);
    }

    private static Example blocks(Operator operator, String mode, long... dims) {
        return of(operator, "input", dims).attribute("blocksize", 2).attribute("mode", mode);
    }

    private static Example shapeOf(long start, long end) {
        return of(new ShapeOf(), "data", 2, 3, 4).attribute("start", start).attribute("end", end);
    }

    private static Example range(long start, long limit, long delta) {
        return new Example(new Range())
                .constant("start", start)
                .constant("limit", limit)
                .constant("delta", delta);
    }

    /// Worked out by hand.
    static Stream<Arguments> values() {
        Shape three = Shape.of(3);
        return Stream.of(
                row(of(new Transpose(), "data", 2, 3), Shape.of(3, 2), 0, 3, 1, 4, 2, 5),
                row(
                        of(new Concat(), "inputs.0", 2, 1)
                                .input("inputs.1", F32, Shape.of(2, 2), 7, 8, 9, 10)
                                .attribute("axis", -1),
                        Shape.of(2, 3),
                        0,
                        7,
                        8,
                        1,
                        9,
                        10),
                row(slice(1, 4, 2, 5), Shape.of(2), 1, 3),
                row(slice(-1, Long.MIN_VALUE, -2, 5), three, 4, 2, 0),
                row(slice(0, Long.MAX_VALUE, Long.MAX_VALUE, 5), Shape.of(1), 0),
                row(slice(-100, -1, 2, 4), Shape.of(2), 0, 2),
                // Clamped to the first element, where Python would leave nothing.
                row(slice(-100, Long.MIN_VALUE, -1, 4), Shape.of(1), 0),
                row(slice(100, -100, -3, 4), Shape.of(2), 3, 0),
                row(slice(3, 3, 1, 4), Shape.of(0)),
                row(slice(0, 0, -1, 0), Shape.of(0)),
                row(slice(Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE, 4), Shape.of(1), 3),
                row(of(new Expand(), "input", 2, 1).constant("shape", 1, 3), Shape.of(2, 3), 0, 0, 0, 1, 1, 1),
                row(of(new Expand(), "input", 2).constant("shape", 2, 1), Shape.of(2, 2), 0, 1, 0, 1),
                row(of(new Tile(), "input", 1, 2).constant("repeats", 2, 2), Shape.of(2, 4), 0, 1, 0, 1, 0, 1, 0, 1),
                row(pad("constant", 1, 2), Shape.of(7), 0, 0, 1, 2, 3, 0, 0),
                row(pad("constant", -1, -2), Shape.of(1), 1),
                row(pad("reflect", 2, 1), Shape.of(7), 2, 1, 0, 1, 2, 3, 2),
                row(pad("reflect", 5, 0), Shape.of(9), 1, 2, 3, 2, 1, 0, 1, 2, 3),
                row(pad("edge", 2, 1), Shape.of(7), 0, 0, 0, 1, 2, 3, 3),
                row(pad("wrap", 2, 5), Shape.of(11), 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0),
                row(of(new CenterCropPad(), "input_data", 5).constant("shape", 2), Shape.of(2), 1, 2),
                row(of(new CenterCropPad(), "input_data", 2).constant("shape", 5), Shape.of(5), 0, 0, 1, 0, 0),
                row(of(new Reshape(), "data", 2, 3).constant("shape", -1, 2), Shape.of(3, 2), upTo(6)),
                row(of(new Reshape(), "data", 2, 3).constant("shape", 0, 1, -1), Shape.of(2, 1, 3), upTo(6)),
                row(of(new Flatten(), "input", 2, 3, 2).attribute("axis", 0), Shape.of(1, 12), upTo(12)),
                row(of(new Flatten(), "input", 2, 3, 2).attribute("axis", -1), Shape.of(6, 2), upTo(12)),
                row(of(new Squeeze(), "data", 1, 3, 1).constant("axes", -1), Shape.of(1, 3), upTo(3)),
                row(of(new Squeeze(), "data", 1, 3, 1), three, upTo(3)),
                row(of(new Unsqueeze(), "data", 3).constant("axes", 2, 0), Shape.of(1, 3, 1), upTo(3)),
                row(trilu(1, 0), Shape.of(2, 3), 0, 1, 2, 0, 4, 5),
                row(trilu(1, 2), Shape.of(2, 3), 0, 0, 2, 0, 0, 0),
                row(trilu(0, -1), Shape.of(2, 3), 0, 0, 0, 3, 0, 0),
                row(trilu(0, 1), Shape.of(2, 3), 0, 1, 0, 3, 4, 5),
                row(of(new EyeLike(), "input", 2, 3).attribute("k", 1), Shape.of(2, 3), 0, 1, 0, 0, 0, 1),
                row(
                        new Example(new ConstantOfShape()).constant("input", 2).attribute("value", 1.5),
                        Shape.of(2),
                        1.5,
                        1.5),
                row(range(3, 9, 3), Shape.of(2), 3, 6),
                row(range(10, 4, -2), three, 10, 8, 6),
                row(range(1, 1, 5), Shape.of(0)),
                row(shapeOf(0, 3), three, 2, 3, 4),
                row(shapeOf(-1, 9), Shape.of(1), 4),
                row(shapeOf(2, 1), Shape.of(0)),
                row(of(new Size(), "data", 2, 0, 4), Shape.of(), 0),
                row(of(new Size(), "data", 2, 5), Shape.of(), 10),
                row(blocks(new DepthToSpace(), "DCR", 1, 8, 1, 1), Shape.of(1, 2, 2, 2), 0, 2, 4, 6, 1, 3, 5, 7),
                row(blocks(new DepthToSpace(), "CRD", 1, 8, 1, 1), Shape.of(1, 2, 2, 2), upTo(8)),
                row(blocks(new SpaceToDepth(), "DCR", 1, 2, 2, 2), Shape.of(1, 8, 1, 1), 0, 4, 1, 5, 2, 6, 3, 7),
                row(blocks(new SpaceToDepth(), "CRD", 1, 2, 2, 2), Shape.of(1, 8, 1, 1), upTo(8)),
                row(
                        of(new ReverseSequence(), "input", 3, 2).input("sequence_lens", DType.I64, Shape.of(2), 3, 2),
                        Shape.of(3, 2),
                        4,
                        3,
                        2,
                        1,
                        0,
                        5),
                row(
                        of(new ReverseSequence(), "input", 2, 3)
                                .input("sequence_lens", DType.I64, Shape.of(2), 0, 3)
                                .attribute("batch_axis", 0)
                                .attribute("time_axis", 1),
                        Shape.of(2, 3),
                        0,
                        1,
                        2,
                        5,
                        4,
                        3),
                row(
                        of(new Gather(), "data", 2, 3)
                                .input("indices", DType.I64, Shape.of(1, 2), 2, -3)
                                .attribute("axis", 1),
                        Shape.of(2, 1, 2),
                        2,
                        0,
                        5,
                        3),
                row(
                        of(new GatherElements(), "data", 2, 3)
                                .input("indices", DType.I32, Shape.of(1, 3), 1, 0, -1)
                                .attribute("axis", 0),
                        Shape.of(1, 3),
                        3,
                        1,
                        5),
                row(
                        of(new GatherNd(), "data", 2, 3).input("indices", DType.I64, Shape.of(2, 2), 0, -1, 1, 0),
                        Shape.of(2),
                        2,
                        3),
                row(
                        of(new GatherNd(), "data", 2, 3, 2)
                                .input("indices", DType.I64, Shape.of(2, 1), 2, 0)
                                .attribute("batch_dims", 1),
                        Shape.of(2, 2),
                        4,
                        5,
                        6,
                        7),
                row(
                        of(new Embedding(), "table", 3, 2).input("ids", DType.I32, Shape.of(2), 2, 0),
                        Shape.of(2, 2),
                        4,
                        5,
                        0,
                        1),
                row(
                        whole(new OneHot(), "indices", DType.I64, 1, -1, 3, -4)
                                .constant("depth", 3)
                                .input("values", F32, Shape.of(2), 5, 9),
                        Shape.of(4, 3),
                        5,
                        9,
                        5,
                        5,
                        5,
                        9,
                        5,
                        5,
                        5,
                        5,
                        5,
                        5),
                row(
                        whole(new OneHot(), "indices", F32, -0.5, 1.75)
                                .constant("depth", 2)
                                .input("values", F32, Shape.of(2), 0, 1)
                                .attribute("axis", 0),
                        Shape.of(2, 2),
                        1,
                        0,
                        0,
                        1),
                row(
                        of(new Compress(), "input", 3, 2)
                                .constant("condition", tensor(DType.BOOL, Shape.of(3), 0, 1, 1))
                                .attribute("axis", 0),
                        Shape.of(2, 2),
                        2,
                        3,
                        4,
                        5),
                row(
                        of(new Compress(), "input", 3, 2)
                                .constant("condition", tensor(DType.BOOL, Shape.of(4), 0, 1, 0, 1)),
                        Shape.of(2),
                        1,
                        3),
                row(
                        of(new TensorScatter(), "past_cache", 2, 3, 1)
                                .input("update", F32, Shape.of(2, 2, 1), 10, 11, 12, 13)
                                .constant("write_indices", 1, 0),
                        Shape.of(2, 3, 1),
                        0,
                        10,
                        11,
                        12,
                        13,
                        5),
                row(
                        of(new TensorScatter(), "past_cache", 1, 3, 1)
                                .input("update", F32, Shape.of(1, 2, 1), 10, 11)
                                .constant("write_indices", 5)
                                .attribute("mode", "circular"),
                        Shape.of(1, 3, 1),
                        11,
                        1,
                        10));
    }

    @ParameterizedTest
    @MethodSource("values")
    void givesWhatWasWorkedOutByHand(Example example, Shape shape, double[] values) {
        Answer answer = example.answer(0);
        assertEquals(shape, answer.shape());
        assertArrayEquals(values, answer.values());
        assertEquals(shape, example.outputs().getFirst().shape());
        for (int i = 0; i < answer.size(); i++) {
            assertTrue(answer.isExact(i));
            assertFalse(answer.isOpen(i));
            assertFalse(answer.accepts(i, answer.value(i) + 1, F32), "a value from elsewhere");
        }
    }

    @Test
    void partsOfASplitAreOneBehindTheOther() {
        Example equal = of(new Split(), "input", 5).attribute("num_outputs", 3);
        assertArrayEquals(new double[] {0, 1}, equal.answer(0).values());
        assertArrayEquals(new double[] {2, 3}, equal.answer(1).values());
        assertArrayEquals(new double[] {4}, equal.answer(2).values());
        Example given =
                of(new Split(), "input", 2, 3).constant("split", 1, 0, 2).attribute("axis", -1);
        assertArrayEquals(new double[] {0, 3}, given.answer(0).values());
        assertEquals(Shape.of(2, 0), given.answer(1).shape());
        assertArrayEquals(new double[] {1, 2, 4, 5}, given.answer(2).values());
        assertEquals(List.of("outputs.0", "outputs.1", "outputs.2"), names(given));
    }

    private static List<String> names(Example example) {
        return example.call().outputs().stream().map(operand -> operand.name()).toList();
    }

    private static Tensor tensor(DType dtype, Shape shape, double... values) {
        return Tensor.of(Arena.ofAuto(), dtype, shape, values);
    }

    @Test
    void nonZeroColumnsAreInRowMajorOrder() {
        Answer answer = new Example(new NonZero())
                .constant("X", tensor(DType.BOOL, Shape.of(2, 2), 1, 0, 1, 1))
                .answer(0);
        assertArrayEquals(new double[] {0, 1, 1, 0, 0, 1}, answer.values());
    }

    @Test
    void wholeNumbersOf64BitsKeepTheirLastBit() {
        Arena arena = Arena.ofAuto();
        Tensor data = Tensor.allocate(TensorSpec.of(DType.I64, 2), arena);
        data.setCodeAt(0, Long.MAX_VALUE);
        data.setCodeAt(1, -(1L << 53) - 1);
        Answer answer = new Example(new Reshape())
                .input("data", data)
                .constant("shape", 2, 1)
                .answer(0);
        assertEquals(0x1p63, answer.value(0));
        assertEquals(-1, answer.low(0));
        assertEquals(-0x1p53, answer.value(1));
        assertEquals(-1, answer.low(1));
    }

    @Test
    void whatIndicesOutOfRangeGiveIsOpen() {
        Answer gathered = of(new Gather(), "data", 3)
                .input("indices", DType.I64, Shape.of(3), 3, 1, -4)
                .answer(0);
        assertTrue(gathered.isOpen(0));
        assertEquals(1, gathered.value(1));
        assertFalse(gathered.isOpen(1));
        assertTrue(gathered.isOpen(2));
        Answer rows = of(new Embedding(), "table", 3, 1)
                .input("ids", DType.I64, Shape.of(2), -1, 2)
                .answer(0);
        assertTrue(rows.isOpen(0));
        assertFalse(rows.isOpen(1));
        assertTrue(of(new GatherElements(), "data", 3)
                .input("indices", DType.I64, Shape.of(1), 7)
                .answer(0)
                .isOpen(0));
        assertTrue(of(new GatherNd(), "data", 2, 2)
                .input("indices", DType.I64, Shape.of(1, 2), 1, 2)
                .answer(0)
                .isOpen(0));
        assertTrue(of(new ReverseSequence(), "input", 2, 1)
                .input("sequence_lens", DType.I64, Shape.of(1), 3)
                .answer(0)
                .isOpen(0));
        assertTrue(whole(new OneHot(), "indices", F32, Double.NaN)
                .constant("depth", 1)
                .input("values", F32, Shape.of(2), 0, 1)
                .answer(0)
                .isOpen(0));
    }

    @Test
    void unsignedIndicesAreNeverNegative() {
        Answer answer = whole(new OneHot(), "indices", DType.U8, 255, 1)
                .constant("depth", 2)
                .input("values", F32, Shape.of(2), 0, 1)
                .answer(0);
        assertArrayEquals(new double[] {0, 0, 0, 1}, answer.values());
    }

    @Test
    void marginsOfATypeWithoutAZeroAreOpen() {
        Answer answer = new Example(new Pad())
                .input("data", DType.E8M0, Shape.of(1), 2)
                .constant("pads", 1, 0)
                .answer(0);
        assertTrue(answer.isOpen(0));
        assertFalse(answer.isOpen(1));
    }

    @Test
    void rangesOfNarrowTypesAreRoundedOnce() {
        Answer answer = new Example(new Range())
                .constant("start", tensor(DType.F16, Shape.of(), 2048))
                .constant("limit", tensor(DType.F16, Shape.of(), 2052))
                .constant("delta", tensor(DType.F16, Shape.of(), 1))
                .answer(0);
        assertTrue(answer.accepts(1, 2048, DType.F16), "a tie goes to even");
        assertTrue(answer.accepts(3, 2052, DType.F16));
        assertFalse(answer.accepts(3, 2048, DType.F16), "added up in f16 it never gets on");
    }

    static Stream<Example> wrongCalls() {
        return Stream.of(
                of(new Concat(), "inputs.0", 2, 1),
                of(new Concat(), "inputs.0", 2, 1).attribute("axis", 2),
                of(new Concat(), "inputs.0", 2, 1)
                        .input("inputs.1", F32, Shape.of(1, 1), 0)
                        .attribute("axis", 1),
                of(new Split(), "input", 4),
                of(new Split(), "input", 4).constant("split", 1, 3).attribute("num_outputs", 2),
                of(new Split(), "input", 4).constant("split", 1, 2),
                of(new Split(), "input", 4).constant("split", 5, -1),
                of(new Split(), "input", 4).attribute("num_outputs", 0),
                of(new Split(), "input", 2).attribute("num_outputs", 4),
                slice(0, 1, 0, 4),
                of(new Slice(), "data", 4).constant("starts", 0, 1).constant("ends", 4),
                of(new Slice(), "data", 4)
                        .constant("starts", 0)
                        .constant("ends", 4)
                        .constant("axes", 1),
                of(new Slice(), "data", 4, 4)
                        .constant("starts", 0, 0)
                        .constant("ends", 4, 4)
                        .constant("axes", 1, -1),
                of(new Expand(), "input", 2).constant("shape", 3),
                of(new Expand(), "input", 2).constant("shape", -1),
                of(new Tile(), "input", 2).constant("repeats", 1, 1),
                of(new Tile(), "input", 2).constant("repeats", -1),
                pad("mirror", 1, 1),
                pad("constant", 1, 1, 1),
                pad("constant", -3, -2),
                pad("edge", -1, 0),
                of(new Pad(), "data", 0).constant("pads", 1, 0).attribute("mode", "wrap"),
                of(new Pad(), "data", 2).constant("pads", 1, 0).input("constant_value", F32, Shape.of(2), 0, 0),
                of(new CenterCropPad(), "input_data", 2).constant("shape", 1, 1),
                of(new Reshape(), "data", 2, 3).constant("shape", -1, -1),
                of(new Reshape(), "data", 2, 3).constant("shape", 4, -1),
                of(new Reshape(), "data", 2, 3).constant("shape", 5),
                of(new Reshape(), "data", 2).constant("shape", 2, 0),
                of(new Reshape(), "data", 0, 2).constant("shape", 0, -1).attribute("allowzero", 1),
                of(new Flatten(), "input", 2).attribute("axis", 2),
                of(new Squeeze(), "data", 1, 2).constant("axes", 1),
                of(new Squeeze(), "data", 1, 2).constant("axes", 0, 0),
                of(new Unsqueeze(), "data", 2).constant("axes", 0, -3),
                of(new Unsqueeze(), "data", 2).constant("axes", 2),
                of(new Trilu(), "input", 2),
                of(new EyeLike(), "input", 2),
                of(new EyeLike(), "input", 2, 2).attribute("dtype", 8),
                of(new EyeLike(), "input", 2, 2).attribute("dtype", 17),
                new Example(new ConstantOfShape()).constant("input", -1),
                new Example(new ConstantOfShape())
                        .constant("input", 1)
                        .attribute("value", 0.1)
                        .attribute("dtype", 1),
                range(0, 3, 0),
                range(Long.MIN_VALUE, Long.MAX_VALUE, 1),
                blocks(new DepthToSpace(), "DCR", 1, 6, 1, 1),
                blocks(new SpaceToDepth(), "DCR", 1, 1, 3, 2),
                blocks(new SpaceToDepth(), "RDC", 1, 1, 2, 2),
                of(new DepthToSpace(), "input", 1, 4, 1, 1),
                of(new ReverseSequence(), "input", 3, 2).input("sequence_lens", DType.I64, Shape.of(3), 1, 1, 1),
                of(new ReverseSequence(), "input", 3, 2)
                        .input("sequence_lens", DType.I64, Shape.of(2), 1, 1)
                        .attribute("batch_axis", 0),
                of(new Gather(), "data", 3)
                        .input("indices", DType.I64, Shape.of(1), 0)
                        .attribute("axis", 1),
                of(new Gather(), "data", 0).input("indices", DType.I64, Shape.of(1), 0),
                of(new GatherElements(), "data", 3).input("indices", DType.I64, Shape.of(1, 1), 0),
                of(new GatherElements(), "data", 2, 1).input("indices", DType.I64, Shape.of(1, 2), 0, 0),
                of(new GatherNd(), "data", 3).input("indices", DType.I64, Shape.of(1, 2), 0, 0),
                of(new GatherNd(), "data", 3, 3)
                        .input("indices", DType.I64, Shape.of(1, 1), 0)
                        .attribute("batch_dims", 1),
                of(new Embedding(), "table", 3).input("ids", DType.I64, Shape.of(1), 0),
                whole(new OneHot(), "indices", DType.I64, 0)
                        .constant("depth", -1)
                        .input("values", F32, Shape.of(2), 0, 1),
                whole(new OneHot(), "indices", DType.I64, 0)
                        .constant("depth", 1)
                        .input("values", F32, Shape.of(1), 0),
                of(new Compress(), "input", 2).constant("condition", tensor(DType.BOOL, Shape.of(3), 1, 1, 1)),
                of(new TensorScatter(), "past_cache", 1, 3, 1)
                        .input("update", F32, Shape.of(1, 2, 1), 0, 0)
                        .constant("write_indices", 2),
                of(new TensorScatter(), "past_cache", 1, 3, 1)
                        .input("update", F32, Shape.of(1, 2, 1), 0, 0)
                        .attribute("axis", 0),
                of(new TensorScatter(), "past_cache", 1, 3, 1)
                        .input("update", F32, Shape.of(1, 2, 1), 0, 0)
                        .attribute("mode", "ring"));
    }

    @ParameterizedTest
    @MethodSource("wrongCalls")
    void callsThatMeanNothingAreRefused(Example example) {
        Executable build = example::call;
        InvalidCallException e = assertThrows(InvalidCallException.class, build);
        assertFalse(e.what().isBlank());
        assertFalse(e.fix().isBlank());
    }

    /// Recipes stay within the tensor, use both ends, and repeat themselves exactly.
    @Test
    void indicesAreDrawnFromEitherEnd() {
        Example example = of(new Gather(), "data", 5).input("indices", TensorSpec.of(DType.I64, 200));
        double[] first = example.fill("normal", 1).values("indices");
        assertEquals(-5, Arrays.stream(first).min().orElseThrow());
        assertEquals(4, Arrays.stream(first).max().orElseThrow());
        assertArrayEquals(first, example.fill("normal", 1).values("indices"));
    }
}
