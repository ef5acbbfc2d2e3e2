package dev.assay.engine.diagnosis;

import static dev.assay.engine.diagnosis.Planted.call;
import static dev.assay.engine.diagnosis.Planted.diagnosis;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/// Sums that follow from losses, from their gradients and from distances.
class SumCauseTest {
    private static final int ROWS = 40;
    private static final int CLASSES = 300;

    private static final Call LOSS = call("cross_entropy")
            .input("logits", TensorSpec.of(DType.F32, ROWS, CLASSES))
            .input("labels", TensorSpec.of(DType.I64, ROWS))
            .attribute("reduction", new Attribute.Text("none"))
            .build();
    private static final Call GRADIENT = call("cross_entropy_grad")
            .input("dY", TensorSpec.of(DType.F32, ROWS))
            .input("logits", TensorSpec.of(DType.F32, ROWS, CLASSES))
            .input("labels", TensorSpec.of(DType.I64, ROWS))
            .attribute("reduction", new Attribute.Text("none"))
            .build();
    private static final Call DISTANCE = call("pairwise_distance")
            .input("x1", TensorSpec.of(DType.F32, 12, 100))
            .input("x2", TensorSpec.of(DType.F32, 9, 100))
            .build();

    /// What a running sum of exponentials is, rounded after every term.
    private static double sum(Tensor logits, int row, DoubleUnaryOperator rounding) {
        double top = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < CLASSES; k++) {
            top = Math.max(top, logits.get((long) row * CLASSES + k));
        }
        double sum = 0;
        for (int k = 0; k < CLASSES; k++) {
            sum = rounding.applyAsDouble(sum + Math.exp(logits.get((long) row * CLASSES + k) - top));
        }
        return sum;
    }

    private static Cause ofLoss(DoubleUnaryOperator rounding) {
        return diagnosis(LOSS, "normal", (y, in) -> {
                    for (int row = 0; row < ROWS; row++) {
                        if (y[row] != 0) {
                            Tensor logits = in.get("logits");
                            y[row] += Math.log(sum(logits, row, rounding) / sum(logits, row, x -> x));
                        }
                    }
                })
                .cause();
    }

    private static int label(Inputs inputs, int row) {
        return (int) inputs.get("labels").get(row);
    }

    private static Cause ofGradient(DoubleUnaryOperator rounding) {
        return diagnosis(GRADIENT, "normal", (y, in) -> {
                    for (int row = 0; row < ROWS; row++) {
                        Tensor logits = in.get("logits");
                        double factor = sum(logits, row, x -> x) / sum(logits, row, rounding);
                        double dy = in.get("dY").get(row);
                        for (int k = 0; k < CLASSES; k++) {
                            int at = row * CLASSES + k;
                            double one = k == label(in, row) ? dy : 0;
                            y[at] = (y[at] + one) * factor - one;
                        }
                    }
                })
                .cause();
    }

    private static Cause ofDistance(DoubleUnaryOperator rounding) {
        return diagnosis(DISTANCE, "normal", (y, in) -> {
                    for (int at = 0; at < y.length; at++) {
                        double sum = 0;
                        for (int k = 0; k < 100; k++) {
                            double d = in.get("x1").get(at / 9 * 100L + k)
                                    - in.get("x2").get(at % 9 * 100L + k);
                            sum = rounding.applyAsDouble(sum + d * d);
                        }
                        y[at] = Math.sqrt(sum);
                    }
                })
                .cause();
    }

    @Test
    void sumsThatWereKeptInBf16AreTold() {
        assertEquals(Cause.NARROW_ACCUMULATOR, ofLoss(DType.BF16::round));
        assertEquals(Cause.NARROW_ACCUMULATOR, ofGradient(DType.BF16::round));
        assertEquals(Cause.NARROW_ACCUMULATOR, ofDistance(DType.BF16::round));
    }

    @Test
    void sumsThatAreWrongOtherwiseAreNot() {
        assertEquals(Cause.UNKNOWN, ofLoss(noise()));
        assertEquals(Cause.UNKNOWN, ofGradient(noise()));
        assertEquals(Cause.UNKNOWN, ofDistance(noise()));
    }

    private static DoubleUnaryOperator noise() {
        Random random = new Random(4);
        return x -> x * (1 + 0.002 * random.nextGaussian());
    }
}
