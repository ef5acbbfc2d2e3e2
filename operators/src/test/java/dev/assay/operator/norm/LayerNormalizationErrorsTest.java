package dev.assay.operator.norm;

import static dev.assay.operator.norm.LayerNormalizationTest.example;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.backend.ComputeContract.Variance;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Right kernels and wrong ones against the bounds of layer normalisation.
class LayerNormalizationErrorsTest {
    /// Outputs of a device for rows of `length`: Y, mean, inverse deviation.
    private interface Device {
        double[][] run(double[] x, double[] scale, double[] bias, double epsilon);
    }

    private static float sum(double[] values) {
        float sum = 0;
        for (double value : values) {
            sum += (float) value;
        }
        return sum;
    }

    private static double[][] finish(double[] x, double[] scale, double[] bias, float mean, float variance, double e) {
        float inverse = 1 / (float) Math.sqrt(variance + (float) e);
        double[] y = new double[x.length];
        for (int k = 0; k < x.length; k++) {
            y[k] = ((float) x[k] - mean) * inverse * (float) scale[k] + (float) bias[k];
        }
        return new double[][] {y, {mean}, {inverse}};
    }

    private static double[][] twoPass(double[] x, double[] scale, double[] bias, double epsilon) {
        float mean = sum(x) / x.length;
        double[] squares = new double[x.length];
        Arrays.setAll(squares, k -> ((float) x[k] - mean) * ((float) x[k] - mean));
        return finish(x, scale, bias, mean, sum(squares) / x.length, epsilon);
    }

    private static double[][] welford(double[] x, double[] scale, double[] bias, double epsilon) {
        float mean = 0;
        float squares = 0;
        for (int k = 0; k < x.length; k++) {
            float distance = (float) x[k] - mean;
            mean += distance / (k + 1);
            squares += distance * ((float) x[k] - mean);
        }
        return finish(x, scale, bias, mean, squares / x.length, epsilon);
    }

    private static double[][] naive(double[] x, double[] scale, double[] bias, double epsilon) {
        double[] squares = new double[x.length];
        Arrays.setAll(squares, k -> (float) x[k] * (float) x[k]);
        float mean = sum(x) / x.length;
        return finish(x, scale, bias, mean, Math.max(0, sum(squares) / x.length - mean * mean), epsilon);
    }

    private static double[][] shifted(double[] x, double[] scale, double[] bias, double epsilon) {
        double[] apart = new double[x.length];
        double[] squares = new double[x.length];
        Arrays.setAll(apart, k -> (float) x[k] - (float) x[0]);
        Arrays.setAll(squares, k -> (float) apart[k] * (float) apart[k]);
        float mean = sum(apart) / x.length;
        float variance = Math.max(0, sum(squares) / x.length - mean * mean);
        return finish(x, scale, bias, (float) x[0] + mean, variance, epsilon);
    }

    /// Moments about the mean of the first few elements, which is near that of the row and not it.
    private static double[][] shiftedByFew(double[] x, double[] scale, double[] bias, double epsilon) {
        float near = sum(Arrays.copyOf(x, 32)) / 32;
        double[] apart = new double[x.length];
        double[] squares = new double[x.length];
        Arrays.setAll(apart, k -> (float) x[k] - near);
        Arrays.setAll(squares, k -> (float) apart[k] * (float) apart[k]);
        float mean = sum(apart) / x.length;
        float variance = Math.max(0, sum(squares) / x.length - mean * mean);
        return finish(x, scale, bias, near + mean, variance, epsilon);
    }

    private static double[][] forgetsLast(double[] x, double[] scale, double[] bias, double epsilon) {
        double[] most = Arrays.copyOf(x, x.length - 1);
        double[][] short1 = twoPass(most, scale, bias, epsilon);
        return finish(
                x, scale, bias, (float) short1[1][0], (float) (1 / (short1[2][0] * short1[2][0]) - epsilon), epsilon);
    }

    private static double[][] epsilonOutside(double[] x, double[] scale, double[] bias, double epsilon) {
        double[][] right = twoPass(x, scale, bias, 0);
        float deviation = (float) (1 / right[2][0] + epsilon);
        return finish(x, scale, bias, (float) right[1][0], deviation * deviation, 0);
    }

