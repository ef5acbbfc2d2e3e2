package dev.assay.operator.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Attention over packed sequences and pages against a loop over all keys, against each other, and against what kernels
/// get wrong.
class ServingTest {
    private static final double NONE = Double.NEGATIVE_INFINITY;
    private static final int[] QUERIES = {0, 1, 8, 8, 14};
    private static final int[] KEYS = {0, 9, 14, 17, 21};

    private static Example varlen() {
        return new Example(new VarlenAttention())
                .input("q", TensorSpec.dense(DType.F32, Shape.of(14, 4, 8)))
                .input("k", TensorSpec.dense(DType.F32, Shape.of(21, 2, 8)))
                .input("v", TensorSpec.dense(DType.F32, Shape.of(21, 2, 6)))
                .constant("cu_seqlens_q", 0, 1, 8, 8, 14)
                .constant("cu_seqlens_k", 0, 9, 14, 17, 21)
                .output("lse");
    }

    /// A score's additions: minus infinity where the query does not see the key.
    private interface Bias {
        double of(int head, int position, int key);
    }

    /// Result and logarithm, by the definition.
    private static double[][] naive(Example example, Bias bias, double cap, double[] sinks) {
        double[] q = example.values("q");
        double[] k = example.values("k");
        double[] v = example.values("v");
        double[][] naive = {new double[14 * 4 * 6], new double[4 * 14]};
        for (int n = 0; n < 4; n++) {
            int keys = KEYS[n + 1] - KEYS[n];
            for (int row = QUERIES[n]; row < QUERIES[n + 1]; row++) {
                int position = row + keys - QUERIES[n + 1];
                for (int h = 0; h < 4; h++) {
                    double sum = sinks.length > 0 ? Math.exp(sinks[h]) : 0;
                    double[] result = new double[6];
                    for (int j = 0; j < keys; j++) {
                        int key = (KEYS[n] + j) * 2 + h / 2;
                        double score = 0;
                        for (int c = 0; c < 8; c++) {
                            score += q[(row * 4 + h) * 8 + c] * k[key * 8 + c];
                        }
                        score /= Math.sqrt(8);
                        score = cap > 0 ? cap * Math.tanh(score / cap) : score;
                        double weight = Math.exp(score + bias.of(h, position, j));
                        sum += weight;
                        for (int c = 0; c < 6; c++) {
                            result[c] += weight * v[key * 6 + c];
                        }
                    }
                    naive[1][h * 14 + row] = Math.log(sum);
                    for (int c = 0; c < 6; c++) {
                        naive[0][(row * 4 + h) * 6 + c] = sum == 0 ? 0 : result[c] / sum;
                    }
                }
            }
        }
        return naive;
    }

    private static void assertClose(double[] want, Answer got) {
        assertEquals(want.length, got.size());
        for (int i = 0; i < want.length; i++) {
            boolean right = want[i] == got.value(i) || Math.abs(want[i] - got.value(i)) <= 1e-11;
            assertTrue(right, "element " + i + ": " + got.value(i) + " instead of " + want[i]);
        }
    }

    private static void check(Example example, Bias bias, double cap, double... sinks) {
        double[][] naive = naive(example, bias, cap, sinks);
        assertClose(naive[0], example.answer(0));
        assertClose(naive[1], example.answer(1));
    }

    /// Two sequences, so long that only some queries of each head are looked at.
    private static Example large() {
        return new Example(new VarlenAttention())
                .input("q", TensorSpec.dense(DType.F32, Shape.of(1300, 4, 4)))
                .input("k", TensorSpec.dense(DType.F32, Shape.of(1100, 2, 4)))
                .input("v", TensorSpec.dense(DType.F32, Shape.of(1100, 2, 4)))
                .constant("cu_seqlens_q", 0, 1000, 1300)
                .constant("cu_seqlens_k", 0, 700, 1100)
                .attribute("causal", 1)
                .output("lse")
                .fill("normal", 9);
    }

