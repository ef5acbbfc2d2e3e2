package dev.assay.engine.diagnosis;

import static dev.assay.engine.diagnosis.Planted.call;
import static dev.assay.engine.diagnosis.Planted.diagnosis;
import static dev.assay.engine.diagnosis.Planted.read;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Rereading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Readings of places, lengths, signs and orders, planted in right outputs: each is named as what it is, or not at all.
class WholeReadingsTest {
    private static final Call GATHER = call("gather")
            .input("data", TensorSpec.of(DType.F32, 40, 9))
            .input("indices", TensorSpec.of(DType.I64, 30))
            .build();
    private static final Call PAD = call("pad")
            .input("data", TensorSpec.of(DType.F32, 20, 30))
            .constant("pads", TensorSpec.of(DType.I64, 4), List.of(2L, 3L, 9L, 0L))
            .build();
    private static final Call SLICE = call("slice")
            .input("data", TensorSpec.of(DType.F32, 7, 5, 65))
            .constant("starts", TensorSpec.of(DType.I64, 1), List.of(3L))
            .constant("ends", TensorSpec.of(DType.I64, 1), List.of(60L))
            .constant("axes", TensorSpec.of(DType.I64, 1), List.of(2L))
            .build();
    private static final Call GROUPS = call("grouped_matmul")
            .input("A", TensorSpec.of(DType.F32, 40, 33))
            .input("B", TensorSpec.of(DType.F32, 4, 33, 20))
            .constant("group_sizes", TensorSpec.of(DType.I64, 4), List.of(0L, 17L, 0L, 23L))
            .build();
    private static final Call CODES = call("dequantize_linear")
            .input("x", TensorSpec.of(DType.I8, 40, 50))
            .input("x_scale", TensorSpec.of(DType.F32))
            .build();
    private static final Call CONV = call("conv")
            .input("X", TensorSpec.of(DType.F32, 1, 4, 15, 16))
            .input("W", TensorSpec.of(DType.F32, 5, 4, 3, 3))
            .input("B", TensorSpec.of(DType.F32, 5))
            .attribute("dilations", new Attribute.Ints(List.of(2L, 3L)))
            .build();
    private static final Call TURN = call("transpose")
            .input("data", TensorSpec.of(DType.F32, 7, 33, 12))
            .attribute("perm", new Attribute.Ints(List.of(1L, 2L, 0L)))
            .build();
    private static final Call TRIANGLE =
            call("trilu").input("input", TensorSpec.of(DType.F32, 3, 20, 21)).build();

    private static Cause cause(Call call, String fill, UnaryOperator<Rereading> change) {
        return diagnosis(call, fill, read(call, change)).cause();
    }

    @Test
    void noiseHasNoCause() {
        for (Call call : List.of(GATHER, PAD, SLICE, GROUPS, CODES, CONV, TURN, TRIANGLE)) {
            Diagnosis found = diagnosis(call, "normal", (y, in) -> {
                Random random = new Random(5);
                for (int i = 0; i < y.length; i++) {
                    y[i] += 0.3 * random.nextGaussian();
                }
            });
            assertEquals(Cause.UNKNOWN, found.cause(), call.operator() + ": " + found.sentence());
        }
    }

    @Test
    void rightOutputsHaveNoCause() {
        for (Call call : List.of(GATHER, PAD, SLICE, GROUPS, CODES, CONV, TURN, TRIANGLE)) {
            assertEquals(Cause.UNKNOWN, diagnosis(call, "normal", (y, in) -> {}).cause(), call.operator());
        }
    }

    @Test
    void negativePlacesThatAreTakenForTheFirstAreMisplaced() {
        assertEquals(
                Cause.MISPLACED,
                cause(
                        GATHER,
                        "normal",
                        right -> right.whole("indices", n -> {
                            Tensor indices = right.input("indices");
                            return Math.max(0, indices.dtype().decodeLong(indices.codeAt(indices.position(n))));
                        })));
    }

