package dev.assay.engine.diagnosis;

import static dev.assay.engine.diagnosis.Planted.call;
import static dev.assay.engine.diagnosis.Planted.diagnosis;
import static dev.assay.engine.diagnosis.Planted.read;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Codes that wrap around, stop early or are cut off, and elements that are copies of others.
class CodeCauseTest {
    private static final Call BYTES = quantised(DType.I8);

    private static Call quantised(DType type) {
        return call("quantize_linear")
                .input("x", TensorSpec.of(DType.F32, 3000))
                .input("y_scale", TensorSpec.of(DType.F32))
                .input("y_zero_point", TensorSpec.of(type))
                .build();
    }

    private static final Call CAST = call("cast")
            .input("input", TensorSpec.of(DType.F32, 3000))
            .attribute("to", new Attribute.Int(16))
            .build();

    private static double quotient(Inputs in, int i) {
        return in.get("x").get(i) / in.get("y_scale").get(0);
    }

    @Test
    void codesThatAreOffByChanceHaveNoCause() {
        assertEquals(
                Cause.UNKNOWN,
                diagnosis(BYTES, "normal", (y, in) -> {
                            Random random = new Random(3);
                            for (int i = 0; i < y.length; i++) {
                                y[i] = Math.clamp(y[i] + (random.nextBoolean() ? 1 : -1), -128, 127);
                            }
                        })
                        .cause());
    }

    @Test
    void scaleThatIsALittleTooLargeIsNoTruncation() {
        Diagnosis found = diagnosis(BYTES, "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                double zero = in.get("y_zero_point").get(0);
                y[i] = Math.clamp(Math.rint(quotient(in, i) * 0.997) + zero, -128, 127);
            }
        });
        assertNotEquals(Cause.TRUNCATION, found.cause(), found.sentence());
    }

    @Test
    void quotientsTowardZeroAreCutOff() {
        Diagnosis found = diagnosis(BYTES, "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                double q = quotient(in, i);
                double zero = in.get("y_zero_point").get(0);
                y[i] = Math.clamp((q < 0 ? Math.ceil(q) : Math.floor(q)) + zero, -128, 127);
            }
        });
        assertEquals(Cause.TRUNCATION, found.cause(), found.sentence());
    }

    @Test
    void whatIsTooLargeWrapsAround() {
        Diagnosis found = diagnosis(BYTES, "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                y[i] = (byte) (long)
                        (Math.rint(quotient(in, i)) + in.get("y_zero_point").get(0));
            }
        });
        assertEquals(Cause.OVERFLOW, found.cause(), found.sentence());
    }

    @Test
    void rangeThatEndsEarlyOverflows() {
        Diagnosis found = diagnosis(quantised(DType.F8E4M3), "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                y[i] = Math.clamp(y[i], -240, 240);
            }
        });
        assertEquals(Cause.OVERFLOW, found.cause(), found.sentence());
    }

    @Test
    void conversionsTowardZeroAreCutOff() {
        Diagnosis found = diagnosis(CAST, "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                double x = in.get("input").get(i);
                double rounded = DType.BF16.round(x);
                y[i] = Math.abs(rounded) > Math.abs(x) ? DType.BF16.decode(DType.BF16.encode(rounded) - 1) : rounded;
            }
        });
        assertEquals(Cause.TRUNCATION, found.cause(), found.sentence());
        Diagnosis noise = diagnosis(CAST, "normal", (y, in) -> {
            Random random = new Random(3);
            for (int i = 0; i < y.length; i++) {
                y[i] = DType.BF16.decode(DType.BF16.encode(y[i]) + (random.nextBoolean() ? 1 : -1));
            }
        });
        assertEquals(Cause.UNKNOWN, noise.cause(), noise.sentence());
    }

    @Test
    void runsOfOtherRowsAreMisplaced() {
        for (DType type : new DType[] {DType.F32, DType.BF16, DType.F8E4M3}) {
            Call rows = call("embedding")
                    .input("table", TensorSpec.of(type, 400, 33))
                    .input("ids", TensorSpec.of(DType.I64, 50))
                    .build();
            Diagnosis found = diagnosis(rows, "codes", (y, in) -> {
                Tensor table = in.get("table");
                Random random = new Random(9);
                for (int row = 10; row < 50; row++) {
                    long from = random.nextInt(400);
                    for (int c = 0; c < 33; c++) {
                        y[row * 33 + c] = table.get(from * 33 + c);
                    }
                }
            });
            assertEquals(Cause.MISPLACED, found.cause(), type + ": " + found.sentence());
            // The same elements, one by one from anywhere, prove nothing where types have few codes.
            Diagnosis noise = diagnosis(rows, "codes", (y, in) -> {
                Random random = new Random(9);
                for (int i = 0; i < y.length; i++) {
                    y[i] = type.decode(random.nextLong() & (1L << type.bits()) - 1);
                }
            });
            assertNotEquals(Cause.MISPLACED, noise.cause(), type + ": " + noise.sentence());
        }
    }

    @Test
    void elementsThatWereLeftAsTheyWereAreNoCopies() {
        Call absolute = call("abs").input("X", TensorSpec.of(DType.F32, 60, 50)).build();
        Diagnosis found = diagnosis(absolute, "normal", read(absolute, right -> right));
        assertEquals(Cause.UNKNOWN, found.cause());
        Diagnosis signs = diagnosis(absolute, "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                y[i] = in.get("X").get(i);
            }
        });
        assertNotEquals(Cause.MISPLACED, signs.cause(), signs.sentence());
    }
}