    @Test
    void samplesAreWhatTheWholeReferenceHas() {
        Example example = large();
        Oracle oracle = example.oracle(ComputeContract.STRICT);
        for (int output = 0; output < 2; output++) {
            CheapOracle cheap = oracle.cheap(output).orElseThrow();
            Answer whole = Answer.of(oracle, output);
            long[] unseen = whole.shape().coordinates(whole.size() / 2);
            List<Region> regions = new ArrayList<>(cheap.samples());
            assertTrue(regions.stream().mapToLong(Region::elements).sum() < whole.size() / 2, "only a part");
            assertTrue(cheap.around(unseen).contains(unseen));
            regions.add(cheap.around(unseen));
            ExpectedBlock block = new ExpectedBlock();
            for (Region region : regions) {
                block.reset(region);
                cheap.expect(region, position -> example.tensor("q"), block);
                for (int i = 0; i < block.elements(); i++) {
                    int at = Math.toIntExact(region.number(whole.shape(), i));
                    assertEquals(whole.value(at), block.values()[i]);
                    assertEquals(whole.sigma(at), block.sigmas()[i]);
                }
            }
        }
    }

    @Test
    void samplesHaveTheEdgesOfEveryHeadAndSequence() {
        CheapOracle cheap = large().oracle(ComputeContract.STRICT).cheap(0).orElseThrow();
        boolean[][] seen = new boolean[4][1300];
        for (Region region : cheap.samples()) {
            assertEquals(4, region.size().dim(2), "all columns");
            for (long row : region.along(0)) {
                assertFalse(seen[(int) region.start(1)][(int) row], "twice");
                seen[(int) region.start(1)][(int) row] = true;
            }
        }
        for (boolean[] head : seen) {
            for (int row : new int[] {0, 299, 300, 301, 999, 1000, 1299}) {
                assertTrue(head[row], "row " + row + ": an end, or beside the first query that sees a key");
            }
        }
        Call call = new CallBuilder(new VarlenAttention(), "test")
                .input("q", TensorSpec.of(DType.BF16, 8192, 32, 128))
                .input("k", TensorSpec.of(DType.BF16, 8192, 8, 128))
                .input("v", TensorSpec.of(DType.BF16, 8192, 8, 128))
                .constant("cu_seqlens_q", TensorSpec.of(DType.I32, 2), List.of(0L, 8192L))
                .constant("cu_seqlens_k", TensorSpec.of(DType.I32, 2), List.of(0L, 8192L))
                .attribute("causal", new Attribute.Int(1))
                .build();
        double kernel = new VarlenAttention().cost(call).flops();
        double sampled = new VarlenAttention().cheapCost(call).orElseThrow().flops();
        assertTrue(sampled <= 0.06 * kernel && sampled > 0.03 * kernel, sampled + " of " + kernel);
    }

    @Test
    void queriesAreAlignedToTheLastKey() {
        check(varlen().fill("normal", 1), (h, p, j) -> 0, 0);
        check(varlen().attribute("causal", 1).fill("normal", 2), (h, p, j) -> j <= p ? 0 : NONE, 0);
    }

    @Test
    void windowsAndCapsAreTheText() {
        Example example = varlen().attribute("window_left", 2)
                .attribute("window_right", 1)
                .attribute("softcap", 1.5)
                .fill("normal", 3);
        check(example, (h, p, j) -> j >= p - 2 && j <= p + 1 ? 0 : NONE, 1.5);
    }

