package dev.assay.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.plan.CaseSpec.Use;
import dev.assay.engine.plan.Suite;
import dev.assay.engine.plan.Suites;
import dev.assay.operator.Operators;
import dev.assay.results.Json;
import dev.assay.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelsTest {
    private static final double PARAMETERS_AGREE = 0.01;

    static List<String> names() {
        return Models.names();
    }

    private static Suite suite(String name, Request request) {
        return Models.suite(name, request, OptionalLong.empty());
    }

    private static Request request(int batch, int prefill, int decode, int devices) {
        return new Request(
                given(batch), given(prefill), given(decode), given(devices), Optional.empty(), Optional.empty());
    }

    private static Optional<Integer> given(int value) {
        return value == 0 ? Optional.empty() : Optional.of(value);
    }

    private static List<Use> uses(Case one) {
        return Objects.requireNonNullElse(one.spec().uses(), List.of());
    }

    /// The product of a role, as `n x k`.
    private static Set<String> products(Suite suite, String role) {
        Set<String> shapes = new TreeSet<>();
        for (Case one : suite.cases()) {
            if (uses(one).stream().anyMatch(use -> use.role().equals(role))) {
                Call call = one.call().orElseThrow();
                boolean turned = call.hasInput("W");
                Shape weights = call.input(turned ? "W" : "B").shape();
                shapes.add(weights.dim(turned ? -2 : -1) + "x" + weights.dim(turned ? -1 : -2));
            }
        }
        return shapes;
    }

    private static long times(Suite suite, String operator, String role) {
        return suite.cases().stream()
                .filter(one -> one.id().operator().equals(operator))
                .flatMap(one -> uses(one).stream())
                .filter(use -> use.role().equals(role))
                .mapToLong(Use::times)
                .sum();
    }

    @Test
    void theIndexListsExactlyTheFilesThatAreThere() throws Exception {
        Path source = Path.of("../../operators/src/main/resources/models");
        try (Stream<Path> files = Files.list(source)) {
            List<String> found = files.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .sorted()
                    .toList();
            assertEquals(found, Models.names());
        }
        Set<String> both = new HashSet<>(Suites.names());
        both.retainAll(Models.names());
        assertEquals(Set.of(), both, "no name is that of a suite and of a model");
    }

    @ParameterizedTest
    @MethodSource("names")
    void theParametersAreThosePublished(String name) {
        Model model = Models.load(name);
        assertEquals(name, model.name());
        assertFalse(model.sources().isEmpty());
        double derived = (double) Models.parameters(name);
        assertTrue(derived > 0);
        model.published()
                .ifPresent(published ->
                        assertEquals(published, derived, PARAMETERS_AGREE * published, derived + " of " + published));
    }

    /// Sizes `n x k` as serving stacks run them.
    @ParameterizedTest
    @CsvSource({
        "llama3-8b, qkv projection, 6144x4096",
        "llama3-8b, o projection, 4096x4096",
        "llama3-8b, gate_up projection, 28672x4096",
        "llama3-8b, down projection, 4096x14336",
        "llama3-8b, lm_head projection, 128256x4096",
        "qwen2.5-7b, qkv projection, 4608x3584",
        "qwen2.5-7b, o projection, 3584x3584",
        "qwen2.5-7b, gate_up projection, 37888x3584",
        "qwen2.5-7b, down projection, 3584x18944",
        "qwen2.5-7b, lm_head projection, 152064x3584",
        "qwen3-32b, qkv projection, 10240x5120",
        "qwen3-32b, o projection, 5120x8192",
        "qwen3-32b, gate_up projection, 51200x5120",
        "qwen3-32b, down projection, 5120x25600",
        "qwen3-32b, lm_head projection, 151936x5120",
        "llama3-70b, qkv projection, 10240x8192",
        "llama3-70b, o projection, 8192x8192",
        "llama3-70b, gate_up projection, 57344x8192",
        "llama3-70b, down projection, 8192x28672",
        "llama3-70b, lm_head projection, 128256x8192",
        "llama3-405b, qkv projection, 18432x16384",
        "llama3-405b, o projection, 16384x16384",
        "llama3-405b, gate_up projection, 106496x16384",
        "llama3-405b, down projection, 16384x53248",
        "llama3-405b, lm_head projection, 128256x16384",
        "qwen3-235b-a22b, qkv projection, 9216x4096",
        "qwen3-235b-a22b, o projection, 4096x8192",
        "qwen3-235b-a22b, 'experts, gate_up projection', 3072x4096",
        "qwen3-235b-a22b, 'experts, down projection', 4096x1536",
        "qwen3-235b-a22b, lm_head projection, 151936x4096",
        "qwen3-235b-a22b, router, 128x4096",
        "deepseek-v3, qkv_a projection, 2112x7168",
        "deepseek-v3, q_b projection, 24576x1536",
        "deepseek-v3, kv_b projection, 32768x512",
        "deepseek-v3, o projection, 7168x16384",
        "deepseek-v3, gate_up projection, 36864x7168",
        "deepseek-v3, down projection, 7168x18432",
        "deepseek-v3, 'expert, gate_up projection', 4096x7168",
        "deepseek-v3, 'expert, down projection', 7168x2048",
        "deepseek-v3, lm_head projection, 129280x7168",
        "deepseek-v3, router, 256x7168"
    })
    void productsHaveTheSizesOfTheModel(String model, String role, String sizes) {
        assertEquals(Set.of(sizes), products(suite(model, Request.STANDARD), role));
    }

    @Test
    void devicesShareHeadsAndIntermediateSizes() {
        Suite shared = suite("qwen3-32b", request(16, 2048, 0, 8));
        assertEquals(Set.of("1280x5120"), products(shared, "qkv projection"));
        assertEquals(Set.of("5120x1024"), products(shared, "o projection"));
        assertEquals(Set.of("6400x5120"), products(shared, "gate_up projection"));
        assertEquals(Set.of("5120x3200"), products(shared, "down projection"));
        assertEquals(Set.of("18992x5120"), products(shared, "lm_head projection"));
        // 4 key heads on 8 devices: each keeps a copy of one.
        assertEquals(Set.of("1280x4096"), products(suite("qwen3-235b-a22b", request(1, 128, 0, 8)), "qkv projection"));
    }

    @Test
    void sharesThatDoNotComeOutEvenAreRefused() {
        HarnessException heads = assertThrows(HarnessException.class, () -> suite("llama3-8b", request(0, 0, 0, 3)));
        assertEquals("the number of heads of llama3-8b, 32, cannot be shared by 3 devices", heads.what());
        assertThrows(HarnessException.class, () -> suite("siglip-so400m", request(1, 0, 0, 32)));
        assertThrows(HarnessException.class, () -> request(-1, 0, 0, 0));
    }

    @Test
    void whatReadsNoPromptsTakesNoLengths() {
        HarnessException refused =
                assertThrows(HarnessException.class, () -> suite("siglip-so400m", request(1, 128, 0, 0)));
        assertEquals("--prefill", refused.where());
    }

    @Test
    void everyLayerIsCounted() {
        Suite decode = suite("llama3-8b", request(1, 0, 1023, 0));
        for (String role : List.of("qkv projection", "o projection", "gate_up projection", "down projection")) {
            assertEquals(32, times(decode, "matmul", role), role);
        }
        assertEquals(1, times(decode, "matmul", "lm_head projection"));
        assertEquals(32, times(decode, "paged_attention", "attention"));
        assertEquals(32, times(decode, "reshape_and_cache", "keys and values into the cache"));
        assertEquals(64, times(decode, "add", "residual"));
        assertEquals(32, times(decode, "swiglu", "activation"));
    }

    @Test
    void tokensAreSpreadOverQuantisedExperts() {
        // Each of 32 devices holds 8 experts, and brings as many tokens.
        Suite one = suite("deepseek-v3", request(1, 0, 1023, 0));
        assertEquals(58 * 8, times(one, "fp8_block_matmul", "expert, gate_up projection"));
        assertEquals(3, times(one, "fp8_block_matmul", "gate_up projection"));
        assertEquals(58, times(one, "matmul", "router"));
        assertEquals(58, times(one, "moe_scatter", "tokens to experts"));
        assertEquals(58, times(one, "moe_combine", "outputs of experts together"));
        Suite prompt = suite("deepseek-v3", request(1, 101, 0, 1));
        assertEquals(58 * 256, times(prompt, "fp8_block_matmul", "expert, gate_up projection"));
        long tokens = prompt.cases().stream()
                .mapToLong(each -> uses(each).stream()
                        .filter(use -> use.role().equals("expert, gate_up projection"))
                        .mapToLong(use -> use.times()
                                * each.call().orElseThrow().input("X").shape().dim(0))
                        .sum())
                .sum();
        assertEquals(58 * 101 * 8, tokens);
    }

    @Test
    void groupsOfExpertsHaveAllRowsAndSomeHaveNone() {
        for (int prompt : List.of(1, 512)) {
            Call call = only(suite("qwen3-235b-a22b", request(1, prompt, 0, 1)), "experts, gate_up projection");
            List<Long> sizes = constant(call, "group_sizes");
            assertEquals(128, sizes.size());
            assertEquals(prompt * 8L, sizes.stream().mapToLong(Long::longValue).sum());
            assertTrue(sizes.contains(0L), sizes.toString());
        }
    }

    @Test
    void devicesShareExperts() {
        Request request = new Request(given(4), given(0), given(100), given(2), given(8), Optional.empty());
        Suite shared = suite("qwen3-235b-a22b", request);
        Call call = only(shared, "experts, gate_up projection");
        assertEquals(Shape.of(16, 4096, 3072), call.input("B").shape());
        // Two devices have the same tokens: a quarter of the rows of 4 such pairs.
        assertEquals(Shape.of(16, 4096), call.input("A").shape());
        assertEquals(
                "decode of 4 after 100 on one of 2 devices (experts on 8 devices)",
                uses(shared.cases().getFirst()).getFirst().phase());
        assertEquals(
                "--ep",
                assertThrows(
                                HarnessException.class,
                                () -> suite(
                                        "llama3-8b",
                                        new Request(
                                                given(0), given(0), given(0), given(0), given(8), Optional.empty())))
                        .where());
        assertThrows(
                HarnessException.class,
                () -> suite(
                        "qwen3-235b-a22b",
                        new Request(given(0), given(0), given(0), given(3), given(8), Optional.empty())));
    }

    private static Call only(Suite suite, String role) {
        List<Case> cases = suite.cases().stream()
                .filter(one -> uses(one).stream().anyMatch(use -> use.role().equals(role)))
                .toList();
        assertEquals(1, cases.size());
        return cases.getFirst().call().orElseThrow();
    }

    private static List<Long> constant(Call call, String input) {
        return Objects.requireNonNull(call.constants().get(input), input);
    }

    @Test
    void sequencesHaveTheirPagesInNoOrderAndALastOnePartlyInUse() {
        Suite decode = suite("llama3-8b", request(16, 0, 1000, 0));
        Call attention = only(decode, "attention");
        List<Long> table = constant(attention, "block_table");
        assertEquals(16 * 63, table.size());
        assertEquals(16 * 63, Set.copyOf(table).size(), "no page belongs to two");
        assertFalse(table.equals(table.stream().sorted().toList()));
        long pages = attention.input("k_cache").shape().dim(0);
        assertEquals(1260, pages, "a fifth of the pages is not in use");
        assertEquals(Set.of(1001L), Set.copyOf(constant(attention, "kv_seq_lens")));
        Call cache = only(decode, "keys and values into the cache");
        assertEquals(attention.input("k_cache"), cache.input("key_cache"));
        List<Long> slots = constant(cache, "slot_mapping");
        assertEquals(16, Set.copyOf(slots).size());
        slots.forEach(slot -> assertEquals(1000 % 16, slot % 16));
        List<Long> prompt = constant(
                only(suite("llama3-8b", request(2, 40, 0, 0)), "keys and values into the cache"), "slot_mapping");
        assertEquals(80, Set.copyOf(prompt).size());
        for (int token = 0; token < 40; token++) {
            assertEquals(token % 16, prompt.get(40 + token) % 16);
        }
        assertEquals(prompt.get(40) / 16, prompt.get(55) / 16);
        assertTrue(prompt.get(40) / 16 != prompt.get(56) / 16);
    }

    /// Thousands of constants stand in an id by the recipe that draws them, and come back with the same seed.
    @Test
    void constantsStandInIdsByTheirRecipe() {
        for (String name : Models.names()) {
            for (Case one : suite(name, Request.STANDARD).cases()) {
                assertTrue(one.id().toString().length() < 300, one.id().toString());
            }
        }
        Suite first = suite("llama3-8b", Request.STANDARD);
        assertEquals(first, suite("llama3-8b", Request.STANDARD));
        Suite other = Models.suite("llama3-8b", Request.STANDARD, OptionalLong.of(5));
        assertFalse(only(suite("llama3-8b", request(2, 0, 100, 0)), "attention")
                .constants()
                .equals(only(Models.suite("llama3-8b", request(2, 0, 100, 0), OptionalLong.of(5)), "attention")
                        .constants()));
        assertEquals(
                first.cases().stream().map(Case::id).toList(),
                other.cases().stream().map(Case::id).toList());
    }

    @Test
    void callsOfTwoRolesAreOneCaseWhoseTimesAddUp() {
        Suite suite = suite("llama3-8b", request(16, 0, 1023, 0));
        List<Case> sums = suite.cases().stream()
                .filter(one -> one.id().operator().equals("add"))
                .toList();
        assertEquals(1, sums.size());
        assertEquals(64, uses(sums.getFirst()).getFirst().times());
        Suite both = suite("llama3-8b", Request.STANDARD);
        Case head = both.cases().stream()
                .filter(one -> one.id().toString().startsWith("matmul/bf16.bf16-bf16/m1.n128256.k4096"))
                .findFirst()
                .orElseThrow();
        assertEquals(6, uses(head).size(), "of every phase with one sequence: " + uses(head));
        assertFalse(head.releaseOnly());
    }

    @Test
    void latentAttentionReadsTheCacheAsOneHead() {
        Suite decode = suite("deepseek-v3", request(16, 0, 1023, 0));
        Call call = only(decode, "latent attention");
        assertEquals(Shape.of(16, 128, 512), call.input("q_nope").shape());
        assertEquals(Shape.of(16, 128, 64), call.input("q_pe").shape());
        assertEquals(Shape.of(1280, 16, 512), call.input("ckv_cache").shape());
        Call cache = only(decode, "latent keys into the cache");
        assertEquals(Shape.of(1280, 16, 576), cache.input("kv_cache").shape());
        // (0.1 ln 40 + 1)^2 / sqrt(192)
        assertEquals(0.13523, call.attributes().findReal("scale").orElseThrow(), 5e-6);
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyCaseSaysWhyAndComesBackFromItsPlan(String name) throws Exception {
        for (Case one : suite(name, Request.STANDARD).cases()) {
            assertFalse(one.why().isBlank());
            assertFalse(uses(one).isEmpty());
            JsonNode written = Json.STRICT.readTree(Json.pretty(one.spec().toJson()));
            assertEquals(one.spec().toJson(), CaseSpec.parse(written).toJson());
            assertEquals(uses(one), CaseSpec.parse(written).uses());
        }
    }

    /// Operators that the catalogue may not have are called as soon as it has them.
    @ParameterizedTest
    @CsvSource({
        "llama3-8b, embedding, 1",
        "llama3-8b, rms_normalization, 65",
        "llama3-8b, argmax, 1",
        "qwen3-32b, qk_normalization, 64",
        "qwen2.5-7b, linear, 28",
        "llama3-8b, reshape_and_cache, 32",
        "deepseek-v3, concat_and_cache_mla, 61",
        "deepseek-v3, mla_attention, 61",
        "qwen3-235b-a22b, moe_scatter, 94",
        "qwen3-235b-a22b, grouped_matmul, 188",
        "qwen3-235b-a22b, moe_combine, 94"
    })
    void whatTheCatalogueHasIsCalled(String model, String operator, long times) {
        List<Case> cases = suite(model, request(16, 0, 1023, 0)).cases().stream()
                .filter(one -> one.id().operator().equals(operator))
                .toList();
        assertEquals(
                times,
                cases.stream()
                        .flatMap(one -> uses(one).stream())
                        .mapToLong(Use::times)
                        .sum());
        cases.forEach(one -> assertEquals(Operators.has(operator), one.call().isPresent()));
    }

    @Test
    void largeShapesBelongToRelease() {
        Set<String> phases = suite("llama3-8b", Request.STANDARD).cases().stream()
                .filter(one -> !one.releaseOnly())
                .flatMap(one -> uses(one).stream())
                .map(Use::phase)
                .collect(Collectors.toSet());
        assertTrue(phases.containsAll(List.of(
                "decode of 1 after 1000", "decode of 16 after 1000", "prefill of 1 x 128", "prefill of 1 x 512")));
        List<String> large = new ArrayList<>();
        for (Case one : suite("llama3-8b", Request.STANDARD).cases()) {
            if (one.releaseOnly()) {
                uses(one).forEach(use -> large.add(use.phase()));
            }
        }
        assertEquals(
                Set.of(
                        "prefill of 1 x 2048",
                        "prefill of 1 x 8192",
                        "decode of 64 after 1000",
                        "decode of 1 after 8000"),
                Set.copyOf(large));
    }

    @Test
    void caseIdsStayAsTheyAre() {
        Set<String> ids = suite("llama3-8b", Request.STANDARD).cases().stream()
                .map(one -> one.id().toString())
                .collect(Collectors.toSet());
        assertTrue(ids.contains("matmul/bf16.bf16-bf16/m16.n6144.k4096.b-1x4096/-/normal"), ids.toString());
        assertTrue(
                ids.contains(
                        "paged_attention/bf16.bf16.bf16.i32.i32.i32-bf16/b16.q16.k16016.h32.g8.d128.e128.page16.blocks1260"
                                + "/layout-nhd+block_table-distinct_0_1259+kv_seq_lens-values_1001"
                                + "+cu_seqlens_q-steps_0_1/normal"),
                ids.toString());
    }
}
