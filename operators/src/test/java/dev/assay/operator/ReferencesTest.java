package dev.assay.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.numerics.DoubleDouble;
import dev.assay.operator.attention.Attention;
import dev.assay.operator.gemm.MatMul;
import dev.assay.operator.norm.LayerNormalization;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The references against the formulas evaluated anew in decimals or in about 100 bits.
///
/// What they err by themselves is lost in what they allow a kernel.
class ReferencesTest {
    /// Minus infinity, which decimals lack, for masked scores.
    private static final BigDecimal MASKED = new BigDecimal("-1e400");

    private static final MathContext MANY = new MathContext(50);

    /// Part of an element's error that its reference may have itself. Measured: at most 3e-8, and 4e-15 where the
    /// output is f64. A thousandth would do.
    private static final double SHARE = 1e-6;

    /// Largest `|reference - exact| / E`, where `E² = (σ + D)² + ulp²/12` holds the output's rounding
    /// too; where nothing is allowed, infinite unless both round to the same number.
    private static double share(Answer answer, double[] values, BigDecimal[] exact, DType output) {
        double largest = 0;
        for (int i = 0; i < exact.length; i++) {
            assertEquals(0, answer.flag(i) & ExpectedBlock.ANY, "element " + i + " has a right value");
            if (Double.isInfinite(values[i])) {
                assertEquals(values[i], exact[i].doubleValue());
                continue;
            }
            BigDecimal got = new BigDecimal(values[i]).add(new BigDecimal(answer.low(i)));
            double error = got.subtract(exact[i]).abs(MANY).doubleValue();
            if (answer.isExact(i)) {
                boolean same = output.round(values[i]) == output.round(exact[i].doubleValue());
                largest = same ? largest : Double.POSITIVE_INFINITY;
                continue;
            }
            // An f64 output is compared before its own rounding, which the low part makes up for.
            double last = output == DType.F64 ? 0 : output.ulp(values[i]) / Math.sqrt(12);
            double allowed = Math.hypot(answer.sigma(i) + answer.deterministic(i), last);
            largest = Math.max(largest, error / allowed);
        }
        return largest;
    }

    private static void assertNegligible(Answer answer, BigDecimal[] exact, DType output) {
        double share = share(answer, answer.values(), exact, output);
        assertTrue(share <= SHARE, "the reference takes " + share + " of the error");
        // The check sees a reference that is off by a hundredth of what it allows, in one element.
        double[] planted = answer.values();
        int at = planted.length / 2;
        while (Double.isInfinite(planted[at]) || answer.isExact(at)) {
            at = (at + 1) % planted.length;
        }
        planted[at] += Math.max(0.01 * answer.bound(at, output), Math.ulp(planted[at]));
        assertTrue(share(answer, planted, exact, output) > SHARE, "the check cannot fail");
    }

    private static BigDecimal[] rounded(DoubleDouble[] values) {
        return Arrays.stream(values)
                .map(value -> Double.isInfinite(value.hi())
                        ? MASKED
                        : new BigDecimal(value.hi()).add(new BigDecimal(value.lo())))
                .toArray(BigDecimal[]::new);
    }

    private static Example product(DType dtype, int depth, String data) {
        return new Example(new MatMul())
                .input("A", TensorSpec.of(dtype, 3, depth))
                .input("B", TensorSpec.of(dtype, depth, 5))
                .fill(data, 11);
    }

    private static BigDecimal[] exactProduct(Example example, int depth) {
        double[] a = example.values("A");
        double[] b = example.values("B");
        BigDecimal[] y = new BigDecimal[15];
        for (int i = 0; i < y.length; i++) {
            BigDecimal sum = BigDecimal.ZERO;
            for (int k = 0; k < depth; k++) {
                sum = sum.add(new BigDecimal(a[i / 5 * depth + k]).multiply(new BigDecimal(b[k * 5 + i % 5])));
            }
            y[i] = sum;
        }
        return y;
    }

    @ParameterizedTest
    @CsvSource({
        "F32,8192,normal",
        "F32,8192,cancelling",
        "F32,4096,outliers",
        "F32,4096,lognormal",
        "F32,33,normal",
        "BF16,8192,cancelling",
        "BF16,4096,normal",
        "F16,8192,normal",
        "F16,1024,cancelling",
        "F64,4096,normal",
        "F64,4096,cancelling",
        "F64,1024,lognormal"
    })
    void productsErrByNothing(DType dtype, int depth, String data) {
        Example example = product(dtype, depth, data);
        assertNegligible(example.answer(0), exactProduct(example, depth), dtype);
    }

