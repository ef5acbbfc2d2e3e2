package dev.assay.engine.diagnosis;

import static dev.assay.engine.diagnosis.Planted.call;
import static dev.assay.engine.diagnosis.Planted.diagnosis;
import static dev.assay.engine.diagnosis.Planted.read;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Rereading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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

    /// What a device that has these scales makes of the numbers, diagnosed.
    private static Cause ofScales(double[] factors) {
        Call call = call("dynamic_quant")
                .input("x", TensorSpec.of(DType.F32, 9, 100))
                .build();
        Operator operator = Operators.named("dynamic_quant", "test");
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.generate(operator, call, "normal", "planted", 7, arena);
            Tensor x = inputs.getOrDefault("x", Tensor.allocate(TensorSpec.of(DType.F32), arena));
            Tensor y = Tensor.allocate(TensorSpec.of(DType.I8, 9, 100), arena);
            Tensor scale = Tensor.allocate(TensorSpec.of(DType.F32, 9, 1), arena);
            for (int row = 0; row < 9; row++) {
                double most = 0;
                for (int c = 0; c < 100; c++) {
                    most = Math.max(most, Math.abs(x.get(row * 100 + c)));
                }
                scale.set(row, DType.F32.round(most / 127 * factors[row]));
                for (int c = 0; c < 100; c++) {
                    y.set(row * 100 + c, Math.clamp(Math.rint(x.get(row * 100 + c) / scale.get(row)), -128, 127));
                }
            }
            Map<String, Tensor> outputs = Map.of("y", y, "scale", scale);
            Evidence.Run run =
                    new Evidence.Run("", inputs, outputs, outputs, List.of(new Evidence.Objection("bound", "planted")));
            return Diagnosing.of(new Evidence(operator, call, ComputeContract.STRICT, List.of(run)))
                    .cause();
        }
    }

    @Test
    void rangesThatAreDividedByOneCodeMoreHaveAWrongScale() {
        double[] factors = new double[9];
        Arrays.fill(factors, 1);
        assertEquals(Cause.UNKNOWN, ofScales(factors));
        Arrays.fill(factors, 127.0 / 128);
        assertEquals(Cause.SCALE, ofScales(factors));
        Random random = new Random(3);
        Arrays.setAll(factors, row -> 1 + 0.01 * random.nextGaussian());
        assertEquals(Cause.UNKNOWN, ofScales(factors));
    }

    @Test
    void coordinatesAndSizesInReverseAreMisplaced() {
        Call found = call("non_zero")
                .constant("X", TensorSpec.of(DType.F32, 3, 4), List.of(0L, 1L, 1L, 0L, 0L, 1L, 0L, 1L, 1L, 0L, 1L, 1L))
                .build();
        assertEquals(
                Cause.MISPLACED,
                diagnosis(found, "normal", (y, in) -> {
                            double[] right = y.clone();
                            for (int i = 0; i < y.length; i++) {
                                y[i] = right[(i + y.length / 2) % y.length];
                            }
                        })
                        .cause());
        assertEquals(
                Cause.UNKNOWN, diagnosis(found, "normal", (y, in) -> y[2] += 2).cause());
        Call sizes =
                call("shape").input("data", TensorSpec.of(DType.F32, 2, 3, 5)).build();
        assertEquals(
                Cause.MISPLACED,
                diagnosis(sizes, "normal", (y, in) -> {
                            y[0] = 5;
                            y[2] = 2;
                        })
                        .cause());
        assertEquals(
                Cause.UNKNOWN, diagnosis(sizes, "normal", (y, in) -> y[0] = 9).cause());
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

    private static final Call GRID = call("stencil")
            .input("X", TensorSpec.of(DType.F32, 50, 20))
            .input("W", TensorSpec.of(DType.F32, 5))
            .build();
    private static final Call LIQUID = call("lennard_jones")
            .input("positions", TensorSpec.of(DType.F32, 64, 3))
            .input("neighbours", TensorSpec.of(DType.I32, 64, 48))
            .build();
    private static final Call LISTS = call("neighbour_list")
            .input("positions", TensorSpec.of(DType.F32, 64, 3))
            .attribute("cutoff", new Attribute.Real(2))
            .attribute("max_neighbours", new Attribute.Int(63))
            .build();

    /// Rows of a grid that miss the row behind them.
    private static Planted.Fault lost(int tile) {
        return (y, in) -> {
            for (int i = 0; i + 20 < y.length; i++) {
                y[i] -= i / 20 % tile == tile - 1
                        ? in.get("W").get(2) * in.get("X").get(i + 20L)
                        : 0;
            }
        };
    }

    @Test
    void rowsBehindTilesThatAreNotReadAreMissing() {
        assertEquals(Cause.TERMS_MISSING, diagnosis(GRID, "normal", lost(16)).cause());
        assertEquals(Cause.TERMS_MISSING, diagnosis(GRID, "normal", lost(32)).cause());
        assertEquals(Cause.UNKNOWN, diagnosis(GRID, "normal", lost(13)).cause());
    }

    @Test
    void energiesOfPairsThatCountTwiceHaveAWrongScale() {
        assertEquals(
                Cause.SCALE,
                diagnosis(LIQUID, "normal", (y, in) -> Arrays.setAll(y, i -> 2 * y[i]))
                        .cause());
        assertEquals(
                Cause.UNKNOWN,
                diagnosis(LIQUID, "normal", (y, in) -> Arrays.setAll(y, i -> (i % 2 + 1) * y[i]))
                        .cause());
    }

    /// Lists of 64 atoms, and a number in each that is no neighbour's.
    private static Cause listed(int shift) {
        return Planted.cause(LISTS, "normal", (inputs, outputs) -> {
            Tensor x = inputs.get("positions");
            Tensor lists = outputs.get("neighbours");
            for (int atom = 0; atom < 64; atom++) {
                int count = 0;
                for (int other = 0; other < 64; other++) {
                    double square = 0;
                    for (int axis = 0; axis < 3; axis++) {
                        double d = x.get(atom * 3 + axis) - x.get(other * 3 + axis);
                        square += d * d;
                    }
                    if (other != atom && square < 4) {
                        lists.set(atom * 63 + count++, other);
                    }
                }
                outputs.get("count").set(atom, count);
                lists.set(atom * 63 + count++, (atom + shift) % 64);
                for (int k = count; k < 63; k++) {
                    lists.set(atom * 63 + k, -1);
                }
            }
        });
    }

    @Test
    void atomsAmongTheirOwnNeighboursAreOneTooMany() {
        assertEquals(Cause.OFF_BY_ONE, listed(0));
        assertEquals(Cause.UNKNOWN, listed(31));
    }

    private static final Call BACK = call("matmul_grad")
            .input("dY", TensorSpec.of(DType.F32, 20, 30))
            .input("A", TensorSpec.of(DType.F32, 20, 10))
            .input("B", TensorSpec.of(DType.F32, 10, 30))
            .build();

    /// Both gradients of a product without one of the terms of each sum.
    private static Cause without(int row, int column) {
        return Planted.cause(BACK, "normal", (in, out) -> {
            for (int i = 0; i < 20; i++) {
                for (int k = 0; k < 10; k++) {
                    double sum = 0;
                    for (int j = 0; j < 30; j++) {
                        sum += j == column
                                ? 0
                                : in.get("dY").get(i * 30L + j) * in.get("B").get(k * 30L + j);
                    }
                    out.get("dA").set(i * 10L + k, sum);
                }
            }
            for (int k = 0; k < 10; k++) {
                for (int j = 0; j < 30; j++) {
                    double sum = 0;
                    for (int i = 0; i < 20; i++) {
                        sum += i == row
                                ? 0
                                : in.get("A").get(i * 10L + k) * in.get("dY").get(i * 30L + j);
                    }
                    out.get("dB").set(k * 30L + j, sum);
                }
            }
        });
    }

    @Test
    void lastTermsOfBothGradientsAreMissing() {
        assertEquals(Cause.TERMS_MISSING, without(19, 29));
        assertEquals(Cause.UNKNOWN, without(7, 12));
        assertEquals(Cause.UNKNOWN, without(-1, -1));
    }
}
