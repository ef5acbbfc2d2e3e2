package dev.assay.operator.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What calls are accepted, what they cost and how they are named.
class AttentionCallsTest {
    private static final Attention ATTENTION = new Attention();

    private static final TensorSpec Q = TensorSpec.of(DType.F32, 2, 4, 5, 8);
    private static final TensorSpec K = TensorSpec.of(DType.F32, 2, 2, 7, 8);
    private static final TensorSpec V = TensorSpec.of(DType.F32, 2, 2, 7, 6);

    private static CallBuilder builder(TensorSpec q, TensorSpec k, TensorSpec v) {
        return new CallBuilder(ATTENTION, "case 7").input("Q", q).input("K", k).input("V", v);
    }

    private static CallBuilder builder() {
        return builder(Q, K, V);
    }

    private static void assertRefused(CallBuilder builder, String what, String fix) {
        InvalidCallException e = assertThrows(InvalidCallException.class, builder::build);
        assertTrue(e.what().contains(what), e.what());
        assertTrue(e.fix().contains(fix), e.fix());
        assertFalse(e.where().isBlank());
    }

    private static TensorSpec f32(long... dims) {
        return TensorSpec.of(DType.F32, dims);
    }

    private static Attribute whole(long value) {
        return new Attribute.Int(value);
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        assertRefused(builder(f32(4, 5, 8), K, V), "Q, K, V are [4,5,8]", "all three 3 or all three 4");
        assertRefused(builder(f32(5, 8), f32(5, 8), f32(5, 8)), "Q, K, V are [5,8]", "all three 3 or all three 4");
        assertRefused(builder(f32(3, 4, 5, 8), K, V), "Q [3,4,5,8]", "equal batches");
        assertRefused(builder(Q, f32(2, 2, 7, 9), V), "K [2,2,7,9]", "head sizes");
        assertRefused(builder(Q, K, f32(2, 2, 6, 6)), "V [2,2,6,6]", "lengths");
        assertRefused(builder(Q, K, f32(2, 4, 7, 6)), "V [2,4,7,6]", "equal");
        assertRefused(builder(Q, f32(2, 3, 7, 8), f32(2, 3, 7, 6)), "4 query heads and 3", "multiple");
        assertRefused(builder(f32(2, 0, 5, 8), K, V), "0 query heads", "multiple");
        assertRefused(builder(f32(2, 4, 5, 0), f32(2, 2, 7, 0), V), "Q [2,4,5,0]", "head sizes");
    }

    @Test
    void flatInputsNeedNumbersOfHeads() {
        TensorSpec q = f32(2, 5, 32);
        TensorSpec k = f32(2, 7, 16);
        TensorSpec v = f32(2, 7, 12);
        assertRefused(builder(q, k, v), "without q_num_heads", "give the attribute q_num_heads");
        assertRefused(
                builder(q, k, v).attribute("q_num_heads", whole(4)), "without kv_num_heads", "attribute kv_num_heads");
        assertRefused(
                builder(q, k, v).attribute("q_num_heads", whole(3)).attribute("kv_num_heads", whole(1)),
                "hidden sizes 32",
                "multiples");
        assertRefused(
                builder(q, k, v).attribute("q_num_heads", whole(0)).attribute("kv_num_heads", whole(0)),
                "0 query heads",
                "multiple");
        assertRefused(
                builder(q, k, v).attribute("q_num_heads", whole(-4)).attribute("kv_num_heads", whole(-2)),
                "-4 query heads",
                "multiple");
        assertRefused(builder().attribute("q_num_heads", whole(8)), "q_num_heads 8", "leave it out");
        assertRefused(builder().attribute("kv_num_heads", whole(1)), "kv_num_heads 1", "leave it out");
    }