    /// Rms of error over sigma for each output; -1 if some element is refused.
    private static double[] judge(Device device, Example example, int length, ComputeContract contract) {
        double[] x = example.values("X");
        double[] scale = example.values("Scale");
        double[] bias = example.values("B");
        DType[] types = {example.tensor("X").dtype(), DType.F32, DType.F32};
        double[] rms = new double[3];
        List<double[][]> rows = new ArrayList<>();
        for (int from = 0; from < x.length; from += length) {
            rows.add(device.run(Arrays.copyOfRange(x, from, from + length), scale, bias, 1e-5));
        }
        for (int output = 0; output < 3; output++) {
            Answer answer = example.answer(output, contract);
            double sum = 0;
            int counted = 0;
            for (int i = 0; i < answer.size(); i++) {
                int row = output == 0 ? i / length : i;
                double got = types[output].round(rows.get(row)[output][output == 0 ? i % length : 0]);
                if (!answer.accepts(i, got, types[output])) {
                    rms[output] = -1;
                    break;
                }
                double ulp = types[output].ulp(answer.value(i));
                double variance = answer.sigma(i) * answer.sigma(i) + ulp * ulp / 12 + 1e-300;
                sum += Math.pow(got - answer.value(i), 2) / variance;
                counted++;
            }
            rms[output] = rms[output] < 0 ? -1 : Math.sqrt(sum / counted);
        }
        return rms;
    }

    @ParameterizedTest
    @CsvSource({
        "F32,normal", "F32,uniform", "F32,outliers", "F32,large-mean", "F32,tiny-variance", "F32,lognormal",
        "F32,cancelling", "BF16,normal", "BF16,outliers", "BF16,large-mean", "F16,normal", "F16,tiny-variance"
    })
    void stableKernelsStayWithinSigmaAndFillIt(DType dtype, String fill) {
        int length = 333;
        Example example = example(dtype, true, -1, 16, length).fill(fill, 12);
        double[] two = judge(LayerNormalizationErrorsTest::twoPass, example, length, ComputeContract.STRICT);
        double[] online = judge(LayerNormalizationErrorsTest::welford, example, length, ComputeContract.STRICT);
        for (int output = 0; output < 3; output++) {
            // The bound of the deviation serves Welford's updates, which lose with a large mean what two passes keep.
            double least = output == 2 && fill.equals("large-mean") ? 1e-4 : 0.02;
            // Equal terms round alike.
            double most = fill.equals("tiny-variance") ? 5 : 3;
            assertTrue(two[output] > least && two[output] < most, fill + " two passes: " + Arrays.toString(two));
            assertTrue(online[output] > 0.02 && online[output] < 3, fill + " Welford: " + Arrays.toString(online));
        }
    }

    /// Sums of equal terms, in the order that errs most: constant rows, and rows of whole numbers.
    @ParameterizedTest
    @CsvSource({"F32,tiny-variance", "F32,integers", "F32,'integers(0,1)'", "BF16,tiny-variance", "F32,normal"})
    void longSequentialSumsOfEqualTermsAreSpared(DType dtype, String fill) {
        int length = 8192;
        Example example = example(dtype, true, -1, 4, length).fill(fill, 16);
        double[] rms = judge(LayerNormalizationErrorsTest::twoPass, example, length, ComputeContract.STRICT);
        assertTrue(rms[0] >= 0 && rms[1] >= 0 && rms[2] >= 0, Arrays.toString(rms));
    }

    @Test
    void independentTermsKeepTheBoundOfIndependentErrors() {
        Example example = example(DType.F32, true, -1, 64, 1000).fill("normal", 17);
        Answer mean = example.answer(1);
        Answer inverse = example.answer(2);
        for (int i = 0; i < 64; i++) {
            assertTrue(mean.deterministic(i) < mean.sigma(i) / 100);
            assertTrue(inverse.deterministic(i) < inverse.sigma(i) / 100);
        }
    }