    @Test
    void constantsOfTheCallAreReadOtherwise() {
        List<Long> turned = List.of(9L, 0L, 2L, 3L);
        assertEquals(Cause.MISPLACED, cause(PAD, "normal", right -> right.whole("pads", n -> turned.get((int) n))));
        List<Long> packed = List.of(17L, 23L, 0L, 0L);
        assertEquals(
                Cause.MISPLACED,
                cause(GROUPS, "normal", right -> right.whole("group_sizes", n -> packed.get((int) n))));
    }

    @Test
    void oneElementTooEarlyInMemoryIsMisplaced() {
        assertEquals(Cause.MISPLACED, cause(SLICE, "normal", right -> {
            Tensor data = right.input("data");
            return right.input("data", data.dtype(), data.shape(), n -> data.get(Math.max(0, n - 1)));
        }));
    }

    @Test
    void codesOfTheOtherSignWrapAround() {
        assertEquals(Cause.OVERFLOW, cause(CODES, "normal", right -> {
            Tensor x = right.input("x");
            return right.input("x", DType.U8, x.shape(), n -> x.get(n) < 0 ? x.get(n) + 256 : x.get(n));
        }));
        assertEquals(Cause.MISPLACED, cause(CODES, "normal", right -> {
            Tensor x = right.input("x");
            return right.input("x", DType.I8, x.shape(), n -> x.get(n ^ 1));
        }));
    }

    @Test
    void tapsThatAreNeighboursAreAnAttribute() {
        Diagnosis found = diagnosis(CONV, "normal", (y, in) -> {
            Call asked = call("conv")
                    .input("X", TensorSpec.of(DType.F32, 1, 4, 15, 16))
                    .input("W", TensorSpec.of(DType.F32, 5, 4, 3, 3))
                    .input("B", TensorSpec.of(DType.F32, 5))
                    .build();
            double[] larger = new double[5 * 13 * 14];
            read(asked, right -> right).change(larger, in);
            for (int i = 0; i < y.length; i++) {
                y[i] = larger[i / 110 * 182 + i % 110 / 10 * 14 + i % 10];
            }
        });
        assertEquals(Cause.ATTRIBUTE, found.cause(), found.sentence());
        assertEquals(Cause.MISPLACED, cause(CONV, "normal", right -> {
            Tensor w = right.input("W");
            return right.input("W", w.dtype(), w.shape(), n -> w.get(n + 8 - 2 * (n % 9)));
        }));
        assertEquals(Cause.TERMS_REPEATED, cause(CONV, "normal", right -> {
            Tensor b = right.input("B");
            return right.input("B", b.dtype(), b.shape(), n -> 2 * b.get(n));
        }));
    }

    @Test
    void inverseOfAnOrderIsMisplaced() {
        assertEquals(
                Cause.MISPLACED,
                diagnosis(TURN, "normal", (y, in) -> {
                            // What lies where the inverse order puts it, cut to the sizes of the right one.
                            Call asked = call("transpose")
                                    .input("data", TensorSpec.of(DType.F32, 7, 33, 12))
                                    .attribute("perm", new Attribute.Ints(List.of(2L, 0L, 1L)))
                                    .build();
                            read(asked, right -> right).change(y, in);
                        })
                        .cause());
    }

    @Test
    void diagonalThatIsOneOffIsAMask() {
        for (long k : new long[] {-1, 1}) {
            assertEquals(
                    Cause.MASK,
                    cause(TRIANGLE, "normal", right -> right.constant("k", TensorSpec.of(DType.I64), List.of(k))));
        }
    }

    @Test
    void termsOfProductsThatAreLeftOutAreMissing() {
        assertEquals(Cause.TERMS_MISSING, cause(GROUPS, "normal", right -> {
            Tensor x = right.input("A");
            return right.input("A", x.dtype(), x.shape(), n -> n % 33 == 32 ? 0 : x.get(n));
        }));
        assertEquals(Cause.TERMS_MISSING, cause(CONV, "normal", right -> {
            Tensor w = right.input("W");
            return right.input("W", w.dtype(), w.shape(), n -> n % 36 == 35 ? 0 : w.get(n));
        }));
    }
}