    @Test
    void slopesAndSinksAreTheText() {
        Example example = varlen().attribute("causal", 1)
                .input("alibi_slopes", DType.F32, Shape.of(4), 0.5, 0.25, 0.125, 1)
                .input("sinks", DType.F32, Shape.of(4), 1, -1, 0.5, 2);
        example = example.fill("normal", 4);
        double[] slopes = example.values("alibi_slopes");
        check(example, (h, p, j) -> j <= p ? -slopes[h] * Math.abs(p - j) : NONE, 0, example.values("sinks"));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void aWindowThatEndsElsewhereIsRefused(int off) {
        Example example =
                varlen().attribute("window_left", 2).attribute("causal", 1).fill("normal", 5);
        Answer answer = example.answer(0);
        double[] wrong = naive(example, (h, p, j) -> j <= p && j >= p - 2 + off ? 0 : NONE, 0, new double[0])[0];
        int refused = 0;
        for (int i = 0; i < wrong.length; i++) {
            refused += answer.accepts(i, (float) wrong[i], DType.F32) ? 0 : 1;
        }
        assertTrue(refused > 50, refused + " of " + wrong.length);
        double[] logarithms = naive(example, (h, p, j) -> j <= p ? 0 : NONE, 0, new double[0])[1];
        assertFalse(example.answer(1).accepts(0, (float) logarithms[0], DType.F32));
    }

    /// The same keys and values in pages of 4, of a cache of 12.
    private static Answer paged(
            Example packed, String layout, DType cache, Map<String, Double> attributes, int output) {
        long[] table = {11, 2, 7, 4, 9, -1, 0, -5, -1, 6, 99, -1};
        boolean hnd = layout.equals("hnd");
        Map<String, Tensor> tensors = new HashMap<>();
        tensors.put("q", packed.tensor("q"));
        for (String name : List.of("k", "v")) {
            int width = name.equals("k") ? 8 : 6;
            Shape shape = hnd ? Shape.of(12, 2, 4, width) : Shape.of(12, 4, 2, width);
            Tensor pages = Tensor.allocate(TensorSpec.dense(cache, shape), Arena.ofAuto());
            for (long i = 0; i < shape.elements(); i++) {
                pages.set(i, Double.NaN);
            }
            double[] values = packed.values(name);
            for (int n = 0; n < 4; n++) {
                for (int j = 0; j < KEYS[n + 1] - KEYS[n]; j++) {
                    for (int g = 0; g < 2; g++) {
                        long page = table[n * 3 + j / 4];
                        long row = hnd ? (page * 2 + g) * 4 + j % 4 : (page * 4 + j % 4) * 2 + g;
                        for (int c = 0; c < width; c++) {
                            pages.set(row * width + c, values[((KEYS[n] + j) * 2 + g) * width + c]);
                        }
                    }
                }
            }
            tensors.put(name + "_cache", pages);
        }
        PagedAttention operator = new PagedAttention();
        CallBuilder builder = new CallBuilder(operator, "test");
        tensors.forEach((name, tensor) -> builder.input(name, tensor.spec()));
        builder.constant("block_table", TensorSpec.dense(DType.I32, Shape.of(4, 3)), boxed(table));
        builder.constant("kv_seq_lens", TensorSpec.dense(DType.I32, Shape.of(4)), boxed(9, 5, 3, 4));
        builder.constant("q_seq_lens", TensorSpec.dense(DType.I32, Shape.of(4)), boxed(1, 7, 0, 6));
        builder.attribute("layout", new Attribute.Text(layout));
        attributes.forEach((name, value) -> builder.attribute(
                name, name.equals("softcap") ? new Attribute.Real(value) : new Attribute.Int(value.longValue())));
        return Answer.of(
                operator.oracle(builder.output("lse").build(), new Inputs(tensors), ComputeContract.STRICT), output);
    }

    private static List<Long> boxed(long... values) {
        return java.util.Arrays.stream(values).boxed().toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"hnd", "nhd"})
    void pagesAreTheSameAsPackedSequences(String layout) {
        Example packed = varlen().attribute("causal", 1)
                .attribute("window_left", 5)
                .attribute("softcap", 3.0)
                .fill("normal", 6);
        Map<String, Double> attributes = new LinkedHashMap<>(Map.of("causal", 1.0, "window_left", 5.0, "softcap", 3.0));
        for (int output = 0; output < 2; output++) {
            packed.answer(output).assertEqualBits(paged(packed, layout, DType.F32, attributes, output), layout);
        }
    }

