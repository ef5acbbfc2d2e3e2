package dev.assay.operator.gemm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Answer;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Products beside `matmul`: hand-computed values, calls that are refused, and answers that must not pass.
class FurtherProductsTest {
    private static final Shape TWO = Shape.of(2, 2);

    private static Example gemm(DType dtype) {
        return new Example(new GeneralProduct())
                .input("A", dtype, TWO, 1, 2, 3, 4)
                .input("B", dtype, TWO, 5, 6, 7, 8);
    }

    @Test
    void gemmScalesTransposesAndAdds() {
        Example example = gemm(DType.F32)
                .input("C", DType.F32, Shape.of(2), 10, 20)
                .attribute("alpha", 2.0)
                .attribute("beta", 0.5)
                .attribute("transA", 1);
        // Aᵀ·B = [[26,30],[38,44]]
        assertArrayEquals(new double[] {57, 70, 81, 98}, example.answer(0).values());
    }

    @Test
    void gemmDoesNotReadCWithBetaZero() {
        Example example =
                gemm(DType.F32).input("C", DType.F32, Shape.of(), Double.NaN).attribute("beta", 0.0);
        assertArrayEquals(new double[] {19, 22, 43, 50}, example.answer(0).values());
    }

    @Test
    void gemmOfWholeNumbersWraps() {
        Example example = new Example(new GeneralProduct())
                .input("A", DType.I32, Shape.of(1, 1), 1 << 30)
                .input("B", DType.I32, Shape.of(1, 1), 3)
                .input("C", DType.I32, Shape.of(1), 7)
                .attribute("alpha", 2.0);
        // 6 · 2^30 + 7 modulo 2^32.
        assertEquals((double) (int) (6L * (1 << 30) + 7), example.answer(0).value(0));
    }

    @Test
    void aBiasThatIsLeftOutIsFound() {
        Example example = new Example(new Linear())
                .input("X", TensorSpec.of(DType.BF16, 4, 64))
                .input("W", TensorSpec.of(DType.BF16, 3, 64))
                .input("B", TensorSpec.of(DType.BF16, 3))
                .fill("normal", 5);
        Answer answer = example.answer(0);
        double[] bias = example.values("B");
        for (int i = 0; i < answer.size(); i++) {
            assertTrue(answer.accepts(i, DType.BF16.round(answer.value(i)), DType.BF16));
            assertFalse(answer.accepts(i, DType.BF16.round(answer.value(i) - bias[i % 3]), DType.BF16), "bias " + i);
        }
    }

