package dev.assay.engine.diagnosis;

import static dev.assay.engine.diagnosis.Planted.call;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/// What is narrow on the way back through attention, by which of the gradients are wrong.
class AttentionGradientCauseTest {
    private static final int HEADS = 4;
    private static final int KEY_HEADS = 2;
    private static final int LENGTH = 40;
    private static final int DEPTH = 16;

    private static final Call BACK = call("attention_grad")
            .input("dY", queries())
            .input("Q", queries())
            .input("K", keys())
            .input("V", keys())
            .build();

    private static TensorSpec queries() {
        return TensorSpec.dense(DType.F32, Shape.of(1, HEADS, LENGTH, DEPTH));
    }

    private static TensorSpec keys() {
        return TensorSpec.dense(DType.F32, Shape.of(1, KEY_HEADS, LENGTH, DEPTH));
    }

    /// What a device does to numbers on its way.
    ///
    /// @param slope to gradients of scores
    /// @param part to sums over the heads that share keys
    /// @param result to everything in the end
    private record Steps(DoubleUnaryOperator slope, DoubleUnaryOperator part, DoubleUnaryOperator result) {}

    private static Cause cause(DoubleUnaryOperator slope, DoubleUnaryOperator part, DoubleUnaryOperator result) {
        Steps steps = new Steps(slope, part, result);
        return Planted.cause(BACK, "normal", (in, out) -> {
            for (String name : new String[] {"dQ", "dK", "dV"}) {
                Tensor tensor = out.get(name);
                for (long i = 0; i < tensor.shape().elements(); i++) {
                    tensor.set(i, 0);
                }
            }
            for (int head = 0; head < HEADS; head++) {
                back(in, out, head, steps);
            }
            for (String name : new String[] {"dQ", "dK", "dV"}) {
                Tensor tensor = out.get(name);
                for (long i = 0; i < tensor.shape().elements(); i++) {
                    tensor.set(i, steps.result().applyAsDouble(tensor.get(i)));
                }
            }
        });
    }

    private static long at(int head, int row, int d) {
        return ((long) head * LENGTH + row) * DEPTH + d;
    }

    private static double dot(Tensor a, int head, int row, Tensor b, int other, int column) {
        double sum = 0;
        for (int d = 0; d < DEPTH; d++) {
            sum += a.get(at(head, row, d)) * b.get(at(other, column, d));
        }
        return sum;
    }

    private static void back(Inputs in, Inputs out, int head, Steps steps) {
        int shared = head / (HEADS / KEY_HEADS);
        double[][] slopes = new double[LENGTH][LENGTH];
        double[][] parts = new double[LENGTH][LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            double sum = 0;
            double mean = 0;
            for (int j = 0; j < LENGTH; j++) {
                parts[i][j] = Math.exp(dot(in.get("Q"), head, i, in.get("K"), shared, j) / Math.sqrt(DEPTH));
                sum += parts[i][j];
            }
            for (int j = 0; j < LENGTH; j++) {
                parts[i][j] /= sum;
                slopes[i][j] = dot(in.get("dY"), head, i, in.get("V"), shared, j);
                mean += parts[i][j] * slopes[i][j];
            }
            for (int j = 0; j < LENGTH; j++) {
                slopes[i][j] = steps.slope().applyAsDouble(parts[i][j] * (slopes[i][j] - mean));
            }
        }
        for (int i = 0; i < LENGTH; i++) {
            for (int d = 0; d < DEPTH; d++) {
                double dq = 0;
                double dk = 0;
                double dv = 0;
                for (int j = 0; j < LENGTH; j++) {
                    dq += slopes[i][j] * in.get("K").get(at(shared, j, d)) / Math.sqrt(DEPTH);
                    dk += slopes[j][i] * in.get("Q").get(at(head, j, d)) / Math.sqrt(DEPTH);
                    dv += parts[j][i] * in.get("dY").get(at(head, j, d));
                }
                out.get("dQ").set(at(head, i, d), DType.F32.round(dq));
                added(out.get("dK"), at(shared, i, d), dk, steps.part());
                added(out.get("dV"), at(shared, i, d), dv, steps.part());
            }
        }
    }

    private static void added(Tensor tensor, long at, double more, DoubleUnaryOperator part) {
        tensor.set(at, DType.F32.round(part.applyAsDouble(tensor.get(at) + more)));
    }

    @Test
    void gradientsOfScoresLeaveThoseOfValuesRight() {
        assertEquals(Cause.NARROW_INTERMEDIATE, cause(DType.BF16::round, x -> x, x -> x));
    }

    @Test
    void partsOfHeadsLeaveThoseOfQueriesRight() {
        assertEquals(Cause.NARROW_PARTIALS, cause(x -> x, DType.BF16::round, x -> x));
    }

    @Test
    void whatIsWrongOtherwiseIsNeither() {
        Random random = new Random(8);
        DoubleUnaryOperator noise = x -> x + 0.3 * random.nextGaussian();
        assertEquals(Cause.UNKNOWN, cause(x -> x, x -> x, x -> x));
        assertEquals(Cause.UNKNOWN, cause(x -> x, x -> x, noise));
        assertNotEquals(Cause.NARROW_PARTIALS, cause(x -> x, x -> x, DType.BF16::round), "all are rounded");
    }
}