    @Test
    void quantisedCachesAllowARoundingMore() {
        Example packed = varlen().fill("integers", 7);
        Answer plain = packed.answer(0);
        Answer quantised = paged(packed, "nhd", DType.F8E4M3, Map.of(), 0);
        int wider = 0;
        for (int i = 0; i < plain.size(); i++) {
            assertEquals(plain.value(i), quantised.value(i), 1e-12);
            wider += quantised.sigma(i) > plain.sigma(i) ? 1 : 0;
            assertTrue(quantised.sigma(i) <= 2 * plain.sigma(i));
        }
        assertTrue(wider > 100, "wider are " + wider);
    }

    @Test
    void pagesThatTheCacheLacksAreRefused() {
        Call call = pagedCall(boxed(3), boxed(4));
        assertEquals(List.of(3L), call.constants().get("block_table"));
        assertThrows(InvalidCallException.class, () -> pagedCall(boxed(5), boxed(4)));
        assertThrows(InvalidCallException.class, () -> pagedCall(boxed(-1), boxed(4)));
        assertThrows(InvalidCallException.class, () -> pagedCall(boxed(3), boxed(17)));
        assertEquals(1, pagedCall(boxed(-1), boxed(0)).input("q").shape().dim(0), "a table that is not in use");
    }

    private static Call pagedCall(List<Long> table, List<Long> lengths) {
        return new CallBuilder(new PagedAttention(), "test")
                .input("q", TensorSpec.dense(DType.F16, Shape.of(1, 2, 8)))
                .input("k_cache", TensorSpec.dense(DType.F16, Shape.of(5, 1, 16, 8)))
                .input("v_cache", TensorSpec.dense(DType.F16, Shape.of(5, 1, 16, 8)))
                .constant("block_table", TensorSpec.dense(DType.I64, Shape.of(1, 1)), table)
                .constant("kv_seq_lens", TensorSpec.dense(DType.I64, Shape.of(1)), lengths)
                .constant("cu_seqlens_q", TensorSpec.dense(DType.I64, Shape.of(2)), boxed(0, 1))
                .build();
    }

    @Test
    void latentVectorsAreKeysAndValues() {
        Example latent = new Example(new MlaAttention())
                .input("q_nope", DType.F32, Shape.of(1, 1, 2), 1, 2)
                .input("q_pe", DType.F32, Shape.of(1, 1, 1), 3)
                .input("ckv_cache", DType.F32, Shape.of(1, 2, 2), 1, 0, 0, 1)
                .input("kpe_cache", DType.F32, Shape.of(1, 2, 1), 0.5, 1)
                .attribute("scale", 1.0);
        Call call = new CallBuilder(new MlaAttention(), "test")
                .input("q_nope", latent.tensor("q_nope").spec())
                .input("q_pe", latent.tensor("q_pe").spec())
                .input("ckv_cache", latent.tensor("ckv_cache").spec())
                .input("kpe_cache", latent.tensor("kpe_cache").spec())
                .constant("block_table", TensorSpec.dense(DType.I64, Shape.of(1, 1)), boxed(0))
                .constant("kv_seq_lens", TensorSpec.dense(DType.I64, Shape.of(1)), boxed(2))
                .constant("cu_seqlens_q", TensorSpec.dense(DType.I64, Shape.of(2)), boxed(0, 1))
                .attribute("scale", new Attribute.Real(1))
                .output("lse")
                .build();
        // Scores 1 + 1.5 and 2 + 3.
        double p = 1 / (1 + Math.exp(2.5));
        Answer result = Answer.of(new MlaAttention().oracle(call, latent.inputs(), ComputeContract.STRICT), 0);
        assertEquals(p, result.value(0), 1e-15);
        assertEquals(1 - p, result.value(1), 1e-15);
        Answer lse = Answer.of(new MlaAttention().oracle(call, latent.inputs(), ComputeContract.STRICT), 1);
        assertEquals(5 + Math.log1p(Math.exp(-2.5)), lse.value(0), 1e-14);
    }

