package dev.assay.operator.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How far legitimate kernels may be off, and what is too far.
class AttentionErrorsTest {
    /// A device in f32 that keeps all scores; its sums go one after another.
    private static double[] device(AttentionSetup setup, Example example, DType probabilities, boolean dropLastKey) {
        NaiveAttention shapes = setup.naive(example);
        double[] q = example.values("Q");
        double[] y = new double[shapes.result.length];
        int n = shapes.keys;
        float scale = (float) (1 / Math.sqrt(setup.d));
        for (int row = 0; row < setup.b * setup.h * setup.s; row++) {
            int head = row / setup.s / (setup.h / setup.g);
            float[] scores = new float[n];
            float largest = Float.NEGATIVE_INFINITY;
            int last = setup.causal ? row % setup.s + setup.p : n - 1;
            last = dropLastKey ? last - 1 : last;
            for (int j = 0; j <= Math.min(last, n - 1); j++) {
                float sum = 0;
                for (int d = 0; d < setup.d; d++) {
                    sum += (float) q[row * setup.d + d] * (float) shapes.presentKey[(head * n + j) * setup.d + d];
                }
                scores[j] = sum * scale;
                largest = Math.max(largest, scores[j]);
            }
            float total = 0;
            float[] out = new float[setup.e];
            for (int j = 0; j <= Math.min(last, n - 1); j++) {
                float e = (float) Math.exp(scores[j] - largest);
                total += e;
                float stored = (float) probabilities.round(e);
                for (int c = 0; c < setup.e; c++) {
                    out[c] += stored * (float) shapes.presentValue[(head * n + j) * setup.e + c];
                }
            }
            for (int c = 0; c < setup.e; c++) {
                y[row * setup.e + c] = setup.dtype.round(out[c] / total);
            }
        }
        return y;
    }

    private static double rms(Answer answer, double[] got, DType output) {
        double sum = 0;
        for (int i = 0; i < got.length; i++) {
            assertTrue(
                    answer.accepts(i, got[i], output),
                    "element " + i + ": " + got[i] + " for " + answer.value(i) + ", bound " + answer.bound(i, output));
            double ulp = output.ulp(answer.value(i));
            double variance = answer.sigma(i) * answer.sigma(i) + ulp * ulp / 12;
            sum += Math.pow(got[i] - answer.value(i), 2) / variance;
        }
        return Math.sqrt(sum / got.length);
    }

    @ParameterizedTest
    @CsvSource({
        "F32,normal",
        "F32,uniform",
        "F32,peaky",
        "F32,outliers",
        "F32,boundary-seeking",
        "F32,large-mean(2)",
        "F32,lognormal",
        "BF16,normal",
        "BF16,peaky",
        "F16,outliers"
    })
    void f32KernelsStayWithinSigmaAndFillIt(DType dtype, String fill) {
        AttentionSetup setup = AttentionSetup.small()
                .dtype(dtype)
                .lengths(16, 16, 150)
                .headSizes(64, 32)
                .asCausal();
        Example example = setup.example().fill(fill, 30);
        double rms = rms(example.answer(0), device(setup, example, DType.F32, false), dtype);
        assertTrue(rms > 0.02 && rms < 3, fill + ": rms " + rms);
    }

    @Test
    void storedProbabilitiesNeedToBeDeclared() {
        AttentionSetup setup = AttentionSetup.small().lengths(16, 150, 0).headSizes(64, 32);
        Example example = setup.example().fill("normal", 31);
        double[] got = device(setup, example, DType.BF16, false);
        ComputeContract declared =
                ComputeContract.strict().probabilities(Stored.as(DType.BF16)).build();
        double rms = rms(example.answer(0, declared), got, DType.F32);
        assertTrue(rms > 0.3 && rms < 1.6, "rms " + rms);
        Answer strict = example.answer(0);
        int refused = 0;
        for (int i = 0; i < got.length; i++) {
            refused += strict.accepts(i, got[i], DType.F32) ? 0 : 1;
        }
        assertTrue(refused > got.length / 2, "undeclared it is caught: " + refused);
    }

    @Test
    void aDroppedKeyIsOutOfBounds() {
        AttentionSetup setup =
                AttentionSetup.small().lengths(16, 16, 50).headSizes(64, 32).asCausal();
        Example example = setup.example().fill("boundary-seeking", 32);
        double[] got = device(setup, example, DType.F32, true);
        Answer answer = example.answer(0);
        int refused = 0;
        for (int i = 0; i < got.length; i++) {
            refused += answer.accepts(i, got[i], DType.F32) ? 0 : 1;
        }
        assertTrue(refused > got.length * 0.9, "refused " + refused + " of " + got.length);
    }