    @Test
    void naiveVariancesNeedToBeDeclared() {
        int length = 333;
        ComputeContract declared =
                ComputeContract.strict().variance(Variance.NAIVE).build();
        Example large = example(DType.F32, true, -1, 16, length).fill("normal(300,1)", 13);
        assertEquals(-1, judge(LayerNormalizationErrorsTest::naive, large, length, ComputeContract.STRICT)[2]);
        double[] rms = judge(LayerNormalizationErrorsTest::naive, large, length, declared);
        assertTrue(rms[2] > 0.02 && rms[2] < 3, Arrays.toString(rms));
        assertTrue(rms[0] > 0.02 && rms[0] < 3, Arrays.toString(rms));
    }

    /// The first element of a row with outliers may be one.
    @Test
    void momentsAboutTheFirstElementNeedToBeDeclared() {
        int length = 515;
        ComputeContract declared =
                ComputeContract.strict().variance(Variance.SHIFTED).build();
        int refused = 0;
        for (int seed = 0; seed < 8; seed++) {
            Example spread = example(DType.F32, true, -1, 64, length).fill("lognormal(2)", seed);
            double[] rms = judge(LayerNormalizationErrorsTest::shifted, spread, length, declared);
            assertTrue(rms[0] >= 0 && rms[1] >= 0 && rms[2] >= 0, Arrays.toString(rms));
            refused +=
                    judge(LayerNormalizationErrorsTest::shifted, spread, length, ComputeContract.STRICT)[1] < 0 ? 1 : 0;
        }
        assertTrue(refused > 0, "none is refused undeclared");
    }

    /// Rows whose first element happens to be the mean have room for it all the same.
    @Test
    void momentsAboutATypicalValueAreShiftedOnes() {
        int length = 1030;
        ComputeContract declared =
                ComputeContract.strict().variance(Variance.SHIFTED).build();
        int refused = 0;
        for (int seed = 0; seed < 8; seed++) {
            Example example = example(DType.F32, true, -1, 64, length).fill("uniform(-1,1)", seed);
            for (int row = 0; row < 64; row++) {
                example.tensor("X").set((long) row * length, 1e-3);
            }
            double[] rms = judge(LayerNormalizationErrorsTest::shiftedByFew, example, length, declared);
            assertTrue(rms[0] >= 0 && rms[1] >= 0 && rms[2] >= 0, Arrays.toString(rms));
            refused += judge(LayerNormalizationErrorsTest::shiftedByFew, example, length, ComputeContract.STRICT)[1] < 0
                    ? 1
                    : 0;
        }
        assertTrue(refused > 0, "none is refused undeclared");
    }

    /// E(x²) - E(x)² of equal elements is what their squares were rounded by, which a small epsilon does not hide.
    @Test
    void naiveVarianceOfConstantRowsNeedNotBeZero() {
        int length = 333;
        ComputeContract declared =
                ComputeContract.strict().variance(Variance.NAIVE).build();
        int refused = 0;
        for (String value : List.of("1.1", "1.3", "1.7", "2.3", "2.9", "3.7", "5.1", "7.9")) {
            Example constant = example(DType.F32, true, -1, 4, length).fill("uniform(" + value + "," + value + ")", 13);
            assertTrue(judge(LayerNormalizationErrorsTest::naive, constant, length, declared)[2] >= 0, value);
            refused +=
                    judge(LayerNormalizationErrorsTest::naive, constant, length, ComputeContract.STRICT)[2] < 0 ? 1 : 0;
        }
        assertTrue(refused > 0, "none is refused undeclared");
    }

    @Test
    void wrongKernelsAreRefused() {
        int length = 333;
        Example example = example(DType.F32, true, -1, 16, length).fill("normal", 14);
        Example tiny = example(DType.F32, true, -1, 16, length).fill("tiny-variance", 14);
        double[] shorter = judge(LayerNormalizationErrorsTest::forgetsLast, example, length, ComputeContract.STRICT);
        assertEquals("[-1.0, -1.0, -1.0]", Arrays.toString(shorter));
        double[] outside = judge(LayerNormalizationErrorsTest::epsilonOutside, tiny, length, ComputeContract.STRICT);
        assertEquals(-1, outside[0]);
        assertEquals(-1, outside[2]);
        double[] swapped =
                judge((x, scale, bias, e) -> twoPass(x, bias, scale, e), example, length, ComputeContract.STRICT);
        assertEquals(-1, swapped[0]);
        double[] rounded = judge(
                (x, scale, bias, e) ->
                        twoPass(Arrays.stream(x).map(DType.BF16::round).toArray(), scale, bias, e),
                example,
                length,
                ComputeContract.STRICT);
        assertEquals(-1, rounded[0]);
    }

