package dev.assay.engine.diagnosis;

import static dev.assay.engine.diagnosis.Planted.call;
import static dev.assay.engine.diagnosis.Planted.diagnosis;
import static dev.assay.engine.diagnosis.Planted.read;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Rereading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Readings that operators name themselves.
class OwnReadingsTest {
    private static final Call SEQUENCES = call("varlen_attention")
            .input("q", TensorSpec.of(DType.F32, 30, 4, 16))
            .input("k", TensorSpec.of(DType.F32, 40, 2, 16))
            .input("v", TensorSpec.of(DType.F32, 40, 2, 16))
            .constant("cu_seqlens_q", TensorSpec.of(DType.I32, 3), List.of(0L, 13L, 30L))
            .constant("cu_seqlens_k", TensorSpec.of(DType.I32, 3), List.of(0L, 18L, 40L))
            .attribute("causal", new Attribute.Int(1))
            .build();
    private static final Call TURNS = call("rope")
            .input("q", TensorSpec.of(DType.F32, 30, 4, 16))
            .input("positions", TensorSpec.of(DType.I64, 30))
            .build();
    private static final Call PRODUCT = call("gemm")
            .input("A", TensorSpec.of(DType.F32, 61, 40))
            .input("B", TensorSpec.of(DType.F32, 61, 30))
            .input("C", TensorSpec.of(DType.F32, 30))
            .attribute("transA", new Attribute.Int(1))
            .build();
    private static final Call SCALED = call("quant_matmul")
            .input("X", TensorSpec.of(DType.I8, 16, 40))
            .input("W", TensorSpec.of(DType.I8, 30, 40))
            .input("x_scale", TensorSpec.of(DType.F32))
            .input("w_scale", TensorSpec.of(DType.F32, 30))
            .input("B", TensorSpec.of(DType.F32, 30))
            .build();

    private static Cause cause(Call call, UnaryOperator<Rereading> change) {
        return diagnosis(call, "normal", read(call, change)).cause();
    }

    @Test
    void noiseHasNoCause() {
        for (Call call : List.of(SEQUENCES, TURNS, PRODUCT, SCALED)) {
            Diagnosis found = diagnosis(call, "normal", (y, in) -> {
                Random random = new Random(5);
                for (int i = 0; i < y.length; i++) {
                    y[i] += 0.3 * random.nextGaussian();
                }
            });
            assertEquals(Cause.UNKNOWN, found.cause(), call.operator() + ": " + found.sentence());
            assertEquals(Cause.UNKNOWN, diagnosis(call, "normal", (y, in) -> {}).cause(), call.operator());
        }
    }

    @Test
    void headsBordersAndScalesOfSequencesAreTold() {
        assertEquals(
                Cause.MASK,
                cause(
                        SEQUENCES,
                        right -> right.attribute("causal", new Attribute.Int(0))
                                .attribute("window_right", new Attribute.Int(1))));
        assertEquals(
                Cause.SCALE,
                cause(SEQUENCES, right -> right.attribute("scale", new Attribute.Real(1 / Math.sqrt(17)))));
        List<Long> early = List.of(0L, 17L, 40L);
        assertEquals(Cause.MASK, cause(SEQUENCES, right -> right.whole("cu_seqlens_k", n -> early.get((int) n))));
        assertEquals(Cause.HEAD_MAPPING, cause(SEQUENCES, right -> {
            Rereading changed = right;
            for (String name : List.of("k", "v")) {
                Tensor tensor = right.input(name);
                changed = changed.input(
                        name,
                        tensor.dtype(),
                        Shape.of(40, 4, 16),
                        n -> tensor.get((n / 64 * 2 + n / 16 % 4 % 2) * 16 + n % 16));
            }
            return changed;
        }));
    }

    private static Planted.Fault turned(double sine, DType angles) {
        return (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                int pair = i % 8;
                double angle = in.get("positions").get(i / 64) * Math.pow(10000, -pair / 8.0);
                double cos = angles.round(Math.cos(angle));
                double sin = sine * angles.round(Math.sin(angle));
                Tensor q = in.get("q");
                y[i] = i % 16 < 8 ? q.get(i) * cos - q.get(i + 8) * sin : q.get(i) * cos + q.get(i - 8) * sin;
            }
        };
    }

    @Test
    void rotationsAreToldByTheirAngles() {
        assertEquals(
                Cause.UNKNOWN, diagnosis(TURNS, "normal", turned(1, DType.F64)).cause());
        assertEquals(
                Cause.SIGN, diagnosis(TURNS, "normal", turned(-1, DType.F64)).cause());
        assertEquals(
                Cause.NARROW_INTERMEDIATE,
                diagnosis(TURNS, "normal", turned(1, DType.BF16)).cause());
    }

    @Test
    void pairsThatSaturateOverflow() {
        Call bytes = call("matmul_integer")
                .input("A", TensorSpec.of(DType.U8, 20, 31))
                .input("B", TensorSpec.of(DType.I8, 31, 25))
                .build();
        Diagnosis found = diagnosis(bytes, "normal", (y, in) -> {
            for (int n = 0; n < y.length; n++) {
                y[n] = 0;
                for (int k = 0; k < 31; k += 2) {
                    double pair = 0;
                    for (int l = k; l < Math.min(31, k + 2); l++) {
                        pair += in.get("A").get(n / 25 * 31L + l) * in.get("B").get(l * 25L + n % 25);
                    }
                    y[n] += Math.clamp(pair, Short.MIN_VALUE, Short.MAX_VALUE);
                }
            }
        });
        assertEquals(Cause.OVERFLOW, found.cause(), found.sentence());
        Diagnosis noise = diagnosis(bytes, "normal", (y, in) -> {
            Random random = new Random(5);
            for (int n = 0; n < y.length; n++) {
                y[n] += random.nextInt(-500, 500);
            }
        });
        assertEquals(Cause.UNKNOWN, noise.cause(), noise.sentence());
    }

    @Test
    void whatIsAddedTwiceIsARepeatedTermAndATransposeThatIsIgnoredAnAttribute() {
        assertEquals(Cause.TERMS_REPEATED, cause(PRODUCT, right -> {
            Tensor c = right.input("C");
            return right.input("C", c.dtype(), c.shape(), n -> 2 * c.get(n));
        }));
        assertEquals(Cause.ATTRIBUTE, cause(PRODUCT, right -> {
            Tensor a = right.input("A");
            return right.input("A", a.dtype(), Shape.of(40, 61), a::get).attribute("transA", new Attribute.Int(0));
        }));
        assertEquals(Cause.SCALE, cause(SCALED, right -> {
            Tensor b = right.input("B");
            Tensor scale = right.input("w_scale");
            return right.input("B", b.dtype(), b.shape(), n -> b.get(n) * scale.get(n));
        }));
    }
}