    @Test
    void partsAreMergedByTheirWeights() {
        Example parts = new Example(new LseMerge())
                .input("out_a", DType.F32, Shape.of(3, 1, 1), 1, Double.NaN, 1)
                .input("lse_a", DType.F32, Shape.of(1, 3), 2, NONE, NONE)
                .input("out_b", DType.F32, Shape.of(3, 1, 1), 5, 7, 1)
                .input("lse_b", DType.F32, Shape.of(1, 3), 3, 1, NONE)
                .output("lse");
        double weight = 1 / (1 + Math.E);
        Answer out = parts.answer(0);
        assertEquals(weight + 5 * (1 - weight), out.value(0), 1e-15);
        assertEquals(7, out.value(1), 1e-15);
        assertTrue(out.isOpen(2), "no part has keys");
        assertFalse(out.accepts(0, 3, DType.F32), "the mean");
        assertFalse(out.accepts(0, 1 - weight + 5 * weight, DType.F32), "weights exchanged");
        assertEquals(3 + Math.log1p(Math.exp(-1)), parts.answer(1).value(0), 1e-15);
    }

    /// Scores are 0, so that what is added decides: a query sees keys with the weights e^(bias).
    @Test
    void modifiersOfFlexAttentionByHand() {
        Example flex = new Example(new FlexAttention())
                .input("Q", DType.F32, Shape.of(1, 1, 2, 1), 0, 0)
                .input("K", DType.F32, Shape.of(1, 1, 2, 1), 1, 1)
                .input("V", DType.F32, Shape.of(1, 1, 2, 1), 1, 3)
                .attribute("bias", 0.25)
                .attribute("relative_bias", -1.0);
        // Query 1: bias - 1 for key 0, bias - 0 for itself.
        double itself = 1 / (1 + Math.exp(-1));
        assertEquals(3 * itself + 1 - itself, flex.answer(0).value(1), 1e-15);
        assertFalse(flex.answer(0).accepts(1, 3 * (1 - itself) + itself, DType.F32), "the other sign");
        assertFalse(flex.answer(0).accepts(1, 2, DType.F32), "no bias at all");
        flex.attribute("is_causal", 1);
        assertEquals(1, flex.answer(0).value(0));
        assertEquals(3 * itself + 1 - itself, flex.answer(0).value(1), 1e-15);
        assertThrows(
                InvalidCallException.class,
                () -> flex.attribute("bias", Double.NaN).call());
    }

    @Test
    void flexAttentionHasTheSoftCapOfAttention() {
        Example flex = new Example(new FlexAttention())
                .input("Q", TensorSpec.dense(DType.F32, Shape.of(1, 2, 5, 8)))
                .input("K", TensorSpec.dense(DType.F32, Shape.of(1, 2, 7, 8)))
                .input("V", TensorSpec.dense(DType.F32, Shape.of(1, 2, 7, 3)))
                .attribute("softcap", 2.0)
                .fill("normal", 8);
        Example plain = new Example(new Attention())
                .input("Q", flex.tensor("Q"))
                .input("K", flex.tensor("K"))
                .input("V", flex.tensor("V"))
                .attribute("softcap", 2.0);
        plain.answer(0).assertEqualBits(flex.answer(0), "flex_attention");
    }

    @Test
    void flexAttentionIsAttention() {
        Example flex = new Example(new FlexAttention())
                .input("Q", TensorSpec.dense(DType.F16, Shape.of(2, 4, 5, 8)))
                .input("K", TensorSpec.dense(DType.F16, Shape.of(2, 2, 7, 8)))
                .input("V", TensorSpec.dense(DType.F16, Shape.of(2, 2, 7, 3)))
                .fill("normal", 8);
        Example plain = new Example(new Attention())
                .input("Q", flex.tensor("Q"))
                .input("K", flex.tensor("K"))
                .input("V", flex.tensor("V"));
        plain.answer(0).assertEqualBits(flex.answer(0), "flex_attention");
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new FlexAttention())
                        .input("Q", TensorSpec.dense(DType.F16, Shape.of(2, 5, 8)))
                        .input("K", TensorSpec.dense(DType.F16, Shape.of(2, 5, 8)))
                        .input("V", TensorSpec.dense(DType.F16, Shape.of(2, 5, 8)))
                        .call());
    }
}
