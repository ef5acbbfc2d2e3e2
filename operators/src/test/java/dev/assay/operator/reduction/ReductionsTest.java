package dev.assay.operator.reduction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReductionsTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    private static Example of(String operator, DType dtype, Shape shape, double... values) {
        return new Example(Operators.named(operator, "test")).input("data", dtype, shape, values);
    }

    /// Operator, and what it makes of 1, -2, 3 by hand; integers in the last column.
    static Stream<Object[]> byHand() {
        return Stream.of(
                new Object[] {"reduce_sum", 2.0, 2.0},
                new Object[] {"reduce_mean", 2 / 3.0, 0.0},
                new Object[] {"reduce_max", 3.0, 3.0},
                new Object[] {"reduce_min", -2.0, -2.0},
                new Object[] {"reduce_prod", -6.0, -6.0},
                new Object[] {"reduce_l1", 6.0, 6.0},
                new Object[] {"reduce_l2", Math.sqrt(14), 3.0},
                new Object[] {"reduce_log_sum", Math.log(2), 0.0},
                new Object[] {"reduce_log_sum_exp", Math.log(Math.exp(1) + Math.exp(-2) + Math.exp(3)), 3.0},
                new Object[] {"reduce_sum_square", 14.0, 14.0});
    }

    @ParameterizedTest
    @MethodSource("byHand")
    void threeNumbers(String operator, double real, double whole) {
        for (DType dtype : List.of(DType.F64, DType.F32, DType.BF16)) {
            Answer answer = of(operator, dtype, Shape.of(3), 1, -2, 3).answer(0);
            assertEquals(Shape.of(1), answer.shape());
            assertEquals(real, answer.value(0) + answer.low(0), 1e-15);
            assertTrue(answer.accepts(0, dtype.round(real), dtype), operator);
            assertFalse(answer.accepts(0, dtype.round(real * 1.02 + 0.02), dtype), operator);
        }
        Answer integers = of(operator, DType.I32, Shape.of(3), 1, -2, 3).answer(0);
        assertTrue(integers.accepts(0, whole, DType.I32), operator);
        assertFalse(integers.accepts(0, whole + 1, DType.I32), operator);
    }

    /// Operator, and its value of no elements as ONNX has it.
    @ParameterizedTest
    @CsvSource({
        "reduce_sum,0", "reduce_mean,NaN", "reduce_max,-Infinity", "reduce_min,Infinity", "reduce_prod,1",
        "reduce_l1,0", "reduce_l2,0", "reduce_log_sum,-Infinity", "reduce_log_sum_exp,-Infinity", "reduce_sum_square,0"
    })
    void noElements(String operator, double value) {
        Answer answer =
                of(operator, DType.F32, Shape.of(2, 0)).constant("axes", 1).answer(0);
        assertEquals(Shape.of(2, 1), answer.shape());
        assertArrayEquals(new double[] {value, value}, answer.values());
        assertEquals(0, answer.flag(0));
    }

    @Test
    void extremesOfNoIntegersAreTheLimits() {
        assertEquals(-128, of("reduce_max", DType.I8, Shape.of(0)).answer(0).value(0));
        assertEquals(255, of("reduce_min", DType.U8, Shape.of(0)).answer(0).value(0));
        assertEquals(0, of("reduce_max", DType.BOOL, Shape.of(0)).answer(0).value(0));
        Answer largest = of("reduce_min", DType.U64, Shape.of(0)).answer(0);
        assertEquals(0x1p64, largest.value(0));
        assertEquals(-1, largest.low(0));
    }

    @Test
    void axesAreKeptOrGo() {
        double[] values = IntStream.range(0, 24).asDoubleStream().toArray();
        Example example = of("reduce_sum", DType.F32, Shape.of(2, 3, 4), values).constant("axes", -1, 0);
        assertEquals(Shape.of(1, 3, 1), example.answer(0).shape());
        Answer answer = example.attribute("keepdims", 0).answer(0);
        assertEquals(Shape.of(3), answer.shape());
        assertArrayEquals(new double[] {60, 92, 124}, answer.values());
        Answer middle = of("reduce_sum", DType.F32, Shape.of(2, 3, 4), values)
                .constant("axes", 1)
                .answer(0);
        assertArrayEquals(new double[] {12, 15, 18, 21, 48, 51, 54, 57}, middle.values());
    }

    @Test
    void withoutAxesAllOrNone() {
        assertEquals(
                Shape.of(1, 1),
                of("reduce_sum", DType.F32, Shape.of(1, 2), 3, 4).answer(0).shape());
        Answer none = of("reduce_sum_square", DType.F32, Shape.of(1, 2), 3, 4)
                .attribute("noop_with_empty_axes", 1)
                .answer(0);
        assertArrayEquals(new double[] {9, 16}, none.values());
        Answer all = of("reduce_sum", DType.F32, Shape.of(1, 2), 3, 4)
                .constant("axes")
                .attribute("keepdims", 0)
                .answer(0);
        assertEquals(Shape.of(), all.shape());
        assertEquals(7, all.value(0));
    }

    @Test
    void integersWrap() {
        assertEquals(
                -2147483648.0,
                of("reduce_sum", DType.I32, Shape.of(2), 2147483647, 1)
                        .answer(0)
                        .value(0));
        assertEquals(
                0,
                of("reduce_prod", DType.U32, Shape.of(2), 65536, 65536)
                        .answer(0)
                        .value(0));
        Example large = new Example(Operators.named("reduce_sum", "test")).input("data", TensorSpec.of(DType.I64, 2));
        large.tensor("data").setCodeAt(0, Long.MAX_VALUE);
        large.tensor("data").setCodeAt(1, -2);
        Answer answer = large.answer(0);
        assertEquals(0x1p63, answer.value(0));
        assertEquals(-3, answer.low(0));
    }

    @Test
    void functionsOfIntegersCutTheFractionOff() {
        // sqrt(2^24 - 1) is so near 4096 that f32 has that; below, one integer is right.
        Answer near = of("reduce_l2", DType.I32, Shape.of(2), 4095, 90).answer(0);
        assertTrue(near.accepts(0, 4095, DType.I32));
        assertFalse(near.accepts(0, 4096, DType.I32));
        Answer odd = of("reduce_log_sum", DType.I32, Shape.of(2), -4, 4).answer(0);
        assertTrue(odd.isOpen(0), "the logarithm of 0 is no integer");
    }

    /// Whole numbers leave no rounding: a term that is left out, or counted twice, is outside of any bound.
    @ParameterizedTest
    @CsvSource({"reduce_sum", "reduce_l1", "reduce_sum_square", "reduce_max"})
    void exactSumsHaveOneRightValue(String operator) {
        double[] values =
                new Random(5).doubles(1000).map(v -> Math.rint(8 * v) - 4).toArray();
        values[999] = operator.equals("reduce_max") ? 5 : 3;
        Answer answer = of(operator, DType.F32, Shape.of(1000), values).answer(0);
        assertTrue(answer.isExact(0), operator);
        Answer without = of(operator, DType.F32, Shape.of(999), Arrays.copyOf(values, 999))
                .answer(0);
        assertFalse(answer.accepts(0, without.value(0), DType.F32), operator);
    }

    /// A sum in bf16 where f32 is promised, and a plain one.
    @Test
    void narrowSumsAreOutside() {
        Example example = new Example(Operators.named("reduce_sum", "test"))
                .input("data", TensorSpec.of(DType.F32, 1, 4096))
                .constant("axes", 1)
                .fill("normal", 3);
        Answer answer = example.answer(0);
        double narrow = 0;
        float single = 0;
        for (double value : example.values("data")) {
            narrow = DType.BF16.round(narrow + value);
            single += (float) value;
        }
        assertTrue(answer.accepts(0, single, DType.F32));
        assertFalse(answer.accepts(0, narrow, DType.F32));
    }

    /// The reference of f64 is better than f64.
    @ParameterizedTest
    @CsvSource({"normal", "cancelling", "lognormal"})
    void f64SumsAreKnownBeyondF64(String data) {
        Example example = new Example(Operators.named("reduce_sum", "test"))
                .input("data", TensorSpec.of(DType.F64, 3001))
                .fill(data, 9);
        Answer answer = example.answer(0);
        BigDecimal exact = BigDecimal.ZERO;
        for (double value : example.values("data")) {
            exact = exact.add(new BigDecimal(value));
        }
        BigDecimal error = exact.subtract(new BigDecimal(answer.value(0))).subtract(new BigDecimal(answer.low(0)));
        assertTrue(Math.abs(error.doubleValue()) <= 1e-9 * answer.bound(0, DType.F64), data + " " + error);
    }

    @Test
    void specialsTakeTheirWayThroughSums() {
        assertEquals(
                INF, of("reduce_sum", DType.F32, Shape.of(2), INF, 1).answer(0).value(0));
        assertEquals(
                NAN,
                of("reduce_sum", DType.F32, Shape.of(2), INF, -INF).answer(0).value(0));
        assertEquals(
                NAN, of("reduce_max", DType.F32, Shape.of(2), NAN, 3).answer(0).value(0));
        assertEquals(
                NAN, of("reduce_prod", DType.F32, Shape.of(2), INF, 0).answer(0).value(0));
        assertEquals(
                -INF,
                of("reduce_prod", DType.F32, Shape.of(2), INF, -2).answer(0).value(0));
        assertEquals(
                NAN, of("reduce_log_sum", DType.F32, Shape.of(1), -1).answer(0).value(0));
        Answer masked =
                of("reduce_log_sum_exp", DType.F32, Shape.of(2), -INF, -INF).answer(0);
        assertEquals(-INF, masked.value(0));
        assertTrue(masked.mayBeNotFinite(0), "the shift makes NaN of it");
    }

    /// Partial sums beyond the range may stay infinite; the other order is finite.
    @Test
    void sumsThatOverflowOnTheWayAreOpenToInfinity() {
        double large = 3e38;
        Answer answer =
                of("reduce_sum", DType.F32, Shape.of(3), large, large, -large).answer(0);
        assertTrue(answer.mayBeNotFinite(0));
        assertTrue(answer.accepts(0, (float) large, DType.F32));
        assertFalse(answer.accepts(0, (float) large / 2, DType.F32));
        Answer squares = of("reduce_l2", DType.F32, Shape.of(1), 1e30).answer(0);
        assertTrue(squares.mayBeNotFinite(0), "ONNX defines it by the sum of squares");
    }

    @Test
    void productsLeaveTheRangeAndComeBack() {
        Answer answer = of("reduce_prod", DType.F64, Shape.of(4), 1e300, 1e300, 1e-300, 1e-300)
                .answer(0);
        assertTrue(answer.isOpen(0), "overflow or underflow, as the order has it");
        Answer product =
                of("reduce_prod", DType.F32, Shape.of(4), 1.1, 1.2, 1.3, 1.4).answer(0);
        double exact = (double) 1.1f * 1.2f * 1.3f * 1.4f;
        assertTrue(product.accepts(0, (float) exact, DType.F32));
        assertFalse(product.accepts(0, (float) (exact * (1 + 1e-6)), DType.F32));
        assertTrue(of("reduce_prod", DType.F32, Shape.of(3), 3, 5, 7).answer(0).isExact(0));
        assertEquals(
                0x1p-149,
                of("reduce_prod", DType.F32, Shape.of(2), 0x1p-149, 1).answer(0).value(0));
    }

    /// Any box gives what the whole has.
    @Test
    void boxesAgreeWithTheWhole() {
        Example example = new Example(Operators.named("reduce_mean", "test"))
                .input("data", TensorSpec.of(DType.F32, 5, 7, 6))
                .constant("axes", 1)
                .fill("normal", 4);
        Answer whole = example.answer(0);
        List<Region> columns = IntStream.range(0, 6)
                .mapToObj(c -> Region.of(new long[] {0, 0, c}, 5, 1, 1))
                .toList();
        whole.assertEqualBits(
                Answer.of(example.oracle(dev.assay.backend.ComputeContract.STRICT), 0, columns), "columns");
    }

    @Test
    void wrongCallsAreRefused() {
        Operator sum = Operators.named("reduce_sum", "test");
        TensorSpec data = TensorSpec.of(DType.F32, 2, 3);
        for (long[] axes : new long[][] {{2}, {-3}, {0, 0}, {1, -1}}) {
            Example example = new Example(sum).input("data", data).constant("axes", axes);
            assertThrows(InvalidCallException.class, example::call, Arrays.toString(axes));
        }
        assertThrows(
                InvalidCallException.class,
                () -> new Example(sum)
                        .input("data", data)
                        .attribute("keepdims", 2)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> new Example(sum)
                        .input("data", TensorSpec.of(DType.BOOL, 2))
                        .call());
    }
}
