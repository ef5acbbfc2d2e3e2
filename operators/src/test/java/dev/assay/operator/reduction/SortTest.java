package dev.assay.operator.reduction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SortTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    private static Example sort(DType dtype, Shape shape, double... values) {
        return new Example(Operators.named("sort", "test")).input("X", dtype, shape, values);
    }

    private static Example stable(DType dtype, Shape shape, double... values) {
        return sort(dtype, shape, values).attribute("stable", 1);
    }

    /// The indices that are expected of a device that returned these.
    private static double[] given(Example example, long... returned) {
        Tensor indices = Tensor.allocate(TensorSpec.of(DType.I64, returned.length), Arena.ofAuto());
        for (int i = 0; i < returned.length; i++) {
            indices.setCodeAt(i, returned[i]);
        }
        return Answer.given(example.oracle(ComputeContract.STRICT), 1, example.tensor("X"), indices)
                .values();
    }

    @Test
    void equalElementsKeepTheirOrderBothWays() {
        for (DType dtype : List.of(DType.F64, DType.F32, DType.F16, DType.BF16, DType.I8, DType.I64, DType.U16)) {
            Example up = stable(dtype, Shape.of(5), 3, 7, 7, 1, 7);
            assertArrayEquals(new double[] {1, 3, 7, 7, 7}, up.answer(0).values());
            assertArrayEquals(new double[] {3, 0, 1, 2, 4}, given(up, 0, 0, 0, 0, 0));
            Example down = stable(dtype, Shape.of(5), 3, 7, 7, 1, 7).attribute("descending", 1);
            assertArrayEquals(new double[] {7, 7, 7, 3, 1}, down.answer(0).values());
            assertArrayEquals(new double[] {1, 2, 4, 0, 3}, down.answer(1).values());
            assertArrayEquals(
                    new double[] {1, 2, 4, 0, 3}, given(down, 4, 2, 1, 0, 3), "the ascending order, turned around");
        }
    }

    @Test
    void nanIsLargestAndZerosAreEqual() {
        Example up = stable(DType.F32, Shape.of(7), NAN, INF, 0.0, -0.0, -INF, NAN, -1);
        assertArrayEquals(new double[] {4, 6, 2, 3, 1, 0, 5}, up.answer(1).values());
        assertEquals(NAN, up.answer(0).value(6));
        Example down = stable(DType.F32, Shape.of(7), NAN, INF, 0.0, -0.0, -INF, NAN, -1)
                .attribute("descending", 1);
        assertArrayEquals(new double[] {0, 5, 1, 2, 3, 6, 4}, down.answer(1).values());
    }

    /// Whatever the sign and payload of a NaN.
    @Test
    void nanWithASignIsLargestToo() {
        Example example = stable(DType.BF16, Shape.of(3), 0, 2, 1);
        example.tensor("X").setCodeAt(0, 0xFFC1);
        assertArrayEquals(new double[] {2, 1, 0}, example.answer(1).values());
    }

    @Test
    void withoutStableAnyOrderOfEqualElementsWillDo() {
        Example example = sort(DType.F32, Shape.of(5), 3, 7, NAN, 7, NAN);
        assertArrayEquals(new double[] {0, 3, 1, 4, 2}, given(example, 0, 3, 1, 4, 2));
        double[] right = {0, 1, 3, 2, 4};
        assertArrayEquals(right, given(example, 0, 1, 1, 2, 4), "one of them twice");
        assertArrayEquals(right, given(example, 0, 1, 2, 3, 4), "a NaN between numbers");
        assertArrayEquals(right, given(example, 0, 1, 3, 2, 5), "an index of nothing");
        assertArrayEquals(right, given(example, -1, 1, 3, 2, 4), "an index of nothing");
    }

    /// Comparing in f64 would make them equal.
    @Test
    void integersBeyondF64() {
        Example signed = stable(DType.I64, Shape.of(3), 0, 0, 0);
        Example unsigned = stable(DType.U64, Shape.of(3), 0, 0, 0);
        for (Example example : List.of(signed, unsigned)) {
            example.tensor("X").setCodeAt(0, Long.MAX_VALUE);
            example.tensor("X").setCodeAt(1, -1);
            example.tensor("X").setCodeAt(2, Long.MAX_VALUE - 1);
        }
        assertArrayEquals(new double[] {1, 2, 0}, signed.answer(1).values());
        assertArrayEquals(new double[] {2, 0, 1}, unsigned.answer(1).values());
        assertEquals(-2, signed.answer(0).low(1), "2^63 - 2, of which f64 holds 2^63");
    }

    @ParameterizedTest
    @CsvSource({"0,1 0 0 0 1 1,1 1 2 9 8 3", "-1,1 2 0 0 2 1,1 2 9 1 3 8"})
    void linesAlongADimension(long axis, String indices, String values) {
        Example example = stable(DType.I32, Shape.of(2, 3), 9, 1, 2, 1, 8, 3).attribute("axis", axis);
        assertEquals(values, text(example.answer(0)));
        assertEquals(indices, text(example.answer(1)));
    }

    private static String text(Answer answer) {
        StringBuilder text = new StringBuilder();
        for (double value : answer.values()) {
            text.append(text.isEmpty() ? "" : " ").append((long) value);
        }
        return text.toString();
    }

    @Test
    void emptyLinesStayEmpty() {
        assertEquals(0, stable(DType.F32, Shape.of(3, 0)).answer(0).size());
        assertEquals(0, sort(DType.F32, Shape.of(0, 3)).answer(1).size());
        assertArrayEquals(new double[] {0}, given(sort(DType.F32, Shape.of(1), NAN), 0));
    }

    @Test
    void wrongCallsAreRefused() {
        assertThrows(
                InvalidCallException.class, () -> sort(DType.F32, Shape.of(), 1).call());
        for (String flag : List.of("stable", "descending")) {
            assertThrows(
                    InvalidCallException.class,
                    () -> sort(DType.F32, Shape.of(1), 1).attribute(flag, 2).call());
        }
        assertThrows(
                InvalidCallException.class,
                () -> sort(DType.F32, Shape.of(1), 1).attribute("axis", 1).call());
    }
}
