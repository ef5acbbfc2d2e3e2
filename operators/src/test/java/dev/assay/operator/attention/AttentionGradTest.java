package dev.assay.operator.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Gradients of attention: hand-computed values, and kernels that must pass or must not.
class AttentionGradTest {
    private static final int HEADS = 4;
    private static final int SHARED = 2;
    private static final int LINES = 48;
    private static final int SIZE = 32;

    /// One query over two keys with scores 0 and log 3: probabilities 1/4 and 3/4.
    private static Example two() {
        return new Example(new AttentionGrad())
                .input("dY", DType.F64, Shape.of(1, 1, 1, 1), 2)
                .input("Q", DType.F64, Shape.of(1, 1, 1, 1), Math.log(3))
                .input("K", DType.F64, Shape.of(1, 1, 2, 1), 0, 1)
                .input("V", DType.F64, Shape.of(1, 1, 2, 1), 10, 14)
                .attribute("scale", 1.0);
    }

    private static void assertNear(double[] want, Answer got) {
        assertArrayEquals(want, got.values(), 1e-13);
    }

    @Test
    void gradientsOfOneQueryAreWorkedOutByHand() {
        // dP = (20, 28), D = 26, dS = (1/4 · -6, 3/4 · 2)
        assertNear(new double[] {1.5}, two().answer(0));
        assertNear(new double[] {-1.5 * Math.log(3), 1.5 * Math.log(3)}, two().answer(1));
        assertNear(new double[] {0.5, 1.5}, two().answer(2));
    }

    @Test
    void droppedProbabilitiesGiveNothing() {
        Example example = two().input("dropout_mask", DType.BOOL, Shape.of(1, 1, 1, 2), 0, 1)
                .attribute("dropout", 0.5);
        // dP = (0, 56), D = 42, dS = (-10.5, 10.5)
        assertNear(new double[] {10.5}, example.answer(0));
        assertNear(new double[] {-10.5 * Math.log(3), 10.5 * Math.log(3)}, example.answer(1));
        assertNear(new double[] {0, 3}, example.answer(2));
    }

    @Test
    void theCapMultipliesWithItsSlope() {
        // tanh(s / 2) = 1/2 for s = log 3; the capped scores are 0 and 1.
        double p = Math.E / (1 + Math.E);
        double ds = 2 * p * (1 - p) * 4 * 0.75;
        assertNear(new double[] {ds}, two().attribute("softcap", 2.0).answer(0));
    }

    @Test
    void whatNoQuerySeesHasZeros() {
        Example example = new Example(new AttentionGrad())
                .input("dY", DType.F32, Shape.of(1, 1, 2, 1), 1, 2)
                .input("Q", DType.F32, Shape.of(1, 1, 2, 1), 1, 2)
                .input("K", DType.F32, Shape.of(1, 1, 3, 1), 1, 2, Double.NaN)
                .input("V", DType.F32, Shape.of(1, 1, 3, 1), 1, 2, 3)
                .input("attn_mask", DType.BOOL, Shape.of(2, 3), 0, 0, 0, 1, 0, 0);
        Answer q = example.answer(0);
        assertArrayEquals(new double[2], q.values());
        assertTrue(q.isExact(0) && q.mayBeNotFinite(0), "a kernel may multiply the NaN with zero");
        assertArrayEquals(new double[] {2, 0, 0}, example.answer(2).values());
    }

    @Test
    void whatANanReachesIsOpenAndTheRestIsNot() {
        Example example = new Example(new AttentionGrad())
                .input("dY", DType.F32, Shape.of(1, 1, 2, 1), 1, 2)
                .input("Q", DType.F32, Shape.of(1, 1, 2, 1), 1, Double.NaN)
                .input("K", DType.F32, Shape.of(1, 1, 3, 1), 1, 2, 3)
                .input("V", DType.F32, Shape.of(1, 1, 3, 1), 1, 2, 3)
                .attribute("is_causal", 1);
        Answer q = example.answer(0);
        assertTrue(!q.isOpen(0) && q.isOpen(1));
        Answer k = example.answer(1);
        assertTrue(k.isOpen(0) && k.isOpen(1) && !k.isOpen(2));
    }

    @Test
    void wrongCallsAreRefused() {
        assertThrows(
                InvalidCallException.class,
                () -> two().attribute("dropout", 0.5).call());
        assertThrows(
                InvalidCallException.class,
                () -> two().input("dropout_mask", DType.BOOL, Shape.of(1, 2), 0, 1)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> two().input("dY", DType.F64, Shape.of(1, 1, 1, 2), 1, 2).call());
        assertThrows(
                InvalidCallException.class,
                () -> two().input("dropout_mask", DType.BOOL, Shape.of(1, 1, 1, 2), 0, 1)
                        .attribute("dropout", 1.0)
                        .call());
    }

