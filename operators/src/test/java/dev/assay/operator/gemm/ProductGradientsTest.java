package dev.assay.operator.gemm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.operator.Answer;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Gradients of linear layers and matrix products: hand-computed values, and kernels that must pass or
/// must not.
class ProductGradientsTest {
    private static final int TOKENS = 300;
    private static final int IN = 24;
    private static final int OUT = 20;

    private static Example small() {
        return new Example(new LinearGrad())
                .input("dY", DType.F32, Shape.of(3, 2), 1, 2, 3, 4, 5, 6)
                .input("X", DType.F32, Shape.of(3, 2), 1, 0, 0, 1, 1, 1)
                .input("W", DType.F32, Shape.of(2, 2), 1, 10, 100, 1000)
                .output("dB");
    }

    @Test
    void gradientsOfALayerAreTheseProducts() {
        Example example = small();
        assertArrayEquals(
                new double[] {201, 2010, 403, 4030, 605, 6050},
                example.answer(0).values());
        assertArrayEquals(new double[] {6, 8, 8, 10}, example.answer(1).values());
        assertArrayEquals(new double[] {9, 12}, example.answer(2).values());
    }

    @Test
    void gradientsSoFarAreAddedTo() {
        Example example = small().input("dW_sum", DType.F64, Shape.of(2, 2), 0.5, 1, 2, 3)
                .input("dB_sum", DType.F64, Shape.of(2), 100, 200);
        assertArrayEquals(new double[] {6.5, 9, 10, 13}, example.answer(1).values());
        assertArrayEquals(new double[] {109, 212}, example.answer(2).values());
        assertEquals(DType.F64, example.outputs().get(1).dtype());
        assertEquals(DType.F32, example.outputs().get(0).dtype());
    }

    @Test
    void operandsOfSeveralProductsHaveTheSum() {
        Example example = new Example(new MatMulGrad())
                .input("dY", DType.F32, Shape.of(2, 1, 1), 2, 3)
                .input("A", DType.F32, Shape.of(2, 1, 2), 1, 2, 3, 4)
                .input("B", DType.F32, Shape.of(2, 1), 10, 20);
        assertArrayEquals(new double[] {20, 40, 30, 60}, example.answer(0).values());
        // 2·1 + 3·3, 2·2 + 3·4
        assertArrayEquals(new double[] {11, 16}, example.answer(1).values());
    }

    @Test
    void noTokensGiveZeros() {
        Example example = new Example(new LinearGrad())
                .input("dY", TensorSpec.of(DType.F32, 0, 2))
                .input("X", TensorSpec.of(DType.F32, 0, 3))
                .input("W", TensorSpec.of(DType.F32, 2, 3))
                .fill("normal", 1)
                .output("dB");
        assertArrayEquals(new double[6], example.answer(1).values());
        assertArrayEquals(new double[2], example.answer(2).values());
    }

