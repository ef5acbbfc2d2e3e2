package dev.assay.operator.gemm;

import static dev.assay.operator.gemm.MatMulExamples.MATMUL;
import static dev.assay.operator.gemm.MatMulExamples.device;
import static dev.assay.operator.gemm.MatMulExamples.example;
import static dev.assay.operator.gemm.MatMulExamples.legitimate;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.gemm.MatMulExamples.Accumulate;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Data sets and probes of products.
class MatMulProbesTest {
    @Test
    void partialSumsMayLeaveTheRangeOfTheTypeTheyTravelIn() {
        ComputeContract f16 = ComputeContract.strict()
                .partials(ComputeContract.Stored.as(DType.F16), 2)
                .build();
        ComputeContract bf16 = ComputeContract.strict()
                .partials(ComputeContract.Stored.as(DType.BF16), 2)
                .build();
        Example example = new Example(MATMUL)
                .input("A", DType.F32, Shape.of(1, 2), 300, 300)
                .input("B", DType.F32, Shape.of(2, 1), 300, -299);
        assertTrue(example.answer(0, f16).mayBeNotFinite(0));
        assertFalse(example.answer(0, bf16).mayBeNotFinite(0));
        assertFalse(probes(DType.F16, f16, 100).contains("overflow"));
        assertTrue(probes(DType.F16, bf16, 100).contains("overflow"));
    }

    /// Two terms that cancel are there in every sum: what an accumulator rounds of them it would round in all alike.
    @Test
    void anAccumulatorOfFewBitsDoesNotRoundTheLargeTerms() {
        Example example = example(DType.F16, "4x64", "64x4").fill("overflow", 9);
        double largest = 0;
        for (double value : example.values("A")) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertEquals(2 * largest, DType.BF16.round(2 * largest));
        assertEquals(Double.POSITIVE_INFINITY, DType.F16.round(2 * largest - 1000));
    }

    @Test
    void dataSetsGiveOperandsTheirRoles() {
        Example example = example(DType.F32, "2x3", "3x5");
        assertEquals("repeating", fill(example, "B", "cancelling"));
        assertEquals("cancelling", fill(example, "A", "cancelling"));
        assertEquals("overflow-partner", fill(example, "B", "overflow"));
        assertEquals("normal(0,0.02)", fill(example, "B", "outliers"));
        assertEquals("lognormal", fill(example, "B", "lognormal"));
        assertThrows(InvalidCallException.class, () -> fill(example, "A", "peaky"));
        assertEquals(new Fill.Along(3, 1), MATMUL.along(example.call(), "A"));
        assertEquals(new Fill.Along(3, 5), MATMUL.along(example.call(), "B"));
        assertEquals(
                new Fill.Along(3, 1),
                MATMUL.along(example(DType.F32, "2x3", "3").call(), "B"));
    }

    private static String fill(Example example, String input, String dataSet) {
        return MATMUL.fill(example.call(), input, Fills.parse(dataSet, "here")).name();
    }

    private static List<String> probes(DType dtype, ComputeContract contract, long depth) {
        return MATMUL.probes(example(dtype, "3x" + depth, depth + "x4").call(), contract).stream()
                .map(dev.assay.operator.Probe::fill)
                .toList();
    }

    @Test
    void probesFollowTheContract() {
        List<String> f32 = probes(DType.F32, ComputeContract.STRICT, 100);
        assertTrue(f32.containsAll(List.of(
                "integers(-2,2)",
                "one-hot",
                "full-mantissa",
                "accumulator(24)",
                "ties",
                "partials(24)",
                "subnormals")));
        assertTrue(probes(DType.F16, ComputeContract.STRICT, 100).contains("overflow"));
        ComputeContract aligned = ComputeContract.strict()
                .accumulator(new ComputeContract.Accumulator.Aligned(14, 8))
                .build();
        assertFalse(probes(DType.BF16, aligned, 100).contains("ties"));
        assertTrue(probes(DType.BF16, aligned, 100).contains("accumulator(14)"));
        ComputeContract flushes = ComputeContract.strict().flushesOutputs(true).build();
        assertFalse(probes(DType.F32, flushes, 100).contains("subnormals"));
        assertEquals(List.of(), probes(DType.F32, ComputeContract.STRICT, 0));
        assertFalse(probes(DType.F32, ComputeContract.STRICT, 1).contains("ties"));
    }