    @Test
    void optionalInputsMustFit() {
        TensorSpec pastKey = f32(2, 2, 3, 8);
        assertRefused(builder().input("past_key", pastKey), "only one of past_key and past_value", "both or none");
        assertRefused(builder().input("past_value", f32(2, 2, 3, 6)), "only one of", "both or none");
        for (TensorSpec wrong : List.of(f32(2, 2, 3, 8), f32(2, 2, 4, 6), f32(2, 2, 3), f32(1, 2, 3, 6))) {
            assertRefused(builder().input("past_key", pastKey).input("past_value", wrong), "past_value", "[2,2,p,6]");
        }
        assertRefused(
                builder().input("past_key", f32(2, 4, 3, 8)).input("past_value", f32(2, 4, 3, 6)),
                "past_key [2,4,3,8]",
                "[2,2,p,8]");
        for (TensorSpec wrong : List.of(
                f32(7), f32(1, 2, 4, 5, 7), f32(4, 7), f32(5, 8), f32(3, 5, 7), f32(3, 1, 5, 7), f32(2, 4, 7))) {
            assertRefused(builder().input("attn_mask", wrong), "attn_mask " + wrong.shape(), "[2,4,5,7]");
        }
        assertRefused(
                builder().input("attn_mask", TensorSpec.of(DType.F16, 5, 7)), "attn_mask is f16", "bool or the type");
        assertRefused(builder().input("attn_mask", TensorSpec.of(DType.I32, 5, 7)), "'attn_mask' is i32", "use one of");
        TensorSpec lengths = TensorSpec.of(DType.I64, 2);
        assertRefused(builder().input("nonpad_kv_seqlen", lengths), "'nonpad_kv_seqlen' are not given", "give them");
        for (List<Long> wrong : List.of(List.of(1L, 8L), List.of(-1L, 2L), List.of(1L), List.of(1L, 2L, 3L))) {
            assertRefused(
                    builder().constant("nonpad_kv_seqlen", lengths, wrong), "nonpad_kv_seqlen " + wrong, "from 0 to 7");
        }
        assertRefused(
                builder().constant("nonpad_kv_seqlen", TensorSpec.of(DType.I64, 2, 1), List.of(1L, 2L)),
                "nonpad_kv_seqlen",
                "2 numbers");
        assertRefused(
                builder().constant("nonpad_kv_seqlen", TensorSpec.of(DType.I32, 2), List.of(1L, 2L)),
                "'nonpad_kv_seqlen' is i32",
                "[i64]");
    }

    @Test
    void attributesOutOfRangeAreRefused() {
        assertRefused(builder().attribute("is_causal", whole(2)), "is_causal 2", "0 or 1");
        assertRefused(builder().attribute("qk_matmul_output_mode", whole(4)), "mode 4", "0, 1, 2 or 3");
        assertRefused(builder().attribute("qk_matmul_output_mode", whole(-1)), "mode -1", "0, 1, 2 or 3");
        assertRefused(builder().attribute("qk_matmul_output_mode", whole(1L << 32)), "4294967296", "0, 1, 2 or 3");
        assertRefused(builder().attribute("softcap", new Attribute.Real(-1)), "softcap -1", "positive");
        assertRefused(builder().attribute("softcap", new Attribute.Real(Double.NaN)), "softcap NaN", "positive");
        assertRefused(builder().attribute("scale", new Attribute.Text("x")), "'scale' is Text x", "give Real");
        assertRefused(builder().attribute("is_causal", new Attribute.Real(1)), "'is_causal' is Real", "give Int");
        assertRefused(builder().attribute("causal", whole(1)), "no attribute 'causal'", "is_causal");
        assertRefused(builder().output("lse"), "no output 'lse'", "qk_matmul_output");
        assertRefused(builder(Q, TensorSpec.of(DType.F16, 2, 2, 7, 8), V), "'K' is f16", "one dtype");
    }

    @Test
    void outputsFollowTheInputs() {
        Example example = AttentionSetup.small().lengths(5, 7, 3).example();
        assertEquals(List.of(f32(2, 4, 5, 6), f32(2, 2, 10, 8), f32(2, 2, 10, 6), f32(2, 4, 5, 10)), example.outputs());
        assertEquals(
                f32(2, 5, 24),
                AttentionSetup.small().asFlat().example().outputs().getFirst());
        TensorSpec values = TensorSpec.of(DType.BF16, 2, 2, 7, 6);
        List<TensorSpec> mixed = ATTENTION.outputs(builder(Q, K, values).build());
        assertEquals(DType.F32, mixed.get(0).dtype(), "Y has the type of Q");
        assertEquals(DType.BF16, mixed.get(2).dtype(), "present_value that of V");
    }