    @Test
    void wrongSizesAreRefused() {
        Example bad = new Example(new GeneralProduct())
                .input("A", DType.F32, Shape.of(1, 2), 1, 2)
                .input("B", DType.F32, Shape.of(1, 2), 1, 2);
        assertThrows(InvalidCallException.class, bad::call);
        assertThrows(
                InvalidCallException.class,
                () -> gemm(DType.F32)
                        .input("C", DType.F32, Shape.of(3), 1, 2, 3)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> gemm(DType.I32).attribute("alpha", 0.5).call());
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new GroupedMatMul())
                        .input("A", TensorSpec.of(DType.F32, 3, 2))
                        .input("B", TensorSpec.of(DType.F32, 2, 2, 2))
                        .constant("group_sizes", 1, 1)
                        .call());
    }

    @Test
    void integersSubtractTheirZeroPoints() {
        Example example = new Example(new MatMulInteger())
                .input("A", DType.U8, TWO, 11, 7, 3, 255)
                .input("B", DType.I8, Shape.of(2, 1), -128, 4)
                .input("a_zero_point", DType.U8, Shape.of(2), 1, 255)
                .input("b_zero_point", DType.I8, Shape.of(), 4);
        assertArrayEquals(new double[] {-1320, 33264}, example.answer(0).values());
    }

    @Test
    void groupsUseTheirOwnMatrix() {
        Example example = new Example(new GroupedMatMul())
                .input("A", DType.F32, Shape.of(3, 1), 1, 2, 3)
                .input("B", DType.F32, Shape.of(3, 1, 2), 1, 10, 2, 20, 3, 30)
                .constant("group_sizes", 1, 0, 2);
        assertArrayEquals(new double[] {1, 10, 6, 60, 9, 90}, example.answer(0).values());
    }

    @Test
    void scalesOfGroupsAndZeroPointsCount() {
        Example example = new Example(new WeightOnlyMatMul())
                .input("X", DType.F32, Shape.of(1, 4), 1, 2, 3, 4)
                .input("W", DType.U4, Shape.of(1, 4), 1, 2, 3, 15)
                .input("scale", DType.F32, Shape.of(1, 2), 0.5, 2)
                .input("zero_point", DType.U4, Shape.of(1, 2), 8, 1)
                .attribute("group_size", 2);
        // (-7 - 2·6)·0.5 + (3·2 + 4·14)·2
        assertEquals(-9.5 + 124, example.answer(0).value(0));
    }

    @Test
    void blocksOfEightBitFloatsAreScaledOnBothSides() {
        Example example = new Example(new Fp8BlockMatMul())
                .input("X", DType.F8E4M3, Shape.of(1, 3), 1, 2, 4)
                .input("W", DType.F8E4M3, Shape.of(1, 3), 8, 16, 0.5)
                .input("x_scale", DType.F32, Shape.of(1, 2), 3, 5)
                .input("w_scale", DType.F32, Shape.of(1, 2), 0.25, 7)
                .attribute("block_size", 2)
                .attribute("output_dtype", 1);
        assertEquals(40 * 0.75 + 2 * 35, example.answer(0).value(0));
    }

    @Test
    void quantisedProductsAreExactUpToTheirScaling() {
        Example example = new Example(new QuantMatMul())
                .input("X", TensorSpec.of(DType.I8, 5, 300))
                .input("W", TensorSpec.of(DType.I8, 4, 300))
                .input("x_scale", TensorSpec.of(DType.F32, 5, 1))
                .input("w_scale", TensorSpec.of(DType.F32, 4))
                .attribute("output_dtype", 1)
                .fill("normal", 3);
        Answer answer = example.answer(0);
        double[] x = example.values("X");
        double[] w = example.values("W");
        for (int i = 0; i < answer.size(); i++) {
            int row = i / 4;
            int column = i % 4;
            double sum = 0;
            for (int k = 0; k < 300; k++) {
                sum += x[row * 300 + k] * w[column * 300 + k];
            }
            double scale = (float) (example.values("x_scale")[row] * example.values("w_scale")[column]);
            assertTrue(answer.accepts(i, (float) (sum * scale), DType.F32));
            // One unit of the sum is more than all roundings.
            assertFalse(answer.accepts(i, (float) ((sum + 1) * scale), DType.F32));
        }
    }

    private static double[] einsum(String equation, List<Shape> shapes, double... from) {
        CallBuilder builder = new CallBuilder(new Einsum(), "example");
        builder.attribute("equation", new Attribute.Text(equation));
        java.util.Map<String, dev.assay.tensor.Tensor> tensors = new java.util.LinkedHashMap<>();
        int next = 0;
        for (int n = 0; n < shapes.size(); n++) {
            double[] values = new double[(int) shapes.get(n).elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = from[next++];
            }
            String name = Call.member("Inputs", n);
            tensors.put(
                    name,
                    dev.assay.tensor.Tensor.of(java.lang.foreign.Arena.ofAuto(), DType.F32, shapes.get(n), values));
            builder.input(name, TensorSpec.dense(DType.F32, shapes.get(n)));
        }
        return Answer.of(
                        new Einsum()
                                .oracle(
                                        builder.build(),
                                        new dev.assay.operator.Inputs(tensors),
                                        dev.assay.backend.ComputeContract.STRICT),
                        0)
                .values();
    }

    @Test
    void einsumReadsEquations() {
        assertArrayEquals(new double[] {1, 3, 2, 4}, einsum("ij->ji", List.of(TWO), 1, 2, 3, 4));
        assertArrayEquals(new double[] {1, 3, 2, 4}, einsum("ba", List.of(TWO), 1, 2, 3, 4));
        assertArrayEquals(new double[] {5}, einsum("ii", List.of(TWO), 1, 2, 3, 4));
        assertArrayEquals(new double[] {1, 4}, einsum("ii->i", List.of(TWO), 1, 2, 3, 4));
        assertArrayEquals(new double[] {3, 7}, einsum("...j->...", List.of(TWO), 1, 2, 3, 4));
        assertArrayEquals(
                new double[] {19, 43, 22, 50}, einsum("ij, jk -> ki", List.of(TWO, TWO), 1, 2, 3, 4, 5, 6, 7, 8));
        assertArrayEquals(
                new double[] {2 * 5 * 7 + 3 * 5 * 11},
                einsum("i,,i->", List.of(Shape.of(2), Shape.of(), Shape.of(2)), 2, 3, 5, 7, 11));
    }

    @Test
    void wrongEquationsAreRefused() {
        assertThrows(InvalidCallException.class, () -> einsum("ij", List.of(Shape.of(2)), 1, 2));
        assertThrows(InvalidCallException.class, () -> einsum("i->j", List.of(Shape.of(2)), 1, 2));
        assertThrows(InvalidCallException.class, () -> einsum("i,i", List.of(Shape.of(2)), 1, 2));
        assertThrows(InvalidCallException.class, () -> einsum("i,i", List.of(Shape.of(2), Shape.of(3)), 1, 2, 3, 4, 5));
    }
}