    /// What a kernel may do otherwise.
    private static final class Device {
        DType output = DType.F32;
        DType delta = DType.F32;
        DType log = DType.F32;
        DType probabilities = DType.F32;
        DType dp = DType.F32;
        DType ds = DType.F32;
        DType sums = DType.F32;
        boolean noDelta;
        boolean noKeyScale;
        boolean lastHead;
        boolean seesAll;
        boolean keepsP;
        boolean flatCap;
        double cap;
        int block = 1;

        static Device with(Consumer<Device> change) {
            Device device = new Device();
            change.accept(device);
            return device;
        }

        private float kept(DType type, float value) {
            return (float) type.round(value);
        }

        /// Causal gradients, in f32 step by step.
        List<double[]> run(Example example, DType type) {
            double[] q = example.values("Q");
            double[] k = example.values("K");
            double[] v = example.values("V");
            double[] dy = example.values("dY");
            double[] dq = new double[q.length];
            float[] dk = new float[k.length];
            float[] dv = new float[v.length];
            float scale = (float) (1 / Math.sqrt(SIZE));
            for (int head = 0; head < HEADS; head++) {
                int group = head / (HEADS / SHARED);
                float[] partK = new float[LINES * SIZE];
                float[] partV = new float[LINES * SIZE];
                for (int n = 0; n < LINES; n++) {
                    int i = n / block * block + block - 1 - n % block;
                    int row = (head * LINES + i) * SIZE;
                    float[] s = new float[LINES];
                    float[] t = new float[LINES];
                    float max = Float.NEGATIVE_INFINITY;
                    for (int j = 0; j <= i; j++) {
                        s[j] = scale * dot(q, row, k, (group * LINES + j) * SIZE);
                        if (cap > 0) {
                            t[j] = (float) Math.tanh(s[j] / (float) cap);
                            s[j] = (float) cap * t[j];
                        }
                        max = Math.max(max, s[j]);
                    }
                    float sum = 0;
                    float[] o = new float[SIZE];
                    float[] e = new float[LINES];
                    for (int j = 0; j <= i; j++) {
                        e[j] = (float) Math.exp(s[j] - max);
                        sum += e[j];
                        for (int c = 0; c < SIZE; c++) {
                            o[c] += kept(probabilities, e[j]) * (float) v[(group * LINES + j) * SIZE + c];
                        }
                    }
                    float l = kept(log, max + (float) Math.log(sum));
                    float d = 0;
                    for (int c = 0; c < SIZE; c++) {
                        d += (float) dy[row + c] * kept(output, (float) type.round(o[c] / sum));
                    }
                    d = noDelta ? 0 : kept(delta, d);
                    float[] toQ = new float[SIZE];
                    for (int j = 0; j < (seesAll ? LINES : i + 1); j++) {
                        int key = (group * LINES + j) * SIZE;
                        s[j] = j <= i ? s[j] : scale * dot(q, row, k, key);
                        float p = keepsP ? kept(probabilities, e[j] / sum) : (float) Math.exp(s[j] - l);
                        float gradient = p * (kept(dp, dot(dy, row, v, key)) - d);
                        gradient = cap > 0 && !flatCap ? gradient * (1 - t[j] * t[j]) : gradient;
                        gradient = kept(ds, gradient);
                        for (int c = 0; c < SIZE; c++) {
                            toQ[c] += gradient * (float) k[key + c];
                            int at = j * SIZE + c;
                            partK[at] = kept(sums, partK[at] + gradient * (float) q[row + c]);
                            partV[at] = kept(sums, partV[at] + kept(probabilities, p) * (float) dy[row + c]);
                        }
                    }
                    for (int c = 0; c < SIZE; c++) {
                        dq[row + c] = type.round(scale * toQ[c]);
                    }
                }
                for (int at = 0; at < partK.length; at++) {
                    int to = group * LINES * SIZE + at;
                    boolean first = head % (HEADS / SHARED) == 0 || lastHead;
                    dk[to] = (first ? 0 : dk[to]) + partK[at];
                    dv[to] = (first ? 0 : dv[to]) + partV[at];
                }
            }
            double[] ofK = new double[dk.length];
            double[] ofV = new double[dv.length];
            Arrays.setAll(ofK, at -> type.round(noKeyScale ? dk[at] : scale * dk[at]));
            Arrays.setAll(ofV, at -> type.round(dv[at]));
            return List.of(dq, ofK, ofV);
        }

        private static float dot(double[] a, int from, double[] b, int at) {
            float sum = 0;
            for (int c = 0; c < SIZE; c++) {
                sum += (float) a[from + c] * (float) b[at + c];
            }
            return sum;
        }
    }

    private static Example causal(DType dtype, String fill, double cap) {
        return new Example(new AttentionGrad())
                .input("dY", TensorSpec.of(dtype, 1, HEADS, LINES, SIZE))
                .input("Q", TensorSpec.of(dtype, 1, HEADS, LINES, SIZE))
                .input("K", TensorSpec.of(dtype, 1, SHARED, LINES, SIZE))
                .input("V", TensorSpec.of(dtype, 1, SHARED, LINES, SIZE))
                .attribute("is_causal", 1)
                .attribute("softcap", cap)
                .fill(fill, 17);
    }

