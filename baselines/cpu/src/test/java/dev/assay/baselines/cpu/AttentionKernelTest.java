package dev.assay.baselines.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AttentionKernelTest {
    /// A NaN in every type, taken from the top; none of them the usual one.
    private static final long ODD_NAN = 0xFFFF_FFFF_FFFF_FFFFL;

    private static final List<DType> FLOATS = List.of(DType.F64, DType.F32, DType.F16, DType.BF16);

    private final List<Backend> backends = new ArrayList<>();

    @BeforeAll
    void open() {
        backends.add(CpuBackend.open(1));
        backends.add(CpuBackend.open(3));
    }

    @AfterAll
    void close() {
        backends.forEach(Backend::close);
    }

    private void assertRight(Trial trial) {
        for (Backend backend : backends) {
            assertEquals(
                    List.of(),
                    trial.run(backend),
                    () -> trial.call() + " on " + backend.device().model());
        }
    }

    /// Queries `[b,h,s,d]`, keys `[b,g,t,d]`, values `[b,g,t,e]`.
    private static Trial attention(DType dtype, int b, int h, int g, int s, int t, int d, int e) {
        return Trial.of("attention")
                .input("Q", dtype, b, h, s, d)
                .input("K", dtype, b, g, t, d)
                .input("V", dtype, b, g, t, e);
    }

    /// The same with heads as part of the last dimension.
    private static Trial flat(DType dtype, int b, int h, int g, int s, int t, int d, int e) {
        return Trial.of("attention")
                .input("Q", dtype, b, s, (long) h * d)
                .input("K", dtype, b, t, (long) g * d)
                .input("V", dtype, b, t, (long) g * e)
                .attribute("q_num_heads", h)
                .attribute("kv_num_heads", g);
    }

    private static Trial past(Trial trial, DType dtype, int b, int g, int p, int d, int e) {
        return trial.input("past_key", dtype, b, g, p, d)
                .input("past_value", dtype, b, g, p, e)
                .output("present_key")
                .output("present_value");
    }

    private static Map<String, Function<DType, Trial>> features() {
        Map<String, Function<DType, Trial>> all = new LinkedHashMap<>();
        all.put("plain", type -> attention(type, 2, 3, 3, 17, 29, 8, 8));
        all.put("one of everything", type -> attention(type, 1, 1, 1, 1, 1, 1, 1));
        all.put("many blocks", type -> attention(type, 1, 2, 2, 300, 70, 16, 16));
        all.put("groups and another value size", type -> attention(type, 2, 6, 2, 7, 13, 8, 5));
        all.put("one query for each of a group's heads", type -> attention(type, 2, 8, 2, 1, 40, 16, 16));
        all.put("causal", type -> attention(type, 1, 2, 2, 70, 70, 8, 8).attribute("is_causal", 1));
        all.put(
                "causal, more keys",
                type -> attention(type, 1, 2, 1, 9, 20, 8, 8).attribute("is_causal", 1));
        all.put(
                "causal, fewer keys",
                type -> attention(type, 1, 2, 1, 20, 9, 8, 8)
                        .attribute("is_causal", 1)
                        .fill("boundary-seeking"));
        all.put("scale", type -> attention(type, 1, 2, 2, 9, 11, 8, 8).attribute("scale", 0.3));
        all.put("negative scale", type -> attention(type, 1, 2, 2, 9, 11, 8, 8).attribute("scale", -0.5));
        all.put(
                "soft cap",
                type -> attention(type, 1, 2, 2, 9, 11, 8, 8)
                        .attribute("softcap", 2.5)
                        .fill("peaky(8)"));
        all.put(
                "boolean mask for each query",
                type -> attention(type, 2, 4, 2, 6, 5, 8, 8).input("attn_mask", DType.BOOL, 6, 5));
        all.put(
                "boolean mask for each head",
                type -> attention(type, 2, 4, 2, 6, 5, 8, 8).input("attn_mask", DType.BOOL, 2, 4, 6, 5));
        all.put(
                "boolean mask for each batch",
                type -> attention(type, 2, 4, 2, 6, 5, 8, 8).input("attn_mask", DType.BOOL, 2, 1, 1, 5));
        all.put("additive mask", type -> attention(type, 2, 4, 2, 6, 5, 8, 8).input("attn_mask", type, 2, 1, 6, 5));
        all.put(
                "additive mask of three dimensions",
                type -> attention(type, 2, 4, 2, 6, 5, 8, 8).input("attn_mask", type, 4, 6, 5));
        all.put(
                "mask of fewer keys",
                type -> attention(type, 2, 4, 2, 6, 9, 8, 8).input("attn_mask", type, 2, 1, 6, 7));
        all.put(
                "strided mask",
                type -> attention(type, 2, 4, 2, 6, 5, 8, 8)
                        .input("attn_mask", new TensorSpec(type, Shape.of(6, 5), List.of(1L, 6L))));
        all.put(
                "so few keys that whole rows are masked",
                type -> attention(type, 2, 4, 2, 40, 2, 8, 8).input("attn_mask", DType.BOOL, 2, 4, 40, 2));
        all.put(
                "additive mask, soft cap and causal",
                type -> attention(type, 2, 4, 2, 6, 9, 8, 8)
                        .input("attn_mask", type, 6, 9)
                        .attribute("softcap", 3)
                        .attribute("is_causal", 1));
        all.put("past", type -> past(attention(type, 2, 4, 2, 3, 5, 8, 6), type, 2, 2, 7, 8, 6));
        all.put(
                "past, causal",
                type -> past(attention(type, 2, 4, 2, 3, 3, 8, 6), type, 2, 2, 7, 8, 6)
                        .attribute("is_causal", 1)
                        .fill("boundary-seeking"));
        all.put(
                "empty past",
                type -> past(attention(type, 2, 4, 2, 3, 3, 8, 6), type, 2, 2, 0, 8, 6)
                        .attribute("is_causal", 1));
        all.put(
                "past and mask",
                type -> past(attention(type, 2, 4, 2, 3, 3, 8, 6), type, 2, 2, 7, 8, 6)
                        .input("attn_mask", type, 3, 10));
        all.put(
                "present without past",
                type -> attention(type, 2, 4, 2, 3, 5, 8, 6)
                        .output("present_key")
                        .output("present_value"));
        all.put(
                "keys in use",
                type -> attention(type, 4, 2, 2, 3, 9, 8, 8).constant("nonpad_kv_seqlen", 9L, 4L, 1L, 0L));
        all.put(
                "keys in use, causal",
                type -> attention(type, 4, 2, 2, 3, 9, 8, 8)
                        .constant("nonpad_kv_seqlen", 9L, 4L, 1L, 0L)
                        .attribute("is_causal", 1)
                        .fill("boundary-seeking"));
        all.put("3-D", type -> flat(type, 2, 3, 3, 17, 29, 8, 5));
        all.put(
                "3-D, groups, causal, past",
                type -> past(flat(type, 2, 4, 2, 3, 3, 8, 6), type, 2, 2, 7, 8, 6)
                        .attribute("is_causal", 1)
                        .output("qk_matmul_output"));
        all.put(
                "heads between the rows of keys",
                type -> Trial.of("attention")
                        .input("Q", strided(type, List.of(2L, 4L, 6L, 8L), 192L, 8L, 32L, 1L))
                        .input("K", strided(type, List.of(2L, 2L, 9L, 8L), 144L, 8L, 16L, 1L))
                        .input("V", strided(type, List.of(2L, 2L, 9L, 5L), 90L, 5L, 10L, 1L)));
        all.put(
                "transposed keys and values",
                type -> Trial.of("attention")
                        .input("Q", strided(type, List.of(2L, 4L, 6L, 8L), 192L, 48L, 1L, 6L))
                        .input("K", strided(type, List.of(2L, 2L, 9L, 8L), 144L, 72L, 1L, 9L))
                        .input("V", strided(type, List.of(2L, 2L, 9L, 5L), 90L, 45L, 1L, 9L)));
        all.put(
                "keys that repeat from head to head, with gaps",
                type -> Trial.of("attention")
                        .input("Q", type, 2, 4, 6, 8)
                        .input("K", strided(type, List.of(2L, 4L, 9L, 8L), 200L, 0L, 20L, 2L))
                        .input("V", strided(type, List.of(2L, 4L, 9L, 5L), 0L, 45L, 5L, 1L)));
        all.put("outliers", type -> attention(type, 1, 2, 1, 9, 40, 24, 24).fill("outliers"));
        all.put("cancelling", type -> attention(type, 1, 2, 1, 9, 40, 24, 24).fill("cancelling"));
        all.put("lognormal", type -> attention(type, 1, 2, 1, 9, 40, 24, 24).fill("lognormal(1)"));
        all.put("integers", type -> attention(type, 1, 2, 1, 9, 40, 24, 24).fill("integers(-2,2)"));
        all.put("no batch", type -> attention(type, 0, 2, 1, 4, 4, 8, 8));
        all.put("no queries", type -> attention(type, 2, 2, 1, 0, 4, 8, 8));
        all.put("no keys", type -> attention(type, 2, 2, 1, 3, 0, 8, 8));
        all.put("no value columns", type -> attention(type, 2, 2, 1, 3, 4, 8, 0));
        for (int mode = 0; mode < 4; mode++) {
            int shown = mode;
            Function<Trial, Trial> shows =
                    trial -> trial.output("qk_matmul_output").attribute("qk_matmul_output_mode", shown);
            all.put("mode " + mode, type -> shows.apply(attention(type, 2, 6, 2, 7, 13, 8, 5)));
            all.put(
                    "mode " + mode + ", everything at once",
                    type -> shows.apply(past(attention(type, 2, 4, 2, 5, 5, 8, 6), type, 2, 2, 7, 8, 6)
                            .input("attn_mask", type, 2, 1, 5, 11)
                            .constant("nonpad_kv_seqlen", 12L, 9L)
                            .attribute("softcap", 2)
                            .attribute("scale", 0.7)
                            .attribute("is_causal", 1)));
            all.put(
                    "mode " + mode + ", masked rows",
                    type -> shows.apply(
                            attention(type, 2, 4, 2, 40, 2, 8, 8).input("attn_mask", DType.BOOL, 2, 4, 40, 2)));
            all.put("mode " + mode + ", no keys", type -> shows.apply(attention(type, 2, 2, 1, 3, 0, 8, 8)));
        }
        return all;
    }

    private static TensorSpec strided(DType dtype, List<Long> dims, Long... strides) {
        return new TensorSpec(dtype, Shape.of(dims), List.of(strides));
    }

    private static Stream<Arguments> featuresAndTypes() {
        return features().entrySet().stream()
                .flatMap(entry -> FLOATS.stream()
                        .map(dtype -> Arguments.of(
                                entry.getKey(), dtype, entry.getValue().apply(dtype))));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("featuresAndTypes")
    void featuresAreRight(String name, DType dtype, Trial trial) {
        assertRight(trial);
    }

    private static Stream<Arguments> specialFeatures() {
        return features().entrySet().stream()
                .filter(entry -> !entry.getKey().equals("one of everything"))
                .flatMap(entry -> Stream.of(DType.F32, DType.F16, DType.BF16)
                        .map(dtype -> Arguments.of(
                                entry.getKey(),
                                dtype,
                                entry.getValue().apply(dtype).fill("specials"))));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("specialFeatures")
    void specialsAreRight(String name, DType dtype, Trial trial) {
        assertRight(trial);
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void typesOfValuesMayDiffer(DType dtype) {
        assertRight(Trial.of("attention")
                .input("Q", DType.F32, 1, 2, 5, 8)
                .input("K", DType.F32, 1, 2, 7, 8)
                .input("V", dtype, 1, 2, 7, 6)
                .output("present_value"));
    }

    /// The last key is masked in four ways, and holds what must not be seen.
    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void maskedNanDoesNotLeak(DType dtype) {
        List<Trial> trials = List.of(
                attention(dtype, 1, 1, 1, 5, 9, 8, 8).constant("nonpad_kv_seqlen", 8L),
                attention(dtype, 1, 1, 1, 5, 9, 8, 8).attribute("is_causal", 1),
                attention(dtype, 1, 1, 1, 5, 9, 8, 8).input("attn_mask", DType.BOOL, 5, 8),
                attention(dtype, 1, 1, 1, 5, 9, 8, 8)
                        .input("attn_mask", dtype, 1, 9)
                        .set("attn_mask", 8, Double.NEGATIVE_INFINITY),
                attention(dtype, 1, 1, 1, 5, 9, 8, 8)
                        .input("attn_mask", DType.BOOL, 1, 9)
                        .set("attn_mask", 8, 0));
        for (Trial trial : trials) {
            hideNanInTheLastKey(trial);
            assertRight(trial);
            for (double value : result(trial)) {
                assertTrue(Double.isFinite(value), () -> "a masked NaN reached " + value + " in " + trial.call());
            }
        }
    }

    private static void hideNanInTheLastKey(Trial trial) {
        for (int c = 0; c < 8; c++) {
            double poison = c % 2 == 0 ? Double.NaN : Double.NEGATIVE_INFINITY;
            trial.set("V", 8 * 8 + c, poison).set("K", 8 * 8 + c, poison);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void visibleInfinityFlows(DType dtype) {
        Trial trial = attention(dtype, 1, 1, 1, 5, 9, 8, 8)
                .set("V", 3 * 8 + 2, Double.POSITIVE_INFINITY)
                .set("V", 3 * 8 + 5, Double.NEGATIVE_INFINITY)
                .set("V", 3 * 8 + 6, Double.NaN);
        assertRight(trial);
        double[] y = result(trial);
        for (int query = 0; query < 5; query++) {
            assertEquals(Double.POSITIVE_INFINITY, y[query * 8 + 2]);
            assertEquals(Double.NEGATIVE_INFINITY, y[query * 8 + 5]);
            assertEquals(Double.NaN, y[query * 8 + 6]);
            assertTrue(Double.isFinite(y[query * 8 + 1]));
        }
    }

    @Test
    void queriesWithoutKeysGiveZeros() {
        Trial trial = attention(DType.F32, 1, 2, 1, 3, 4, 8, 8).constant("nonpad_kv_seqlen", 0L);
        for (double value : result(trial)) {
            assertEquals(0.0, value);
        }
    }

    /// A bf16 softmax would leave probabilities that sum to 10.
    @Test
    void longRowsAreSummedWide() {
        assertRight(attention(DType.BF16, 1, 1, 1, 3, 4096, 8, 8).fill("V", "normal(1,0.1)"));
    }

    @Test
    void blocksOfLongCausalRowsAreRight() {
        assertRight(attention(DType.F32, 1, 4, 2, 150, 3000, 16, 16).attribute("is_causal", 1));
        assertRight(attention(DType.BF16, 1, 4, 2, 150, 3000, 16, 16)
                .attribute("is_causal", 1)
                .constant("nonpad_kv_seqlen", 2900L)
                .fill("boundary-seeking"));
    }

    private double[] result(Trial trial) {
        try (Arena arena = Arena.ofShared()) {
            Tensor y = java.util.Objects.requireNonNull(
                    Trial.outputs(backends.getFirst(), trial.call(), trial.inputs(arena), arena, new ArrayList<>())
                            .get("Y"));
            double[] values = new double[Math.toIntExact(y.shape().elements())];
            y.decode(0, values.length, values, 0);
            return values;
        }
    }

    /// Otherwise bits would depend on what the JVM has compiled.
    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void thereIsOneNan(DType dtype) {
        // Scores, probabilities and results of the rows that see it.
        Trial trial = attention(dtype, 1, 1, 1, 5, 9, 8, 8)
                .output("qk_matmul_output")
                .attribute("qk_matmul_output_mode", 3)
                .change("Q", tensor -> tensor.setCodeAt(3, ODD_NAN >>> (64 - dtype.bits())))
                .change("V", tensor -> tensor.setCodeAt(5, ODD_NAN >>> (64 - dtype.bits())));
        try (Arena arena = Arena.ofShared()) {
            int found = 0;
            for (Tensor tensor : Trial.outputs(
                            backends.getFirst(), trial.call(), trial.inputs(arena), arena, new ArrayList<>())
                    .values()) {
                for (long i = 0; i < tensor.shape().elements(); i++) {
                    if (Double.isNaN(tensor.get(i))) {
                        assertEquals(tensor.dtype().encode(Double.NaN), tensor.codeAt(i), tensor::toString);
                        found++;
                    }
                }
            }
            assertTrue(found > 0);
        }
    }
}
