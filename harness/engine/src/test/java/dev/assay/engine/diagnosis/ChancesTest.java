package dev.assay.engine.diagnosis;

import static dev.assay.engine.diagnosis.Planted.call;
import static dev.assay.engine.diagnosis.Planted.cause;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Kernels that leave nothing to chance where they should, or that draw wrongly.
class ChancesTest {
    private static final Call ROUNDED = call("stochastic_round")
            .input("X", TensorSpec.of(DType.F32, 40, 60))
            .attribute("to", new Attribute.Text("bf16"))
            .build();
    private static final Call DROPPED = call("dropout")
            .input("data", TensorSpec.of(DType.F32, 40, 60))
            .input("ratio", TensorSpec.of(DType.F32))
            .constant("training_mode", TensorSpec.of(DType.BOOL), List.of(1L))
            .output("mask")
            .build();

    /// How a number is rounded, given a number between 0 and 1 that was drawn for it.
    private interface Rounding {
        double of(double x, double drawn, int place);
    }

    private static Cause ofRounding(Rounding rounding) {
        return cause(ROUNDED, "normal", (inputs, outputs) -> {
            Random random = new Random(3);
            Tensor x = inputs.get("X");
            Tensor y = outputs.get("Y");
            for (int i = 0; i < x.shape().elements(); i++) {
                y.set(i, rounding.of(x.get(i), random.nextDouble(), i));
            }
        });
    }

    private static double fair(double x, double drawn) {
        double ulp = DType.BF16.ulp(Math.abs(x));
        double below = Math.floor(Math.abs(x) / ulp) * ulp;
        return Math.copySign(drawn < (Math.abs(x) - below) / ulp ? below + ulp : below, x);
    }

    @Test
    void roundingsWithoutChanceAreTold() {
        assertEquals(Cause.OTHER_OPERATOR, ofRounding((x, drawn, place) -> DType.BF16.round(x)));
        assertEquals(Cause.TRUNCATION, ofRounding((x, drawn, place) -> fair(x, 1)));
    }

    @Test
    void roundingsThatAreOftenOtherwiseHaveNoSuchCause() {
        assertEquals(Cause.UNKNOWN, ofRounding((x, drawn, place) -> fair(x, drawn)));
        assertEquals(
                Cause.UNKNOWN, ofRounding((x, drawn, place) -> place % 3 == 0 ? fair(x, drawn) : DType.BF16.round(x)));
        assertEquals(Cause.UNKNOWN, ofRounding((x, drawn, place) -> fair(x, drawn / 2)));
    }

    /// Which elements stay, and what becomes of them.
    private static Cause ofDropout(double rate, int period, double scale, int offset) {
        return cause(DROPPED, "normal", (inputs, outputs) -> {
            Random random = new Random(9);
            Tensor data = inputs.get("data");
            int count = Math.toIntExact(data.shape().elements());
            boolean[] stays = new boolean[count + offset];
            for (int i = 0; i < stays.length; i++) {
                stays[i] = i < period ? random.nextDouble() >= rate : stays[i % period];
            }
            for (int i = 0; i < count; i++) {
                outputs.get("mask").set(i, stays[i + offset] ? 1 : 0);
                outputs.get("output").set(i, stays[i] ? DType.F32.round(data.get(i) * scale) : 0);
            }
        });
    }

    @Test
    void whatIsLeftOutWronglyIsTold() {
        double rate = 0.1f;
        double scale = 1 / (1 - rate);
        int never = 1 << 20;
        assertEquals(Cause.UNKNOWN, ofDropout(rate, never, scale, 0));
        assertEquals(Cause.TERMS_REPEATED, ofDropout(rate, 64, scale, 0));
        assertEquals(Cause.MISPLACED, ofDropout(rate, never, scale, 1));
        assertEquals(Cause.SCALE, ofDropout(rate, never, 1, 0));
        assertEquals(Cause.ATTRIBUTE, ofDropout(1 - rate, never, 1 / rate, 0));
        assertEquals(Cause.TERMS_REPEATED, ofDropout(rate, 60, scale, 0));
        // Drawn with another rate, and scaled by no factor that there is.
        assertEquals(Cause.UNKNOWN, ofDropout(0.3, never, scale, 0));
        assertEquals(Cause.UNKNOWN, ofDropout(0.3, never, scale, 3));
    }
}