    @Test
    void wrongCallsAreRefused() {
        assertThrows(
                InvalidCallException.class,
                () -> small().input("dW_sum", DType.F32, Shape.of(2, 3), 1, 2, 3, 4, 5, 6)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> small().input("dB_sum", DType.F64, Shape.of(2), 1, 2)
                        .attribute("gradient_dtype", 1)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> small().input("dY", DType.F32, Shape.of(2, 2), 1, 2, 3, 4).call());
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new MatMulGrad())
                        .input("dY", DType.F32, Shape.of(2, 1), 2, 3)
                        .input("A", DType.F32, Shape.of(1, 2), 1, 2)
                        .input("B", DType.F32, Shape.of(2, 1), 10, 20)
                        .call());
    }

    private static Example large(DType dtype) {
        return new Example(new LinearGrad())
                .input("dY", TensorSpec.of(dtype, TOKENS, OUT))
                .input("X", TensorSpec.of(dtype, TOKENS, IN))
                .input("W", TensorSpec.of(dtype, OUT, IN))
                .output("dB")
                .fill("normal", 11);
    }

    /// The gradient of the weights as a device computes it, the partial sums of each `block` tokens
    /// kept as `kept` says.
    private static double[] weights(Example example, int tokens, int block, UnaryOperator<Float> kept, DType output) {
        double[] dy = example.values("dY");
        double[] x = example.values("X");
        double[] all = new double[OUT * IN];
        for (int n = 0; n < all.length; n++) {
            float total = 0;
            float part = 0;
            for (int t = 0; t < tokens; t++) {
                part += (float) dy[t * OUT + n / IN] * (float) x[t * IN + n % IN];
                if (t % block == block - 1 || t == tokens - 1) {
                    total = kept.apply(total + kept.apply(part));
                    part = 0;
                }
            }
            all[n] = output.round(total);
        }
        return all;
    }

    private static int refused(Answer answer, double[] got, DType output) {
        int refused = 0;
        for (int i = 0; i < got.length; i++) {
            refused += answer.accepts(i, got[i], output) ? 0 : 1;
        }
        return refused;
    }

    private static float toBf16(float value) {
        return (float) DType.BF16.round(value);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void wrongGradientsOfWeightsAreFoundAndRightOnesPass(DType dtype) {
        Example example = large(dtype);
        Answer answer = example.answer(1);
        int all = answer.size();
        // The rest of a tile of 64 tokens, and a single token.
        assertTrue(refused(answer, weights(example, TOKENS / 64 * 64, 16, x -> x, dtype), dtype) > all * 0.9);
        assertTrue(refused(answer, weights(example, TOKENS - 1, 16, x -> x, dtype), dtype) > all * 0.3);
        // Sums in bf16, partial sums in bf16: an output in bf16 hides some of the latter.
        assertTrue(
                refused(answer, weights(example, TOKENS, 1, ProductGradientsTest::toBf16, dtype), dtype) > all * 0.5);
        Answer wide = example.attribute("gradient_dtype", 1).answer(1);
        double[] partials = weights(example, TOKENS, 64, ProductGradientsTest::toBf16, DType.F32);
        assertTrue(refused(wide, partials, DType.F32) > all * 0.5);
        for (int block : new int[] {1, 16, 64, TOKENS}) {
            assertEquals(0, refused(answer, weights(example, TOKENS, block, x -> x, dtype), dtype), "block " + block);
            assertEquals(0, refused(wide, weights(example, TOKENS, block, x -> x, DType.F32), DType.F32));
        }
        double[] scaled = weights(example, TOKENS, 16, x -> x, dtype);
        assertTrue(refused(answer, Arrays.stream(scaled).map(x -> x / TOKENS).toArray(), dtype) > all * 0.9);
    }

    @Test
    void aRowThatTheBiasLacksIsFound() {
        Example example = large(DType.BF16);
        Answer answer = example.answer(2);
        double[] dy = example.values("dY");
        int found = 0;
        for (int n = 0; n < OUT; n++) {
            float sum = 0;
            for (int t = TOKENS - 1; t >= 0; t--) {
                sum += (float) dy[t * OUT + n];
            }
            assertTrue(answer.accepts(n, DType.BF16.round(sum), DType.BF16));
            double lacking = sum - dy[(TOKENS - 1) * OUT + n];
            found += answer.accepts(n, DType.BF16.round(lacking), DType.BF16) ? 0 : 1;
        }
        assertTrue(found > OUT / 2, "found " + found);
    }

    @Test
    void aGradientThatIsOverwrittenIsFound() {
        Example example = large(DType.BF16);
        double[] before = new double[OUT * IN];
        Arrays.setAll(before, i -> (float) Math.sin(i + 1));
        example.input("dW_sum", DType.F32, Shape.of(OUT, IN), before);
        Answer answer = example.answer(1);
        double[] product = weights(example, TOKENS, 16, x -> x, DType.F32);
        double[] added = new double[before.length];
        Arrays.setAll(added, i -> (float) product[i] + (float) before[i]);
        assertEquals(0, refused(answer, added, DType.F32));
        assertTrue(refused(answer, product, DType.F32) > added.length * 0.9);
        double[] twice = new double[before.length];
        Arrays.setAll(twice, i -> (float) added[i] + (float) before[i]);
        assertTrue(refused(answer, twice, DType.F32) > added.length * 0.9);
    }

    /// Every sum over a run of elements is within a few standard deviations of what the whole
    /// reference says, and one
    /// wrong element shows.
    @Test
    void cheapOraclesAgreeWithTheWholeReference() {
        Example example = large(DType.BF16);
        double[] before = new double[OUT * IN];
        Arrays.setAll(before, i -> (float) (100 * Math.sin(i + 1)));
        example.input("dW_sum", DType.F32, Shape.of(OUT, IN), before);
        Oracle oracle = example.oracle(dev.assay.backend.ComputeContract.STRICT);
        CheapOracle cheap = oracle.cheap(1).orElseThrow();
        double[] right = weights(example, TOKENS, 16, x -> x, DType.F32);
        Arrays.setAll(right, i -> (float) right[i] + (float) before[i]);
        Tensor device = Tensor.of(Arena.ofAuto(), DType.F32, Shape.of(OUT, IN), right);
        assertEquals(OUT, cheap.projections());
        assertTrue(worst(cheap, device) < 6, "worst " + worst(cheap, device));
        device.set(37, right[37] + 0.01);
        assertTrue(worst(cheap, device) > 20, "worst " + worst(cheap, device));
        Answer whole = example.answer(1);
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : cheap.samples()) {
            block.reset(region);
            cheap.expect(region, position -> device, block);
            for (int i = 0; i < region.elements(); i++) {
                int at = Math.toIntExact(region.number(whole.shape(), i));
                assertEquals(whole.value(at), block.values()[i]);
                assertEquals(whole.sigma(at), block.sigmas()[i]);
            }
        }
        assertFalse(cheap.samples().isEmpty());
    }

    private static double worst(CheapOracle cheap, Tensor device) {
        double[] worst = new double[1];
        cheap.project(
                device,
                (first, width, error, rounding, accumulated, certain) -> worst[0] =
                        Math.max(worst[0], Math.max(0, Math.abs(error) - certain) / Math.sqrt(rounding + accumulated)));
        return worst[0];
    }
}
