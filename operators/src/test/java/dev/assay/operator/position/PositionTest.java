package dev.assay.operator.position;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Position embeddings against values worked out by hand, and against what kernels get wrong.
class PositionTest {
    private static final RotaryEmbedding ROTARY = new RotaryEmbedding();
    private static final Rope ROPE = new Rope(false);

    private static Example quarterTurn() {
        return new Example(ROTARY)
                .input("X", DType.F32, Shape.of(1, 1, 1, 6), 1, 2, 3, 4, 5, 6)
                .input("cos_cache", DType.F32, Shape.of(1, 1, 2), 0, 1)
                .input("sin_cache", DType.F32, Shape.of(1, 1, 2), 1, 0)
                .attribute("rotary_embedding_dim", 4);
    }

    private static void assertValues(Answer answer, double... want) {
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], answer.value(i), 1e-12, "element " + i);
        }
        assertEquals(want.length, answer.size());
    }

    @Test
    void halvesArePairs() {
        assertValues(quarterTurn().answer(0), -3, 2, 1, 4, 5, 6);
    }

    @Test
    void neighboursArePairs() {
        assertValues(quarterTurn().attribute("interleaved", 1).answer(0), -2, 1, 3, 4, 5, 6);
    }

    @Test
    void whatIsNotRotatedIsCopied() {
        Answer answer = quarterTurn().answer(0);
        assertTrue(answer.isExact(4) && answer.isExact(5));
        assertFalse(answer.accepts(4, Math.nextUp(5f), DType.F32));
    }

    @Test
    void rowsAreChosenByPosition() {
        Example example = new Example(ROTARY)
                .input("X", DType.F32, Shape.of(1, 2, 2), 1, 2, 3, 4)
                .input("cos_cache", DType.F32, Shape.of(3, 1), 1, 9, 0)
                .input("sin_cache", DType.F32, Shape.of(3, 1), 0, 9, 1);
        Call call = new CallBuilder(ROTARY, "test")
                .input("X", example.tensor("X").spec())
                .input("cos_cache", example.tensor("cos_cache").spec())
                .input("sin_cache", example.tensor("sin_cache").spec())
                .constant("position_ids", TensorSpec.dense(DType.I64, Shape.of(1, 2)), List.of(2L, 0L))
                .attribute("num_heads", new Attribute.Int(1))
                .build();
        Answer answer = Answer.of(ROTARY.oracle(call, example.inputs(), ComputeContract.STRICT), 0);
        assertValues(answer, -2, 1, 3, 4);
    }

    @Test
    void wrongCallsAreRefused() {
        assertThrows(
                InvalidCallException.class,
                () -> quarterTurn().attribute("rotary_embedding_dim", 3).call());
        assertThrows(
                InvalidCallException.class,
                () -> quarterTurn().attribute("rotary_embedding_dim", 8).call());
        assertThrows(
                InvalidCallException.class,
                () -> quarterTurn().attribute("interleaved", 2).call());
        assertThrows(
                InvalidCallException.class,
                () -> quarterTurn().attribute("num_heads", 3).call());
    }

    @Test
    void keysThatAreNotThereAreNotAskedFor() {
        InvalidCallException thrown = assertThrows(
                InvalidCallException.class, () -> rope(1, 4).output("k_out").call());
        assertTrue(thrown.getMessage().contains("this call has no output 'k_out'"), thrown.getMessage());
        assertFalse(rope(1, 4).call().hasOutput("k_out"));
    }

    private static Example rope(long position, int size) {
        return new Example(ROPE)
                .input(
                        "q",
                        DType.F32,
                        Shape.of(1, 1, size),
                        IntStream.range(0, size).mapToDouble(i -> 1 + 0.01 * i).toArray())
                .input("positions", DType.I64, Shape.of(1), (double) position);
    }

    /// The pair i of a head of ones and hundredths, with frequencies of one's own.
    private static double[] turned(long position, int size, java.util.function.IntToDoubleFunction frequency) {
        double[] turned = new double[size];
        int half = size / 2;
        for (int i = 0; i < half; i++) {
            double a = (float) (1 + 0.01 * i);
            double b = (float) (1 + 0.01 * (i + half));
            double angle = (double) position * frequency.applyAsDouble(i);
            turned[i] = a * Math.cos(angle) - b * Math.sin(angle);
            turned[i + half] = b * Math.cos(angle) + a * Math.sin(angle);
        }
        return turned;
    }

    private static int refused(Answer answer, double[] got) {
        return (int) IntStream.range(0, got.length)
                .filter(i -> !answer.accepts(i, (float) got[i], DType.F32))
                .count();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 4095, 131_071, 1_048_575})
    void anglesInWorkingPrecisionAreAccepted(long position) {
        Answer answer = rope(position, 64).answer(0);
        assertEquals(0, refused(answer, turned(position, 64, i -> Math.pow(10000, -i / 32.0))));
        // A table of frequencies in f32, and products in f32.
        double[] rounded = turned(1, 64, i -> position * (1 / (float) Math.pow(10000, i / 32.0)));
        assertEquals(0, refused(answer, rounded));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 4095, 131_071})
    void whatKernelsGetWrongIsRefused(long position) {
        Answer answer = rope(position, 64).answer(0);
        double[] late = turned(position + 1, 64, i -> Math.pow(10000, -i / 32.0));
        assertTrue(refused(answer, late) > 40, "the next position");
        double[] bf16 = turned(position, 64, i -> DType.BF16.round(Math.pow(10000, -i / 32.0)));
        assertTrue(refused(answer, bf16) > 20, "frequencies in bf16");
        double[] base = turned(position, 64, i -> Math.pow(10001, -i / 32.0));
        assertTrue(position < 4095 || refused(answer, base) > 10, "another base");
    }

    @Test
    void yarnKeepsFastPairsAndDividesSlowOnes() {
        Answer answer = rope(100, 128).attribute("yarn_factor", 32.0).answer(0);
        double magnitude = 0.1 * Math.log(32) + 1;
        double a = 1;
        double b = (float) 1.64;
        assertEquals(magnitude * (a * Math.cos(100) - b * Math.sin(100)), answer.value(0), 1e-6);
        double slow = 100 * Math.pow(10000, -63 / 64.0) / 32;
        double c = (float) 1.63;
        double d = (float) 2.27;
        assertEquals(magnitude * (c * Math.cos(slow) - d * Math.sin(slow)), answer.value(63), 1e-6);
    }

    @Test
    void sectionsTakeTheirRows() {
        Example example = new Example(ROPE)
                .input("q", DType.F32, Shape.of(1, 1, 6), 1, 1, 1, 0, 0, 0)
                .input("positions", DType.I64, Shape.of(3, 1), 1, 20, 3000);
        Call call = new CallBuilder(ROPE, "test")
                .input("q", example.tensor("q").spec())
                .input("positions", example.tensor("positions").spec())
                .attribute("sections", new Attribute.Ints(List.of(1L, 1L, 1L)))
                .build();
        Answer answer = Answer.of(ROPE.oracle(call, example.inputs(), ComputeContract.STRICT), 0);
        assertEquals(Math.cos(1), answer.value(0), 1e-12);
        assertEquals(Math.cos(20 * Math.pow(10000, -1 / 3.0)), answer.value(1), 1e-12);
        assertEquals(Math.cos(3000 * Math.pow(10000, -2 / 3.0)), answer.value(2), 1e-12);
    }

    @Test
    void wrongRopesAreRefused() {
        assertThrows(
                InvalidCallException.class,
                () -> rope(1, 64).attribute("rotary_dim", 66).call());
        assertThrows(
                InvalidCallException.class,
                () -> rope(1, 64).attribute("theta", 0.5).call());
    }

    private static double product(Answer answer, double[] other) {
        return IntStream.range(0, other.length)
                .mapToDouble(i -> answer.value(i) * other[i])
                .sum();
    }

    private static Example turning(double[] values, int sign) {
        return new Example(ROPE)
                .input("q", DType.F32, Shape.of(3, 2, 4), values)
                .input("positions", DType.I64, Shape.of(3), sign * 7.0, sign * 0.0, sign * 4321.0)
                .attribute("yarn_factor", 4.0)
                .attribute("attention_factor", 1.25);
    }

    /// `<dY, J x> = <Jᵀ dY, x>`: the gradient of a rotation is the rotation with positions of the other sign, the
    /// factors of YaRN included, so that no operator of its own is needed.
    @Test
    void turningBackIsTheGradient() {
        double[] x = IntStream.range(0, 24)
                .mapToDouble(i -> (float) Math.sin(3 * i + 1))
                .toArray();
        double[] dy = IntStream.range(0, 24)
                .mapToDouble(i -> (float) Math.cos(5 * i + 2))
                .toArray();
        double forward = product(turning(x, 1).answer(0), dy);
        assertEquals(forward, product(turning(dy, -1).answer(0), x), 1e-12);
        assertTrue(Math.abs(forward - product(turning(dy, 1).answer(0), x)) > 1e-2, "the same sign is no gradient");
    }

    private static Example table(double[] values, double sign) {
        return new Example(ROTARY)
                .input("X", DType.F64, Shape.of(1, 2, 1, 4), values)
                .input("cos_cache", DType.F64, Shape.of(1, 1, 2), 0.5, -0.25)
                .input("sin_cache", DType.F64, Shape.of(1, 1, 2), sign * 0.75, sign * 2);
    }

    @Test
    void tablesTurnBackWithTheSineNegated() {
        double[] x = {1, -2, 3, 4, 5, 6, -7, 8};
        double[] dy = {2, 3, -1, 5, 7, -4, 1, 6};
        // Of the first head: x becomes (-1.75, -7.5, 2.25, -5), whose product with dy is -53.25; of the second
        // (7.75, -17.5, 0.25, 10), with 184.5.
        assertEquals(131.25, product(table(x, 1).answer(0), dy), 1e-12);
        assertEquals(131.25, product(table(dy, -1).answer(0), x), 1e-12);
        assertTrue(Math.abs(131.25 - product(table(dy, 1).answer(0), x)) > 1);
    }
}
