package dev.assay.operator.reduction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operators;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Softmax and its kin, places of extremes, running sums.
class LinesTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    private static Example of(String operator, String input, DType dtype, Shape shape, double... values) {
        return new Example(Operators.named(operator, "test")).input(input, dtype, shape, values);
    }

    private static Answer softmax(double... values) {
        return of("softmax", "input", DType.F32, Shape.of(values.length), values)
                .answer(0);
    }

    @Test
    void softmaxByHand() {
        Answer answer = softmax(0, Math.log(3));
        assertEquals(0.25, answer.value(0), 1e-7);
        assertTrue(answer.accepts(1, 0.75f, DType.F32));
        assertFalse(answer.accepts(1, 0.75001f, DType.F32), "a sum or an exponential that is off by 2^-16");
        assertEquals(1, softmax(12345).value(0));
    }

    @Test
    void infinitiesUnderSoftmax() {
        assertArrayEquals(new double[] {0, 1}, softmax(-INF, 3).values());
        assertArrayEquals(new double[] {NAN, NAN}, softmax(-INF, -INF).values());
        assertArrayEquals(new double[] {NAN, NAN}, softmax(1, INF).values());
        assertArrayEquals(new double[] {NAN, NAN}, softmax(1, NAN).values());
        Answer logs =
                of("log_softmax", "input", DType.F32, Shape.of(2), -INF, 3).answer(0);
        assertArrayEquals(new double[] {-INF, 0}, logs.values());
    }

    /// f64 against about 100 bits, and what the language's own functions would give.
    @Test
    void f64IsKnownBeyondF64() {
        Example example = new Example(Operators.named("log_softmax", "test"))
                .input("input", TensorSpec.of(DType.F64, 301))
                .fill("normal", 2);
        double[] x = example.values("input");
        DoubleDouble sum = DoubleDouble.ZERO;
        for (double value : x) {
            sum = sum.plus(DoubleDouble.of(value).exp());
        }
        Answer answer = example.answer(0);
        for (int i = 0; i < x.length; i++) {
            // x - log(sum), checked by its exponential: exp(answer) · sum = exp(x).
            DoubleDouble back =
                    new DoubleDouble(answer.value(i), answer.low(i)).exp().times(sum);
            DoubleDouble error = back.dividedBy(DoubleDouble.of(x[i]).exp()).plus(-1);
            assertTrue(Math.abs(error.hi()) < 1e-27, "element " + i + ": " + error);
        }
    }

    @Test
    void plantedErrorsAreOutside() {
        Example example = new Example(Operators.named("softmax", "test"))
                .input("input", TensorSpec.of(DType.F32, 4, 1000))
                .fill("normal", 6);
        Answer answer = example.answer(0);
        double[] x = example.values("input");
        for (int row = 0; row < 4; row++) {
            double sum = 0;
            double all = 0;
            for (int i = 0; i < 1000; i++) {
                double e = Math.exp(x[row * 1000 + i]);
                all += e;
                sum += i == 999 ? 0 : e;
            }
            int first = row * 1000;
            assertTrue(answer.accepts(first, (float) (Math.exp(x[first]) / all), DType.F32));
            assertFalse(answer.accepts(first, (float) (Math.exp(x[first]) / sum), DType.F32), "the last is left out");
        }
        assertEquals(1000, example.oracle(ComputeContract.STRICT).cluster(0));
    }

    @Test
    void linesAlongAnyDimension() {
        double[] values = IntStream.range(0, 12).mapToDouble(i -> i % 5).toArray();
        Example example =
                of("softmax", "input", DType.F32, Shape.of(2, 3, 2), values).attribute("axis", 1);
        Answer answer = example.answer(0);
        double e = Math.exp(values[0]) + Math.exp(values[2]) + Math.exp(values[4]);
        assertEquals(Math.exp(values[2]) / e, answer.value(2), 1e-14);
        List<Region> parts = IntStream.range(0, 3)
                .mapToObj(i -> Region.of(new long[] {0, i, 0}, 2, 1, 2))
                .toList();
        answer.assertEqualBits(Answer.of(example.oracle(ComputeContract.STRICT), 0, parts), "parts of lines");
    }

    @Test
    void logSumExpKeepsF32() {
        Answer answer =
                of("logsumexp", "X", DType.BF16, Shape.of(1, 2), 100, 100).answer(0);
        assertEquals(Shape.of(1), answer.shape());
        assertEquals(100 + Math.log(2), answer.value(0), 1e-13);
        assertFalse(answer.accepts(0, DType.BF16.round(answer.value(0)), DType.F32), "narrowed to bf16");
        assertTrue(answer.accepts(0, (float) answer.value(0), DType.F32));
    }

    @Test
    void hardmaxTakesTheFirst() {
        Answer answer =
                of("hardmax", "input", DType.F32, Shape.of(4), 1, 3, 3, 0).answer(0);
        assertArrayEquals(new double[] {0, 1, 0, 0}, answer.values());
        assertTrue(
                of("hardmax", "input", DType.F32, Shape.of(2), 1, NAN).answer(0).isOpen(0));
    }

    @ParameterizedTest
    @CsvSource({"argmax,0,1", "argmax,1,2", "argmin,0,0", "argmin,1,3"})
    void placesOfExtremes(String operator, int last, double place) {
        Answer answer = of(operator, "data", DType.F32, Shape.of(4), -0.0, 5, 5, 0)
                .attribute("select_last_index", last)
                .answer(0);
        assertEquals(place, answer.value(0));
        assertTrue(answer.isExact(0));
    }

    @Test
    void placesAmongUnsignedNumbers() {
        Example example = new Example(Operators.named("argmax", "test")).input("data", TensorSpec.of(DType.U64, 3));
        example.tensor("data").setCodeAt(1, -1);
        example.tensor("data").setCodeAt(2, Long.MAX_VALUE);
        assertEquals(1, example.answer(0).value(0));
    }

    private static ExpectedBlock expected(Example example, int output, Tensor... device) {
        ExpectedBlock block = new ExpectedBlock();
        Region all = Region.all(example.outputs().get(output).shape());
        block.reset(all);
        example.oracle(ComputeContract.STRICT).expect(output, all, position -> device[position], block);
        return block;
    }

    /// Beside NaN its place and that of the extreme number are right, any other is not.
    @Test
    void placesBesideNan() {
        Example example = of("argmax", "data", DType.F32, Shape.of(4), 1, NAN, 7, 2);
        double[] accepted = new double[5];
        for (int place = 0; place < 5; place++) {
            Tensor device = Tensor.of(Arena.ofAuto(), DType.I64, Shape.of(1), place);
            accepted[place] = expected(example, 0, device).values()[0];
        }
        assertArrayEquals(new double[] {1, 1, 2, 1, 1}, accepted);
    }

    @Test
    void topKTakesLowerIndicesFirst() {
        Example example =
                of("top_k", "X", DType.F32, Shape.of(1, 5), 3, 7, 7, 1, 7).constant("K", 3);
        assertArrayEquals(new double[] {7, 7, 7}, example.answer(0).values());
        assertArrayEquals(new double[] {1, 2, 4}, example.answer(1).values());
        Answer smallest = of("top_k", "X", DType.I8, Shape.of(5), 3, 7, 7, 1, 7)
                .constant("K", 4)
                .attribute("largest", 0)
                .answer(1);
        assertArrayEquals(new double[] {3, 0, 1, 2}, smallest.values());
    }

    @Test
    void topKWithoutOrderTakesAnyOrderOfTheRightOnes() {
        Example example = of("top_k", "X", DType.F32, Shape.of(4), 3, 7, 1, 5)
                .constant("K", 2)
                .attribute("sorted", 0);
        Tensor values = Tensor.of(Arena.ofAuto(), DType.F32, Shape.of(2), 5, 7);
        Tensor right = Tensor.of(Arena.ofAuto(), DType.I64, Shape.of(2), 3, 1);
        Tensor wrong = Tensor.of(Arena.ofAuto(), DType.I64, Shape.of(2), 3, 0);
        Tensor twice = Tensor.of(Arena.ofAuto(), DType.I64, Shape.of(2), 1, 1);
        assertArrayEquals(
                new double[] {5, 7},
                java.util.Arrays.copyOf(expected(example, 0, values, right).values(), 2));
        assertArrayEquals(
                new double[] {3, 1},
                java.util.Arrays.copyOf(expected(example, 1, values, right).values(), 2));
        assertArrayEquals(
                new double[] {1, 3},
                java.util.Arrays.copyOf(expected(example, 1, values, wrong).values(), 2));
        assertArrayEquals(
                new double[] {1, 3},
                java.util.Arrays.copyOf(expected(example, 1, values, twice).values(), 2));
    }

    @ParameterizedTest
    @CsvSource({"0,0,1 3 6", "1,0,0 1 3", "0,1,6 5 3", "1,1,5 3 0"})
    void runningSums(int exclusive, int reverse, String values) {
        double[] expected = java.util.Arrays.stream(values.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        for (DType dtype : List.of(DType.F64, DType.F32, DType.BF16, DType.I32)) {
            Answer answer = of("cumsum", "x", dtype, Shape.of(3), 1, 2, 3)
                    .constant("axis", 0)
                    .attribute("exclusive", exclusive)
                    .attribute("reverse", reverse)
                    .answer(0);
            assertArrayEquals(expected, answer.values());
            assertTrue(answer.isExact(2), "small whole numbers");
        }
    }

    @Test
    void runningSumsHaveTheBoundsOfTheirLength() {
        Example example = new Example(Operators.named("cumsum", "test"))
                .input("x", TensorSpec.of(DType.F32, 2000))
                .constant("axis", 0)
                .fill("normal", 8);
        Answer answer = example.answer(0);
        float single = 0;
        double[] x = example.values("x");
        for (int i = 0; i < x.length; i++) {
            single += (float) x[i];
            assertTrue(answer.accepts(i, single, DType.F32), "element " + i);
        }
        assertTrue(answer.bound(1999, DType.F32) > 3 * answer.bound(99, DType.F32), "errors grow along the line");
        assertFalse(answer.accepts(1999, single - (float) x[1000], DType.F32), "one is left out");
    }

    @Test
    void runningProducts() {
        Answer answer = of("cumprod", "x", DType.F32, Shape.of(3), 2, 3, 4)
                .constant("axis", 0)
                .attribute("exclusive", 1)
                .attribute("reverse", 1)
                .answer(0);
        assertArrayEquals(new double[] {12, 4, 1}, answer.values());
    }

    @Test
    void wrongCallsAreRefused() {
        assertThrows(InvalidCallException.class, () -> softmaxOf(Shape.of()).call());
        assertThrows(
                InvalidCallException.class,
                () -> softmaxOf(Shape.of(2)).attribute("axis", 1).call());
        assertThrows(
                InvalidCallException.class,
                () -> of("top_k", "X", DType.F32, Shape.of(2), 1, 2)
                        .constant("K", 3)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> of("argmax", "data", DType.F32, Shape.of(0, 2)).call(),
                "a line of no elements has no largest");
        assertThrows(
                InvalidCallException.class,
                () -> of("cumsum", "x", DType.F32, Shape.of(2), 1, 2)
                        .constant("axis", 1)
                        .call());
    }

    private static Example softmaxOf(Shape shape) {
        return new Example(Operators.named("softmax", "test")).input("input", TensorSpec.dense(DType.F32, shape));
    }
}