    @Test
    void costsOfTwoRealShapes() {
        // Llama-3-8B, one token after 1023 others, grouped heads: 32 · 1024 pairs of 2 · (128 + 128).
        TensorSpec q = TensorSpec.of(DType.BF16, 1, 32, 1, 128);
        TensorSpec k = TensorSpec.of(DType.BF16, 1, 8, 1, 128);
        TensorSpec past = TensorSpec.of(DType.BF16, 1, 8, 1023, 128);
        CallBuilder decode = builder(q, k, k).input("past_key", past).input("past_value", past);
        assertEquals(16_777_216, ATTENTION.cost(decode.build()).flops());
        assertEquals(
                2.0 * (4096 + 2 * 1024 + 2 * 1_047_552 + 4096),
                ATTENTION.cost(decode.build()).bytes());
        assertEquals(
                16_777_216,
                ATTENTION.cost(decode.attribute("is_causal", whole(1)).build()).flops());
        // Prefill of 512 tokens: 512² pairs, or 512 · 513 / 2 with the causal mask.
        TensorSpec all = TensorSpec.of(DType.BF16, 1, 32, 512, 128);
        TensorSpec keys = TensorSpec.of(DType.BF16, 1, 8, 512, 128);
        CallBuilder prefill = builder(all, keys, keys);
        assertEquals(4_294_967_296.0, ATTENTION.cost(prefill.build()).flops());
        assertEquals(
                2_151_677_952.0,
                ATTENTION.cost(prefill.attribute("is_causal", whole(1)).build()).flops());
    }

    @Test
    void costsFollowTheLengthsInUse() {
        // Batches with 7 and 3 keys, 4 heads, 5 queries, 8 + 6 operations twice.
        assertEquals(
                2.0 * 4 * 5 * (7 + 3) * 14,
                ATTENTION
                        .cost(AttentionSetup.small().using(7L, 3L).example().call())
                        .flops());
        // Query i sees keys up to i + 7 - 5, or up to i + 3 - 5.
        assertEquals(
                2.0 * 4 * ((3 + 4 + 5 + 6 + 7) + (0 + 0 + 1 + 2 + 3)) * 14,
                ATTENTION
                        .cost(AttentionSetup.small()
                                .using(7L, 3L)
                                .asCausal()
                                .example()
                                .call())
                        .flops());
        assertEquals(
                0,
                ATTENTION
                        .cost(AttentionSetup.small().lengths(0, 4, 0).example().call())
                        .flops());
    }

    @Test
    void judgingALongAttentionTakesATwentiethOfIt() {
        TensorSpec q = TensorSpec.of(DType.BF16, 1, 8, 4096, 128);
        TensorSpec k = TensorSpec.of(DType.BF16, 1, 8, 32_768, 128);
        Call call = builder(q, k, k).build();
        double cheap = ATTENTION.cheapCost(call).orElseThrow().flops();
        double kernel = ATTENTION.cost(call).flops();
        assertEquals(4.0 * 8 * 4096 * 32_768 * 128, kernel);
        assertTrue(cheap <= 0.05 * kernel && cheap > 0.03 * kernel, cheap + " of " + kernel);
    }

    @Test
    void sizesReadAsInACaseId() {
        assertEquals(
                "b2.h4.g2.s5.t7.d8.e6",
                ATTENTION.sizes(AttentionSetup.small().example().call()));
        assertEquals(
                "3d.b2.h4.g2.s5.t7.p3.d8.e6.mask5x10",
                ATTENTION.sizes(AttentionSetup.small()
                        .asFlat()
                        .lengths(5, 7, 3)
                        .masked(DType.BOOL, 5, 10)
                        .example()
                        .call()));
    }
}