    /// Each probe has one right answer, which every legitimate kernel gives, in each dtype and order.
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void legitimateKernelsGiveTheOneRightAnswerToProbes(DType dtype) {
        int m = 9;
        int n = 8;
        for (int k : new int[] {2, 3, 150, 1000}) {
            for (String fill : probes(dtype, ComputeContract.STRICT, k)) {
                if (fill.equals("overflow")) {
                    continue;
                }
                Example example = example(dtype, m + "x" + k, k + "x" + n).fill(fill, 3);
                Answer answer = example.answer(0);
                List<double[]> kernels = legitimate(example, m, k, n, DType.F32, dtype);
                kernels.addAll(legitimate(example, m, k, n, DType.F64, dtype));
                for (double[] got : kernels) {
                    for (int i = 0; i < got.length; i++) {
                        assertTrue(answer.isExact(i), fill + " k " + k);
                        assertTrue(answer.accepts(i, got[i], dtype), fill + " k " + k + " element " + i);
                    }
                }
            }
        }
    }

    private static double towardZero(double value) {
        float rounded = (float) value;
        return Math.abs(rounded) > Math.abs(value) ? Math.copySign(Math.nextDown(Math.abs(rounded)), rounded) : rounded;
    }

    private static double bits(double value, int precision) {
        double unit = value == 0 ? 1 : Math.scalb(1.0, Math.getExponent(value) - precision + 1);
        return Math.rint(value / unit) * unit;
    }

    private static int refused(Example example, int m, int n, int k, DType dtype, Accumulate sums) {
        double[] got = device(example, m, n, k, dtype, sums);
        Answer answer = example.answer(0);
        int refused = 0;
        for (int i = 0; i < got.length; i++) {
            refused += answer.accepts(i, got[i], dtype) ? 0 : 1;
        }
        return refused;
    }

    @Test
    void eachProbeShowsWhatItIsFor() {
        int m = 9;
        int n = 8;
        int k = 150;
        Example ties = example(DType.F32, "9x150", "150x8").fill("ties", 4);
        assertTrue(refused(ties, m, n, k, DType.F32, (sum, term) -> towardZero(sum + term)) > 20, "cut-off sums");
        assertEquals(0, refused(ties, m, n, k, DType.F32, (sum, term) -> (float) (sum + term)));
        Example accumulator = example(DType.BF16, "9x150", "150x8").fill("accumulator", 4);
        assertTrue(refused(accumulator, m, n, k, DType.BF16, (sum, term) -> DType.F16.round(sum + term)) > 20);
        assertTrue(refused(accumulator, m, n, k, DType.BF16, (sum, term) -> DType.BF16.round(sum + term)) > 60);
        // Two bits too few, in long and short sums, whatever the output rounds off.
        for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
            for (int depth : new int[] {8, 15, 150}) {
                Example partials = example(dtype, "9x" + depth, depth + "x8").fill("partials", 4);
                Accumulate narrow = (sum, term) -> bits(sum + term, 22);
                assertTrue(refused(partials, m, n, depth, dtype, narrow) > 20, dtype + " " + depth);
                assertEquals(0, refused(partials, m, n, depth, dtype, (sum, term) -> (float) (sum + term)));
            }
        }
        for (String fill : List.of("one-hot", "full-mantissa")) {
            Example example = example(DType.F32, "9x150", "150x8").fill(fill, 4);
            String rounded = fill.equals("one-hot") ? "B" : "A";
            Tensor tensor = example.tensor(rounded);
            Answer answer = example.answer(0);
            double[] right = answer.values();
            for (long i = 0; i < tensor.shape().elements(); i++) {
                tensor.set(i, dev.assay.numerics.InputRoundings.round(InputRounding.TF32, tensor.get(i)));
            }
            double[] tf32 = example.answer(0).values();
            int caught = 0;
            for (int i = 0; i < right.length; i++) {
                caught += answer.accepts(i, tf32[i], DType.F32) ? 0 : 1;
            }
            assertTrue(caught > (fill.equals("one-hot") ? 60 : 0), fill + ": " + caught);
        }
        Example subnormals = example(DType.F32, "9x150", "150x8").fill("subnormals", 4);
        Accumulate flushing = (sum, term) -> Math.abs(sum + term) < 0x1p-126 ? 0 : (float) (sum + term);
        assertTrue(refused(subnormals, m, n, k, DType.F32, flushing) > 20, "flushed");
    }
}
