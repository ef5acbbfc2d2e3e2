package dev.assay.operator.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuantizationTest {
    private static Example quantize(DType scale, double step, double... x) {
        return new Example(new QuantizeLinear())
                .input("x", DType.F32, Shape.of(x.length), x)
                .input("y_scale", scale, Shape.of(), step);
    }

    @Test
    void tiesGoToEvenAndLimitsStop() {
        Answer answer = quantize(DType.F32, 2, 1, 3, -1, 5, 1000, -1000, Double.POSITIVE_INFINITY)
                .input("y_zero_point", DType.I8, Shape.of(), 1)
                .answer(0);
        assertArrayEquals(new double[] {1, 3, 1, 3, 127, -128, 127}, answer.values());
        for (int i = 0; i < answer.size(); i++) {
            assertTrue(answer.isExact(i));
        }
    }

    /// Next to the border of two codes either is right, and no third; elsewhere only one is.
    @Test
    void onlyBordersAreOpen() {
        float step = 0.1f;
        Answer answer = quantize(DType.F32, step, (float) (2.5 * step), 0.26, 0.24)
                .input("y_zero_point", DType.I8, Shape.of(), 0)
                .answer(0);
        assertTrue(answer.accepts(0, 2, DType.I8) && answer.accepts(0, 3, DType.I8));
        assertFalse(answer.accepts(0, 1, DType.I8) || answer.accepts(0, 4, DType.I8));
        assertTrue(answer.isExact(1) && answer.value(1) == 3);
        assertTrue(answer.isExact(2) && answer.value(2) == 2);
    }

    @Test
    void floatingPointCodesSaturateOrNot() {
        double[] x = {1000, -1000, 17, 0.3};
        Answer stops = quantize(DType.F32, 1, x).attribute("output_dtype", 17).answer(0);
        assertArrayEquals(new double[] {448, -448, 16, 0.3125}, stops.values());
        Answer leaves = quantize(DType.F32, 1, x)
                .attribute("output_dtype", 17)
                .attribute("saturate", 0)
                .answer(0);
        assertTrue(Double.isNaN(leaves.value(0)) && Double.isNaN(leaves.value(1)));
        assertEquals(16, leaves.value(2));
    }

    @Test
    void blocksHaveTheirScales() {
        Answer answer = new Example(new QuantizeLinear())
                .input("x", DType.F32, Shape.of(1, 5), 2, 4, 6, 8, 10)
                .input("y_scale", DType.F32, Shape.of(1, 3), 1, 2, 4)
                .attribute("block_size", 2)
                .answer(0);
        assertArrayEquals(new double[] {2, 4, 3, 4, 2}, answer.values());
    }

    @Test
    void dequantisationSubtractsAndScales() {
        Answer answer = new Example(new DequantizeLinear())
                .input("x", DType.U8, Shape.of(2, 2), 0, 128, 255, 130)
                .input("x_scale", DType.F32, Shape.of(2), 0.5, 2)
                .input("x_zero_point", DType.U8, Shape.of(2), 128, 0)
                .answer(0);
        assertArrayEquals(new double[] {-64, 256, 63.5, 260}, answer.values());
    }

    @Test
    void wrongCallsAreRefused() {
        assertThrows(
                InvalidCallException.class,
                () -> quantize(DType.F32, 1, 1).attribute("output_dtype", 1).call());
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new QuantizeLinear())
                        .input("x", DType.F32, Shape.of(2, 3), 1, 2, 3, 4, 5, 6)
                        .input("y_scale", DType.F32, Shape.of(2), 1, 2)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new DynamicQuantizeLinear())
                        .input("x", DType.F32, Shape.of(0))
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new DequantizeLinear())
                        .input("x", DType.I8, Shape.of(1), 1)
                        .input("x_scale", DType.E8M0, Shape.of(), 1)
                        .call());
    }

    private static ExpectedBlock expected(Example example, int output, Tensor... device) {
        Oracle oracle = example.oracle(ComputeContract.STRICT);
        ExpectedBlock block = new ExpectedBlock();
        block.reset(Region.all(oracle.shape(output)));
        oracle.expect(output, Region.all(oracle.shape(output)), List.of(device)::get, block);
        return block;
    }

    private static Tensor tensor(DType dtype, double... values) {
        return Tensor.of(Arena.ofAuto(), dtype, Shape.of(values.length), values);
    }

    /// The device's own scale counts for codes, and is judged by itself.
    @Test
    void codesFollowTheScaleOfTheDevice() {
        Example example = new Example(new DynamicQuant()).input("x", DType.F32, Shape.of(1, 3), 127, -63.5, 1);
        ExpectedBlock scale = expected(example, 1);
        assertEquals(1, scale.values()[0]);
        assertTrue(scale.deterministic()[0] < 1e-6);
        ExpectedBlock codes = expected(example, 0, tensor(DType.I8, 0), tensor(DType.F32, 2));
        assertEquals(-32, codes.values()[1]);
        assertEquals(64, codes.values()[0]);
    }

    @Test
    void rangesIncludeZero() {
        Example example = new Example(new DynamicQuantizeLinear()).input("x", DType.F32, Shape.of(2), 2, 5);
        assertEquals(5.0 / 255, expected(example, 1).values()[0]);
        Tensor scale = tensor(DType.F32, 5.0 / 255);
        assertEquals(0, expected(example, 2, tensor(DType.U8, 0), scale).values()[0]);
        ExpectedBlock codes = expected(example, 0, tensor(DType.U8, 0), scale, tensor(DType.U8, 0));
        assertEquals(102, codes.values()[0]);
        assertEquals(255, codes.values()[1]);
    }

    @Test
    void microscalesArePowersOfTwo() {
        Example example = new Example(new MxQuantize())
                .input("x", DType.F32, Shape.of(5), 1.9, -0.25, 480, 7, 0)
                .attribute("block_size", 2);
        // 2^(0 - 8), 2^(8 - 8), open
        assertEquals(0x1p-8, expected(example, 1).values()[0]);
        assertEquals(1, expected(example, 1).values()[1]);
        assertEquals(ExpectedBlock.ANY, expected(example, 1).flags()[2]);
        Tensor scales = tensor(DType.E8M0, 0x1p-8, 1, 1);
        double[] codes = expected(example, 0, scales, scales).values();
        // 486.4 and 480 are beyond the largest code.
        assertArrayEquals(new double[] {448, -64, 448, 7, 0}, java.util.Arrays.copyOf(codes, 5));
        Example up = new Example(new MxQuantize())
                .input("x", DType.F32, Shape.of(2), 480, 7)
                .attribute("round_scale_up", 1);
        assertEquals(2, expected(up, 1).values()[0]);
    }
}