    /// A reference that sums in f32.
    @Test
    void sumsInSinglePrecisionWouldNotDo() {
        int depth = 4096;
        Example example = product(DType.F32, depth, "normal");
        double[] a = example.values("A");
        double[] b = example.values("B");
        double[] values = new double[15];
        for (int i = 0; i < values.length; i++) {
            float sum = 0;
            for (int k = 0; k < depth; k++) {
                sum += (float) a[i / 5 * depth + k] * (float) b[k * 5 + i % 5];
            }
            values[i] = sum;
        }
        assertTrue(share(example.answer(0), values, exactProduct(example, depth), DType.F32) > 100 * SHARE);
    }

    private static final int QUERIES = 2;
    private static final int KEYS = 1024;
    private static final int SIZE = 128;

    private static Example attention(DType dtype, String data, boolean causal, double cap, Optional<DType> mask) {
        Example example = new Example(new Attention())
                .input("Q", TensorSpec.of(dtype, 1, 1, QUERIES, SIZE))
                .input("K", TensorSpec.of(dtype, 1, 1, KEYS - (causal ? 500 : 0), SIZE))
                .input("V", TensorSpec.of(dtype, 1, 1, KEYS - (causal ? 500 : 0), SIZE));
        if (causal) {
            // With a past of 500 keys, query i sees 501 + i of them.
            example.input("past_key", TensorSpec.of(dtype, 1, 1, 500, SIZE))
                    .input("past_value", TensorSpec.of(dtype, 1, 1, 500, SIZE))
                    .attribute("is_causal", 1);
        }
        mask.ifPresent(type -> example.input("attn_mask", TensorSpec.of(type, QUERIES, KEYS)));
        return example.attribute("softcap", cap).output("qk_matmul_output").fill(data, 12);
    }

    /// The stage after a mode of `qk_matmul_output`, or the result (mode 4), in about 100 bits.
    private static DoubleDouble[] exactAttention(Example example, int mode, boolean causal, double cap) {
        double[] q = example.values("Q");
        double[] k = causal ? joined(example, "past_key", "K") : example.values("K");
        double[] v = causal ? joined(example, "past_value", "V") : example.values("V");
        boolean masks = example.call().hasInput("attn_mask");
        boolean choice = masks && example.call().input("attn_mask").dtype() == DType.BOOL;
        double[] mask = masks ? example.values("attn_mask") : new double[QUERIES * KEYS];
        DoubleDouble[] stage = new DoubleDouble[QUERIES * (mode == 4 ? SIZE : KEYS)];
        for (int i = 0; i < QUERIES; i++) {
            DoubleDouble[] row = new DoubleDouble[KEYS];
            boolean[] hidden = new boolean[KEYS];
            DoubleDouble top = DoubleDouble.of(-1e300);
            for (int j = 0; j < KEYS; j++) {
                DoubleDouble s = DoubleDouble.ZERO;
                for (int d = 0; d < SIZE; d++) {
                    s = s.plus(DoubleDouble.product(q[i * SIZE + d], k[j * SIZE + d]));
                }
                // The factor is a double: 1/sqrt(128), rounded.
                s = s.times(1 / Math.sqrt(SIZE));
                if (cap > 0 && mode > 0) {
                    s = tanh(s.dividedBy(DoubleDouble.of(cap))).times(DoubleDouble.of(cap));
                }
                hidden[j] = (causal && j > 500 + i) || (choice && mask[i * KEYS + j] == 0);
                if (masks && !choice && mode > 1) {
                    s = s.plus(DoubleDouble.of(mask[i * KEYS + j]));
                }
                row[j] = s;
                top = !hidden[j] && s.hi() > top.hi() ? s : top;
            }
            if (mode < 3) {
                System.arraycopy(row, 0, stage, i * KEYS, KEYS);
                continue;
            }
            DoubleDouble sum = DoubleDouble.ZERO;
            for (int j = 0; j < KEYS; j++) {
                row[j] = hidden[j] ? DoubleDouble.ZERO : row[j].minus(top).exp();
                sum = sum.plus(row[j]);
            }
            for (int j = 0; j < KEYS && mode == 3; j++) {
                stage[i * KEYS + j] = row[j].dividedBy(sum);
            }
            for (int c = 0; c < SIZE && mode == 4; c++) {
                DoubleDouble o = DoubleDouble.ZERO;
                for (int j = 0; j < KEYS; j++) {
                    o = hidden[j] ? o : o.plus(row[j].times(v[j * SIZE + c]));
                }
                stage[i * SIZE + c] = o.dividedBy(sum);
            }
        }
        return stage;
    }