    @Test
    void storedIntermediatesWidenTheBound() {
        Example example = example(DType.F32, true, -1, 4, 64).fill("normal", 15);
        ComputeContract statistics =
                ComputeContract.strict().statistics(Stored.as(DType.BF16)).build();
        ComputeContract normalized =
                ComputeContract.strict().normalized(Stored.as(DType.BF16)).build();
        ComputeContract slow = ComputeContract.strict().rsqrtUlps(1000).build();
        Answer strict = example.answer(0);
        for (int i = 0; i < strict.size(); i++) {
            assertTrue(example.answer(0, statistics).sigma(i) > strict.sigma(i));
            assertTrue(example.answer(0, normalized).sigma(i) > strict.sigma(i));
            assertTrue(example.answer(0, slow).sigma(i) > strict.sigma(i));
        }
        assertEquals(example.answer(2).value(0), example.answer(2, statistics).value(0));
    }

    @Test
    void statisticsMayLeaveTheRangeOfTheTypeTheyAreKeptIn() {
        ComputeContract f16 =
                ComputeContract.strict().statistics(Stored.as(DType.F16)).build();
        Example example = new Example(new LayerNormalization())
                .input("X", DType.F32, Shape.of(4, 2), 40000, 40001, 300, -300, 0.25, 0.75, 10, 20)
                .input("Scale", DType.F32, Shape.of(2), 1, 1);
        Answer y = example.answer(0, f16);
        assertTrue(y.isOpen(0), "a mean of 40000 is within a rounding of f16's largest number");
        assertTrue(y.isOpen(2), "so is a variance of 90000");
        assertFalse(y.isOpen(4) || y.mayBeNotFinite(4));
        assertFalse(example.answer(0).isOpen(0) || example.answer(0).isOpen(2));
        Example sums = new Example(new LayerNormalization())
                .input("X", DType.F32, Shape.of(1, 4), 20000, 20001, 20002, 20001)
                .input("Scale", DType.F32, Shape.of(4), 1, 1, 1, 1);
        assertTrue(sums.answer(0, f16).mayBeNotFinite(0), "a sum of 80004 is no f16");
        assertFalse(sums.answer(0, f16).isOpen(0));
        assertFalse(sums.answer(0).mayBeNotFinite(0));
    }

    /// Below the normal numbers of f16 a variance of 1e-7 loses all but a bit.
    @Test
    void smallStatisticsLoseMoreThanARounding() {
        ComputeContract f16 =
                ComputeContract.strict().statistics(Stored.as(DType.F16)).build();
        ComputeContract bf16 =
                ComputeContract.strict().statistics(Stored.as(DType.BF16)).build();
        Example small =
                example(DType.F32, true, -1, 4, 64).attribute("epsilon", 1e-8).fill("normal(0,3e-4)", 15);
        Example usual = example(DType.F32, true, -1, 4, 64).fill("normal", 15);
        assertTrue(small.answer(2, f16).sigma(0) > 10 * small.answer(2, bf16).sigma(0));
        assertTrue(usual.answer(2, f16).sigma(0) < usual.answer(2, bf16).sigma(0));
    }

    /// Squares of long bf16 rows clump, and the errors of their sum have one sign.
    @Test
    void rowsWithDependentErrorsAreNoGroundForStatistics() {
        Answer constant = example(DType.F32, true, -1, 4, 8192)
                .fill("uniform(0.1,0.1)", 33)
                .answer(1);
        Answer normal = example(DType.F32, true, -1, 64, 300).fill("normal", 33).answer(1);
        for (int row = 0; row < 4; row++) {
            assertTrue((constant.flag(row) & ExpectedBlock.GUARDED) != 0);
            assertTrue(constant.deterministic(row) > constant.sigma(row));
        }
        int guarded = 0;
        for (int row = 0; row < 64; row++) {
            guarded += normal.flag(row) != 0 ? 1 : 0;
            assertTrue(normal.deterministic(row) < normal.sigma(row) / 100);
        }
        assertTrue(guarded < 16, "a few by chance: " + guarded);
    }
}