    /// One query over many keys whose exponentials are `weights`, summed up in lanes and blocks in f32.
    private static double[] summed(double[] weights, double[] values, int columns, int lanes, int block) {
        float[][] lane = new float[lanes][columns + 1];
        float[] total = new float[columns + 1];
        for (int j = 0; j < weights.length; j++) {
            float p = (float) weights[j];
            float[] sums = lane[j % lanes];
            for (int c = 0; c < columns; c++) {
                sums[c] += p * (float) values[j * columns + c];
            }
            sums[columns] += p;
            if (j % block == block - 1 || j == weights.length - 1) {
                for (float[] one : lane) {
                    for (int c = 0; c <= columns; c++) {
                        total[c] += one[c];
                        one[c] = 0;
                    }
                }
            }
        }
        double[] y = new double[columns];
        Arrays.setAll(y, c -> total[c] / total[columns]);
        return y;
    }

    /// As [#summed], but with probabilities that are divided by their sum first.
    private static double[] dividedFirst(double[] weights, double[] values, int columns, int lanes, int block) {
        double sum = Arrays.stream(weights).sum();
        double[] divided = Arrays.stream(weights).map(p -> (float) (p / sum)).toArray();
        float[] total = new float[1];
        double[] y = summed(divided, values, columns, lanes, block);
        // What it divided by, put back.
        float[] lane = new float[lanes];
        for (int j = 0; j < divided.length; j++) {
            lane[j % lanes] += (float) divided[j];
            if (j % block == block - 1 || j == divided.length - 1) {
                for (int l = 0; l < lanes; l++) {
                    total[0] += lane[l];
                    lane[l] = 0;
                }
            }
        }
        return Arrays.stream(y).map(value -> value * total[0]).toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "0,constant",
        "0,ones",
        "0,positive",
        "0,normal",
        "0,nearly",
        "3,constant",
        "3,positive",
        "3,normal",
        "0.001,nearly"
    })
    void legitimateSumsOverManyKeysAreSpared(double peak, String data) {
        int keys = 6000;
        int columns = 3;
        SplittableRandom random = new SplittableRandom(31);
        double[] scores = new double[keys];
        Arrays.setAll(scores, j -> (float) (peak * random.nextGaussian()));
        double[] values = new double[keys * columns];
        Arrays.setAll(values, at -> (float)
                switch (data) {
                    case "constant" -> 0.1;
                    case "ones" -> 1;
                    case "positive" -> random.nextDouble();
                    case "nearly" -> 1000 + 0.01 * random.nextGaussian();
                    default -> random.nextGaussian();
                });
        Answer answer = new Example(new Attention())
                .input("Q", DType.F32, Shape.of(1, 1, 1, 1), 1)
                .input("K", DType.F32, Shape.of(1, 1, keys, 1), scores)
                .input("V", DType.F32, Shape.of(1, 1, keys, columns), values)
                .answer(0);
        double max = Arrays.stream(scores).max().orElse(0);
        double worst = 0;
        for (double off : new double[] {0, 0x1p-24, -0x1p-23, 0x1p-22}) {
            double[] weights = Arrays.stream(scores)
                    .map(s -> Math.exp(s - max) * (1 - off))
                    .toArray();
            for (int lanes : new int[] {1, 8, 128}) {
                for (int block : new int[] {keys, 64}) {
                    for (double[] got : List.of(
                            summed(weights, values, columns, lanes, block),
                            dividedFirst(weights, values, columns, lanes, block))) {
                        for (int c = 0; c < columns; c++) {
                            assertTrue(answer.accepts(c, DType.F32.round(got[c]), DType.F32), data + " lanes " + lanes);
                            worst = Math.max(worst, Math.abs(got[c] - answer.value(c)) / answer.bound(c, DType.F32));
                        }
                    }
                }
            }
            double[] dropped = weights.clone();
            Arrays.fill(dropped, keys - 64, keys, 0);
            double[] wrong = summed(dropped, values, columns, 1, keys);
            boolean found = false;
            for (int c = 0; c < columns; c++) {
                found |= !answer.accepts(c, wrong[c], DType.F32);
            }
            assertTrue(found || List.of("constant", "ones", "nearly").contains(data), "64 keys dropped");
        }
        assertTrue(worst < 0.75, data + ": " + worst);
        if (peak == 3 || data.equals("constant") || data.equals("ones")) {
            assertTrue((answer.flag(0) & ExpectedBlock.GUARDED) != 0);
        }
    }

    @Test
    void systematicErrorsComeFromFunctions() {
        Answer unused = AttentionSetup.small().example().fill("normal", 42).answer(0);
        assertTrue(unused.systematic(0) > 0 && unused.systematic(0) < 20 * unused.sigma(0) + 1e-6);
        ComputeContract rough = ComputeContract.strict().expUlps(200).build();
        assertTrue(AttentionSetup.small()
                        .example()
                        .fill("normal", 42)
                        .answer(0, rough)
                        .systematic(0)
                > 10 * unused.systematic(0));
        assertEquals(
                0,
                AttentionSetup.small()
                        .mode(0)
                        .example()
                        .fill("normal", 42)
                        .answer(3)
                        .systematic(0));
        assertTrue(AttentionSetup.small()
                        .mode(1)
                        .capped(3)
                        .example()
                        .fill("normal", 42)
                        .answer(3)
                        .systematic(0)
                > 0);
    }

    /// Variance of the results of one query as the class comment of [ScaledDotProduct] writes it, term by term.
    private static double[] variances(
            ComputeContract contract, double[] q, double[][] k, double[][] v, double scale, double cap, double[] bias) {
        double unit = RuleConstants.roundingRms() * DType.F32.unitRoundoff();
        double exponential = 2 * contract.expUlps() * unit;
        int n = k.length;
        Accumulation scoreSums = new Accumulation(contract, DType.F32, q.length);
        double[] s = new double[n];
        double[] variance = new double[n];
        for (int j = 0; j < n; j++) {
            double y = 0;
            double squares = 0;
            for (int c = 0; c < q.length; c++) {
                y += q[c] * k[j][c];
                squares += q[c] * q[c] * k[j][c] * k[j][c];
            }
            s[j] = scale * y;
            variance[j] = scale * scale * scoreSums.variance(y, squares) + 2 * Math.pow(unit * s[j], 2);
            if (cap > 0) {
                double t = Math.tanh(s[j] / cap);
                variance[j] = Math.pow(1 - t * t, 2) * (variance[j] + Math.pow(unit * s[j], 2))
                        + Math.pow(cap * 2 * contract.tanhUlps() * unit, 2)
                        + Math.pow(unit * cap * t, 2);
                s[j] = cap * t;
            }
            if (bias[j] != 0) {
                s[j] += bias[j];
                variance[j] += Math.pow(unit * s[j], 2);
            }
            if (contract.scores() instanceof Stored.As(DType type)) {
                variance[j] += Math.pow(type.ulp(s[j]), 2) / 12;
            }
        }
        double max = Arrays.stream(s).max().orElseThrow();
        double[] e = Arrays.stream(s).map(x -> Math.exp(x - max)).toArray();
        double sum = Arrays.stream(e).sum();
        double sumSquares = Arrays.stream(e).map(x -> x * x).sum();
        Accumulation sums = new Accumulation(contract, DType.F32, n);
        double common = sums.variance(sum, sumSquares) / (sum * sum)
                + Math.pow(2 * contract.divideUlps() * unit, 2)
                + 2 * unit * unit
                + 4 * exponential * exponential;
        if (contract.statistics() instanceof Stored.As(DType type)) {
            common += 2 * Math.pow(RuleConstants.roundingRms() * type.unitRoundoff(), 2);
        }
        double[] all = new double[v[0].length];
        for (int c = 0; c < all.length; c++) {
            double o = 0;
            double squares = 0;
            for (int j = 0; j < n; j++) {
                o += e[j] / sum * v[j][c];
                squares += Math.pow(e[j] / sum * v[j][c], 2);
            }
            all[c] = sums.variance(o, squares) + o * o * common;
            for (int j = 0; j < n; j++) {
                double relative = variance[j] + Math.pow(unit * (s[j] - max), 2) + exponential * exponential;
                all[c] += Math.pow(e[j] / sum * (v[j][c] - o), 2) * relative;
                if (contract.probabilities() instanceof Stored.As(DType type)) {
                    all[c] += Math.pow(type.ulp(e[j]) / sum, 2) / 12 * (v[j][c] * v[j][c] + o * o);
                }
            }
        }
        return all;
    }

    @Test
    void sigmaIsTheFormulaOfEveryStep() {
        double[] q = {0.5, -1.25, 2};
        double[][] k = {{1, 0.25, -0.5}, {0.75, -1, 0.5}, {-2, 0.5, 0.125}, {0.25, 0.25, 1.5}};
        double[][] v = {{1, -0.5}, {0.25, 3}, {-1.5, 0.75}, {2, 0.125}};
        double[] bias = {0.5, 0, -1, 0.25};
        double[] none = new double[4];
        ComputeContract strict = ComputeContract.STRICT;
        for (ComputeContract contract : List.of(
                strict,
                ComputeContract.strict().expUlps(100).build(),
                ComputeContract.strict().tanhUlps(100).build(),
                ComputeContract.strict().divideUlps(100).build(),
                ComputeContract.strict().scores(Stored.as(DType.BF16)).build(),
                ComputeContract.strict().probabilities(Stored.as(DType.BF16)).build(),
                ComputeContract.strict().statistics(Stored.as(DType.F16)).build(),
                ComputeContract.strict().partials(Stored.as(DType.F16), 4).build())) {
            for (double cap : new double[] {0, 1.5}) {
                for (double[] row : List.of(none, bias)) {
                    Example example = new Example(new Attention())
                            .input("Q", DType.F32, Shape.of(1, 1, 1, 3), q)
                            .input("K", DType.F32, Shape.of(1, 1, 4, 3), flattened(k))
                            .input("V", DType.F32, Shape.of(1, 1, 4, 2), flattened(v))
                            .input("attn_mask", DType.F32, Shape.of(1, 4), row)
                            .attribute("scale", 0.75);
                    if (cap > 0) {
                        example.attribute("softcap", cap);
                    }
                    Answer answer = example.answer(0, contract);
                    double[] want = variances(contract, q, k, v, 0.75, cap, row);
                    for (int c = 0; c < 2; c++) {
                        assertEquals(Math.sqrt(want[c]), answer.sigma(c), 1e-9 * answer.sigma(c), contract + " " + c);
                    }
                }
            }
        }
    }

    private static double[] flattened(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    /// A single value counts, so that only the sum of the exponentials can drift.
    @Test
    void theDriftOfTheDenominatorReachesTheResult() {
        int keys = 6000;
        double[] values = new double[keys];
        values[17] = 1000;
        double[] scores = new double[keys];
        // All other exponentials are a tenth, which every addition rounds the same way for a while.
        scores[17] = Math.log(10);
        Answer answer = new Example(new Attention())
                .input("Q", DType.F32, Shape.of(1, 1, 1, 1), 1)
                .input("K", DType.F32, Shape.of(1, 1, keys, 1), scores)
                .input("V", DType.F32, Shape.of(1, 1, keys, 1), values)
                .answer(0);
        assertTrue(answer.deterministic(0) > 1e-8 * answer.value(0), "D is " + answer.deterministic(0));
    }

    @Test
    void scoresMayLeaveTheRangeOfTheTypeTheyAreKeptIn() {
        ComputeContract f16 =
                ComputeContract.strict().scores(Stored.as(DType.F16)).build();
        ComputeContract bf16 =
                ComputeContract.strict().scores(Stored.as(DType.BF16)).build();
        Example example = new Example(new Attention())
                .input("Q", DType.F32, Shape.of(1, 1, 1, 1), 300)
                .input("K", DType.F32, Shape.of(1, 1, 2, 1), 300, 0)
                .input("V", DType.F32, Shape.of(1, 1, 2, 1), 1, 2);
        assertTrue(example.answer(0, f16).mayBeNotFinite(0), "90000 is no f16");
        assertFalse(example.answer(0, bf16).mayBeNotFinite(0));
        assertFalse(example.answer(0).mayBeNotFinite(0));
    }

    /// A kernel that cuts sums off has its largest number where another has infinity.
    @Test
    void valuesWhoseSumIsCutOffMayGiveAnything() {
        ComputeContract truncates = ComputeContract.strict()
                .accumulatorRounding(ComputeContract.Rounding.TOWARD_ZERO)
                .build();
        Example example = new Example(new Attention())
                .input("Q", DType.F32, Shape.of(1, 1, 1, 1), 0)
                .input("K", DType.F32, Shape.of(1, 1, 2, 1), 1, 1)
                .input("V", DType.F32, Shape.of(1, 1, 2, 1), 3e38, 3e38);
        assertTrue(example.answer(0, truncates).isOpen(0));
        assertTrue(example.answer(0).mayBeNotFinite(0));
        assertFalse(example.answer(0).isOpen(0));
    }
}