    /// By exponentials, or by the first terms of its series.
    private static DoubleDouble tanh(DoubleDouble x) {
        if (Math.abs(x.hi()) < 1e-5) {
            return x.minus(x.times(x).times(x).dividedBy(DoubleDouble.of(3)));
        }
        DoubleDouble up = x.exp();
        DoubleDouble down = x.negated().exp();
        return up.minus(down).dividedBy(up.plus(down));
    }

    private static double[] joined(Example example, String before, String after) {
        double[] first = example.values(before);
        double[] second = example.values(after);
        double[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @ParameterizedTest
    @CsvSource({
        "F32,normal,true,0,", "F32,peaky,false,5,F32", "F32,normal,true,3,F32",
        "BF16,normal,true,0,", "F16,peaky,false,0,BOOL", "F64,normal,true,3,F64"
    })
    void attentionErrsByNothing(DType dtype, String data, boolean causal, double cap, DType mask) {
        Example example = attention(dtype, data, causal, cap, Optional.ofNullable(mask));
        DoubleDouble[] exact = exactAttention(example, 4, causal, cap);
        assertNegligible(example.answer(0), rounded(exact), dtype);
    }

    @ParameterizedTest
    @CsvSource({"0,F32", "1,F32", "2,F32", "3,F32", "3,F64"})
    void scoresAndProbabilitiesErrByNothing(int mode, DType dtype) {
        Example example =
                attention(dtype, "normal", false, 4, Optional.of(dtype)).attribute("qk_matmul_output_mode", mode);
        DoubleDouble[] exact = exactAttention(example, mode, false, 4);
        assertNegligible(example.answer(3), rounded(exact), dtype);
    }

    /// Where a masked key holds NaN a kernel may return that, but a number must still be the right one.
    @Test
    void f64AttentionStaysExactBesideMaskedNaN() {
        Example example = attention(DType.F64, "normal", false, 4, Optional.of(DType.BOOL));
        for (int i = 0; i < QUERIES; i++) {
            example.tensor("attn_mask").set(i * (long) KEYS + 9, 0);
        }
        DoubleDouble[] exact = exactAttention(example, 4, false, 4);
        for (int d = 0; d < SIZE; d++) {
            example.tensor("K").set(9L * SIZE + d, Double.NaN);
            example.tensor("V").set(9L * SIZE + d, Double.NaN);
        }
        Answer answer = example.answer(0);
        for (int i = 0; i < answer.size(); i++) {
            assertTrue(answer.mayBeNotFinite(i), "element " + i + " may be NaN");
        }
        assertNegligible(answer, rounded(exact), DType.F64);
    }

    /// The language's own tangent is off by an ulp or two; what is said of f64 must not rest on it.
    @Test
    void functionsInF64WouldNotDoForF64() {
        Example example =
                attention(DType.F64, "normal", false, 4, Optional.empty()).attribute("qk_matmul_output_mode", 1);
        DoubleDouble[] exact = exactAttention(example, 1, false, 4);
        DoubleDouble[] scores = exactAttention(example, 0, false, 4);
        double[] values = Arrays.stream(scores)
                .mapToDouble(s -> 4 * Math.tanh(s.hi() / 4))
                .toArray();
        Answer answer = example.answer(3);
        double share = share(answer, values, rounded(exact), DType.F64);
        assertTrue(share > SHARE && share < 6, "but the bound covers them: " + share + " of sigma");
    }

    @Test
    void exponentialsInSinglePrecisionWouldNotDo() {
        Example example =
                attention(DType.F32, "normal", false, 0, Optional.empty()).attribute("qk_matmul_output_mode", 3);
        DoubleDouble[] exact = exactAttention(example, 3, false, 0);
        double[] values = Arrays.stream(exact).mapToDouble(p -> (float) p.hi()).toArray();
        assertTrue(share(example.answer(3), values, rounded(exact), DType.F32) > 100 * SHARE);
    }

    private static final int LENGTH = 4096;

    private static Example rows(DType dtype, double mean) {
        return new Example(new LayerNormalization())
                .input("X", TensorSpec.of(dtype, 2, LENGTH))
                .input("Scale", TensorSpec.of(dtype, LENGTH))
                .input("B", TensorSpec.of(dtype, LENGTH))
                .output("Mean")
                .output("InvStdDev")
                .fill("normal(" + mean + ",1)", 13);
    }

    /// Output, mean and inverse deviation.
    private static BigDecimal[][] exactRows(Example example) {
        double[] x = example.values("X");
        double[] scale = example.values("Scale");
        double[] bias = example.values("B");
        double given = 1e-5;
        BigDecimal epsilon = new BigDecimal(given);
        BigDecimal n = BigDecimal.valueOf(LENGTH);
        BigDecimal[][] all = {new BigDecimal[2 * LENGTH], new BigDecimal[2], new BigDecimal[2]};
        for (int row = 0; row < 2; row++) {
            BigDecimal sum = BigDecimal.ZERO;
            BigDecimal squares = BigDecimal.ZERO;
            for (int k = 0; k < LENGTH; k++) {
                BigDecimal value = new BigDecimal(x[row * LENGTH + k]);
                sum = sum.add(value);
                squares = squares.add(value.multiply(value));
            }
            BigDecimal mean = sum.divide(n);
            BigDecimal variance = squares.divide(n).subtract(mean.multiply(mean));
            BigDecimal inverse = BigDecimal.ONE.divide(variance.add(epsilon).sqrt(MANY), MANY);
            all[1][row] = mean;
            all[2][row] = inverse;
            for (int k = 0; k < LENGTH; k++) {
                BigDecimal distance = new BigDecimal(x[row * LENGTH + k]).subtract(mean);
                all[0][row * LENGTH + k] = distance.multiply(inverse, MANY)
                        .multiply(new BigDecimal(scale[k]))
                        .add(new BigDecimal(bias[k]));
            }
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({
        "F32,0",
        "F32,1000",
        "F32,1000000",
        "BF16,0",
        "BF16,1000",
        "BF16,1000000",
        "F16,0",
        "F16,1000",
        "F64,0",
        "F64,1000",
        "F64,1000000"
    })
    void normalisationErrsByNothingWhateverTheMean(DType dtype, double mean) {
        Example example = rows(dtype, mean);
        if (dtype == DType.F64) {
            example.attribute("stash_type", 11);
        }
        BigDecimal[][] exact = exactRows(example);
        DType statistics = dtype == DType.F64 ? DType.F64 : DType.F32;
        assertNegligible(example.answer(0), exact[0], dtype);
        assertNegligible(example.answer(1), exact[1], statistics);
        assertNegligible(example.answer(2), exact[2], statistics);
    }

    /// Statistics in f32 of inputs in f64: the reference computes in fp64 what it is given unrounded.
    @Test
    void f64InputsWithF32StatisticsErrByNothing() {
        Example example = rows(DType.F64, 1e6);
        BigDecimal[][] exact = exactRows(example);
        assertNegligible(example.answer(0), exact[0], DType.F64);
        assertNegligible(example.answer(1), exact[1], DType.F32);
        assertNegligible(example.answer(2), exact[2], DType.F32);
    }

    /// A reference that takes the variance of f64 inputs from the sum of squares.
    @Test
    void variancesFromOnePassWouldNotDo() {
        Example example = rows(DType.F64, 1000).attribute("stash_type", 11);
        double[] x = example.values("X");
        double[] values = new double[2];
        for (int row = 0; row < 2; row++) {
            double sum = 0;
            double squares = 0;
            for (int k = 0; k < LENGTH; k++) {
                sum += x[row * LENGTH + k];
                squares += x[row * LENGTH + k] * x[row * LENGTH + k];
            }
            double mean = sum / LENGTH;
            values[row] = 1 / Math.sqrt(squares / LENGTH - mean * mean + 1e-5);
        }
        assertTrue(share(example.answer(2), values, exactRows(example)[2], DType.F64) > 1);
    }

    /// The decimals themselves, by hand: mean 2, variance 1.
    @Test
    void theFormulasByHand() {
        double[] x = new double[2 * LENGTH];
        Arrays.setAll(x, k -> k % 2 == 0 ? 1 : 3);
        double[] weights = new double[LENGTH];
        Arrays.fill(weights, 2);
        Example example = new Example(new LayerNormalization())
                .input("X", DType.F64, Shape.of(2, LENGTH), x)
                .input("Scale", DType.F64, Shape.of(LENGTH), weights)
                .input("B", DType.F64, Shape.of(LENGTH), weights);
        BigDecimal[][] exact = exactRows(example);
        assertEquals(2, exact[1][0].doubleValue());
        assertEquals(1 / Math.sqrt(1.00001), exact[2][0].doubleValue(), 1e-15);
        assertEquals(2 - 2 / Math.sqrt(1.00001), exact[0][0].doubleValue(), 1e-15);
    }
}
