package dev.assay.engine.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CaseIdTest {
    /// What may stand between the slashes: nothing that a shell, a path, a spreadsheet or a CSV reader takes for
    /// its own.
    private static final Pattern PART = Pattern.compile("[a-z0-9._+-]+");

    private static final Operator MATMUL = Operators.named("matmul", "test");

    static List<String> suites() {
        return Suites.names();
    }

    private static String id(Operator operator, Call call, String fill) {
        return CaseId.of(operator, call, fill).toString();
    }

    private static CallBuilder attention() {
        return new CallBuilder(Operators.named("attention", "test"), "test")
                .input("Q", TensorSpec.of(DType.F32, 2, 4, 3, 8))
                .input("K", TensorSpec.of(DType.F32, 2, 2, 5, 8))
                .input("V", TensorSpec.of(DType.F32, 2, 2, 5, 8));
    }

    private static String attentionId(CallBuilder builder) {
        return id(Operators.named("attention", "test"), builder.build(), "normal");
    }

    @ParameterizedTest
    @MethodSource("suites")
    void everyIdHasFivePartsOfPlainCharactersAndComesBackFromItsText(String suite) {
        for (Case one : SuitesTest.suite(suite).cases()) {
            String[] parts = one.id().toString().split("/", -1);
            assertEquals(5, parts.length, one.id().toString());
            for (String part : parts) {
                assertTrue(PART.matcher(part).matches(), one.id().toString());
            }
            assertEquals(one.id(), new CaseId(parts[0], parts[1], parts[2], parts[3], parts[4]));
        }
    }

    /// Published results are found again by these names: a change here loses their history.
    @ParameterizedTest
    @CsvSource({
        "smoke, matmul/bf16.bf16-bf16/m65.n200.k300/-/integers_-4_4",
        "smoke, matmul/bf16.bf16-bf16/m4.n96.k256.b-1x256/-/normal",
        "smoke, matmul/f32.f32-f32/3x17x70.70x31/-/specials",
        "smoke, attention/f16.f16.f16-f16/b1.h8.g2.s70.t70.d64.e64/is_causal-1/boundary-seeking",
        "smoke, layer_normalization/f64.f64.f64-f64/6x33/stash_type-11/normal",
        "smoke, layer_normalization/f32.f32-f32.f32.f32/4x3x5/axis--2+epsilon-0.1/specials",
        "edges, matmul/f32.f32-f32/m3.n5.k0/-/normal",
        "edges, matmul/f32.f32-f32/2x1x3x9.9x9/-/normal",
        "edges, matmul/f16.f16-f16/m40.n50.k200/-/lognormal_2"
    })
    void namesAreStableForEver(String suite, String id) {
        List<String> ids = SuitesTest.suite(suite).cases().stream()
                .map(one -> one.id().toString())
                .toList();
        assertTrue(ids.contains(id), () -> id + " is none of\n" + ids.stream().collect(Collectors.joining("\n")));
    }

    @Test
    void aPastWithMaskAndCachesIsNamedInFull() {
        List<String> ids = SuitesTest.suite("smoke").cases().stream()
                .map(one -> one.id().toString())
                .filter(id -> id.contains(".p12"))
                .toList();
        assertEquals(
                List.of("attention/f32.f32.f32.bool.f32.f32-f32.f32.f32"
                        + "/3d.b2.h4.g2.s5.t5.p12.d16.e16.mask5x17/kv_num_heads-2+q_num_heads-4/normal"),
                ids);
    }

    @Test
    void whatIsLeftOutInTheMiddleIsAnX() {
        String id = attentionId(attention()
                .input("past_key", TensorSpec.of(DType.F32, 2, 2, 6, 8))
                .input("past_value", TensorSpec.of(DType.F32, 2, 2, 6, 8))
                .output("qk_matmul_output"));
        assertTrue(id.startsWith("attention/f32.f32.f32.x.f32.f32-f32.x.x.f32/"), id);
    }

    @Test
    void everyDifferenceBetweenTwoCallsShowsInTheId() {
        String plain = attentionId(attention());
        List<String> others = List.of(
                attentionId(attention().attribute("is_causal", new Attribute.Int(1))),
                attentionId(attention().attribute("scale", new Attribute.Real(0.25))),
                attentionId(attention().attribute("softcap", new Attribute.Real(3))),
                attentionId(attention().output("present_key")),
                attentionId(attention().output("present_value")),
                attentionId(attention().input("attn_mask", TensorSpec.of(DType.F32, 3, 5))),
                attentionId(attention().input("attn_mask", TensorSpec.of(DType.BOOL, 3, 5))),
                attentionId(attention().input("attn_mask", TensorSpec.of(DType.F32, 1, 5))),
                attentionId(attention().constant("nonpad_kv_seqlen", TensorSpec.of(DType.I64, 2), List.of(1L, 5L))),
                attentionId(attention().constant("nonpad_kv_seqlen", TensorSpec.of(DType.I64, 2), List.of(5L, 1L))),
                attentionId(attention()
                        .input("K", TensorSpec.of(DType.F32, 2, 2, 8, 5).transposed(-1, -2))),
                attentionId(attention()
                        .input("Q", TensorSpec.of(DType.F32, 2, 4, 8, 3).transposed(-1, -2))));
        assertEquals(others.size(), others.stream().distinct().count(), others.toString());
        others.forEach(other -> assertNotEquals(plain, other));
    }

    @Test
    void anAttributeThatHasItsDefaultIsNotNamed() {
        assertEquals(attentionId(attention()), attentionId(attention().attribute("is_causal", new Attribute.Int(0))));
    }

    @Test
    void aFillsParametersAreNamed() {
        Call call = new CallBuilder(MATMUL, "test")
                .input("A", TensorSpec.of(DType.F32, 1, 2))
                .input("B", TensorSpec.of(DType.F32, 2, 3))
                .build();
        assertEquals("matmul/f32.f32-f32/m1.n3.k2/-/uniform_-1_1", id(MATMUL, call, "uniform(-1,1)"));
        assertEquals("matmul/f32.f32-f32/m1.n3.k2/-/normal_1e-3", id(MATMUL, call, "normal(1E-3)"));
    }
}