    /// Elements that are refused, and the rms of all errors in units of what is modelled.
    private record Seen(int refused, double rms) {
        static Seen of(Answer answer, double[] got, DType dtype) {
            int refused = 0;
            int count = 0;
            double sum = 0;
            for (int i = 0; i < got.length; i++) {
                refused += answer.accepts(i, got[i], dtype) ? 0 : 1;
                double variance = Math.pow(answer.sigma(i), 2)
                        + Math.pow(answer.deterministic(i), 2)
                        + Math.pow(dtype.ulp(answer.value(i)), 2) / 12;
                if (answer.sigma(i) > 0) {
                    sum += Math.pow(got[i] - answer.value(i), 2) / variance;
                    count++;
                }
            }
            return new Seen(refused, Math.sqrt(sum / count));
        }
    }

    private static final ComputeContract NARROW =
            ComputeContract.strict().probabilities(Stored.as(DType.BF16)).build();

    @ParameterizedTest
    @CsvSource({
        "F32,normal,0",
        "F32,peaky,0",
        "F32,outliers,0",
        "F32,normal,1.5",
        "F32,peaky,5",
        "BF16,normal,0",
        "F16,peaky,2"
    })
    void rightKernelsFillTheModelAndStayWithinIt(DType dtype, String fill, double cap) {
        Example example = causal(dtype, fill, cap);
        for (Device device : List.of(
                Device.with(one -> one.cap = cap),
                Device.with(one -> {
                    one.cap = cap;
                    one.block = 16;
                }),
                Device.with(one -> {
                    one.cap = cap;
                    one.keepsP = true;
                }))) {
            List<double[]> got = device.run(example, dtype);
            for (int output = 0; output < 3; output++) {
                Seen seen = Seen.of(example.answer(output), got.get(output), dtype);
                assertEquals(0, seen.refused(), "output " + output);
                assertTrue(seen.rms() > 0.03 && seen.rms() < 1.2, "output " + output + " " + seen);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"normal", "peaky"})
    void kernelsThatDeclareNarrowProbabilitiesFillTheModel(String fill) {
        Example example = causal(DType.BF16, fill, 0);
        for (boolean keeps : new boolean[] {false, true}) {
            Device device = Device.with(one -> {
                one.probabilities = DType.BF16;
                one.ds = DType.BF16;
                one.keepsP = keeps;
            });
            List<double[]> got = device.run(example, DType.BF16);
            int strict = 0;
            for (int output = 0; output < 3; output++) {
                Seen seen = Seen.of(example.answer(output, NARROW), got.get(output), DType.BF16);
                assertEquals(0, seen.refused(), "output " + output);
                assertTrue(seen.rms() > 0.4 && seen.rms() < 1.1, "output " + output + " " + seen);
                Seen undeclared = Seen.of(example.answer(output), got.get(output), DType.BF16);
                strict += undeclared.refused() + (undeclared.rms() > 1.5 ? 1000 : 0);
            }
            assertTrue(strict > 0, "undeclared it is caught");
        }
    }

    private static double worst(Device device, DType dtype, double cap) {
        Example example = causal(dtype, "normal", cap);
        List<double[]> got = device.run(example, dtype);
        double worst = 0;
        for (int output = 0; output < 3; output++) {
            worst = Math.max(
                    worst,
                    Seen.of(example.answer(output), got.get(output), dtype).rms());
        }
        return worst;
    }

    /// Whoever forgets something is far off in any type; what is kept in bf16 shows behind f32.
    @Test
    void wrongKernelsAreFarOff() {
        assertTrue(worst(Device.with(one -> one.noDelta = true), DType.BF16, 0) > 10);
        assertTrue(worst(Device.with(one -> one.noKeyScale = true), DType.BF16, 0) > 10);
        assertTrue(worst(Device.with(one -> one.lastHead = true), DType.BF16, 0) > 10);
        assertTrue(worst(Device.with(one -> one.seesAll = true), DType.BF16, 0) > 10);
        assertTrue(worst(
                        Device.with(one -> {
                            one.cap = 1.5;
                            one.flatCap = true;
                        }),
                        DType.BF16,
                        1.5)
                > 5);
        assertTrue(worst(Device.with(one -> one.dp = DType.BF16), DType.F32, 0) > 10);
        assertTrue(worst(Device.with(one -> one.ds = DType.BF16), DType.F32, 0) > 10);
        assertTrue(worst(Device.with(one -> one.log = DType.BF16), DType.F32, 0) > 10);
        assertTrue(worst(Device.with(one -> one.delta = DType.BF16), DType.F32, 0) > 10);
        assertTrue(worst(Device.with(one -> one.output = DType.BF16), DType.F32, 0) > 10);
        assertTrue(worst(Device.with(one -> one.log = DType.BF16), DType.BF16, 0) > 1.5);
        assertTrue(worst(Device.with(one -> one.sums = DType.BF16), DType.BF16, 0) > 1.5);
    }
}
