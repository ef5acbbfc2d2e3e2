package dev.assay.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.CaseSpec.Use;
import dev.assay.engine.plan.Suite;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingStepTest {
    private static final long TOKENS = 4096;
    /// Weights of Llama-3-8B in its products: 32 x (6144 + 4096) x 4096, 32 x 3 x 14336 x 4096, 128256 x 4096.
    private static final double LLAMA_PRODUCTS = 7_504_658_432.0;

    private static Suite suite(String model, int size, int devices) {
        return Models.suite(
                model,
                new Request(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(devices),
                        Optional.empty(),
                        size == 0 ? Optional.empty() : Optional.of(size)),
                OptionalLong.empty());
    }

    private static List<Case> cases(Suite suite, String operator) {
        return suite.cases().stream()
                .filter(one -> one.id().operator().equals(operator))
                .toList();
    }

    private static List<Use> uses(Case one) {
        return Objects.requireNonNullElse(one.spec().uses(), List.of());
    }

    private static long times(Case one) {
        return uses(one).stream().mapToLong(Use::times).sum();
    }

    private static long times(Suite suite, String operator) {
        return cases(suite, operator).stream()
                .mapToLong(TrainingStepTest::times)
                .sum();
    }

    private static Call of(Suite suite, String operator, String role) {
        List<Case> found = cases(suite, operator).stream()
                .filter(one -> uses(one).stream().anyMatch(use -> use.role().equals(role)))
                .toList();
        assertEquals(1, found.size(), role);
        return found.getFirst().call().orElseThrow();
    }

    /// Elements that the optimizer steps.
    private static long stepped(Suite suite) {
        return cases(suite, "adamw").stream()
                .mapToLong(one -> times(one)
                        * one.call().orElseThrow().input("param").shape().elements())
                .sum();
    }

    private static long clipped(Suite suite) {
        return cases(suite, "clip_grad_norm").stream()
                .mapToLong(one -> times(one)
                        * one.call().orElseThrow().members("grads").stream()
                                .mapToLong(spec -> spec.shape().elements())
                                .sum())
                .sum();
    }

    /// Exact numbers of parameters, added up by hand from the configurations; of a device with its share of them.
    @ParameterizedTest
    @CsvSource({
        "llama3-8b-training, 1, 8030261248",
        "llama3-8b-training, 8, 1004015616",
        "qwen3-32b-training, 1, 32762123264",
        "esm2-650m, 1, 651042593",
        "esm2-3b, 1, 2839004193"
    })
    void everyParameterIsClippedAndSteppedOnce(String model, int devices, long parameters) {
        Suite suite = suite(model, 128, devices);
        assertEquals(parameters, stepped(suite));
        assertEquals(parameters, clipped(suite));
    }

    @Test
    void productsTakeTwoOperationsForwardAndFourBackForEachTokenAndWeight() {
        Suite suite = suite("llama3-8b-training", (int) TOKENS, 1);
        assertEquals(2 * TOKENS * LLAMA_PRODUCTS, flops(suite, "matmul"), 1);
        assertEquals(4 * TOKENS * LLAMA_PRODUCTS, flops(suite, "linear_grad"), 1);
    }

    private static double flops(Suite suite, String operator) {
        return cases(suite, operator).stream()
                .mapToDouble(one -> times(one)
                        * Operators.named(operator, "test")
                                .cost(one.call().orElseThrow())
                                .flops())
                .sum();
    }

    @ParameterizedTest
    @CsvSource({
        "llama3-8b-training, linear_grad, 129",
        "llama3-8b-training, attention, 32",
        "llama3-8b-training, attention_grad, 32",
        "llama3-8b-training, rms_normalization_grad, 65",
        "llama3-8b-training, swiglu_grad, 32",
        "llama3-8b-training, add, 128",
        "llama3-8b-training, rope, 64",
        "llama3-8b-training, embedding_grad, 1",
        "llama3-8b-training, cross_entropy, 1",
        "llama3-8b-training, cross_entropy_grad, 1",
        "llama3-8b-training, grad_accumulate, 66",
        "llama3-8b-training, clip_grad_norm, 33",
        "llama3-8b-training, adamw, 195",
        "llama3-8b-training, reshape_and_cache, 0",
        "llama3-8b-training, argmax, 0",
        "qwen3-32b-training, qk_normalization, 64",
        "qwen3-32b-training, rms_normalization_grad, 257",
        "qwen3-32b-training, adamw, 515"
    })
    void everyCallHasItsGradient(String model, String operator, long times) {
        assertEquals(times, times(suite(model, 256, 8), operator));
    }

    @Test
    void sumsOverTokensGoIntoGradientsOfF32() {
        Call down = of(suite("llama3-8b-training", (int) TOKENS, 1), "linear_grad", "down projection, gradient");
        assertEquals(Shape.of(TOKENS, 4096), down.input("dY").shape());
        assertEquals(Shape.of(TOKENS, 14336), down.input("X").shape());
        assertEquals(Shape.of(4096, 14336), down.input("W").shape());
        assertEquals(DType.BF16, down.input("W").dtype());
        assertEquals(DType.F32, down.input("dW_sum").dtype());
        assertEquals(DType.F32, down.output("dW").dtype());
    }

    @Test
    void devicesShareHeadsIntermediateSizesAndVocabulary() {
        Suite suite = suite("qwen3-32b-training", (int) TOKENS, 8);
        Call attention = of(suite, "attention_grad", "attention, gradient");
        assertEquals(Shape.of(1, 8, TOKENS, 128), attention.input("Q").shape());
        assertEquals(Shape.of(1, 1, TOKENS, 128), attention.input("K").shape());
        assertEquals(1, attention.attributes().integer("is_causal"));
        assertEquals(
                Shape.of(1280, 5120),
                of(suite, "linear_grad", "qkv projection, gradient").input("W").shape());
        assertEquals(
                Shape.of(5120, 3200),
                of(suite, "linear_grad", "down projection, gradient").input("W").shape());
        assertEquals(
                Shape.of(TOKENS, 18992),
                of(suite, "cross_entropy_grad", "loss, gradient")
                        .input("logits")
                        .shape());
        assertEquals(
                Shape.of(TOKENS, 8, 128),
                of(suite, "rms_normalization_grad", "norm of queries and keys, queries, gradient")
                        .input("X")
                        .shape());
        assertEquals(
                18992,
                of(suite, "embedding_grad", "token embedding, gradient")
                        .attributes()
                        .integer("rows"));
    }

    @Test
    void theWayBackIsTheWayForwardInReverse() {
        List<String> order = new ArrayList<>();
        Model model = Models.load("llama3-8b-training");
        Calls calls = new Calls(model, 1, true);
        new LanguageModel(model).run(Phase.of(Phase.Kind.TRAINING, 1, 64, 1, false), calls);
        calls.uses().forEach(use -> order.add(use.operator() + " " + use.role()));
        List<String> behind = order.subList(order.indexOf("cross_entropy loss"), order.size());
        assertEquals(
                List.of(
                        "cross_entropy loss",
                        "cross_entropy_grad loss, gradient",
                        "linear_grad lm_head projection, gradient",
                        "rms_normalization_grad last norm, gradient",
                        "grad_accumulate last norm, gradient",
                        "add residual, gradient",
                        "linear_grad down projection, gradient",
                        "swiglu_grad activation, gradient",
                        "linear_grad gate_up projection, gradient",
                        "rms_normalization_grad norm before mlp, gradient",
                        "grad_accumulate norm before mlp, gradient",
                        "add residual, gradient",
                        "linear_grad o projection, gradient",
                        "attention_grad attention, gradient",
                        "rope rotation of queries and keys, gradient",
                        "linear_grad qkv projection, gradient",
                        "rms_normalization_grad norm before attention, gradient",
                        "grad_accumulate norm before attention, gradient",
                        "embedding_grad token embedding, gradient",
                        "grad_accumulate token embedding, gradient"),
                behind.subList(0, 20));
        assertTrue(behind.get(20).startsWith("clip_grad_norm"), behind.toString());
        assertTrue(behind.getLast().startsWith("adamw"), behind.toString());
    }

    @Test
    void theStepIsThatOfItsPublisher() {
        Call step = of(suite("llama3-8b-training", 128, 8), "adamw", "qkv projection, step");
        assertEquals(Shape.of(768, 4096), step.input("param").shape());
        assertEquals(DType.BF16, step.input("param").dtype());
        assertEquals(DType.F32, step.input("master").dtype());
        assertEquals(3e-4, step.attributes().real("lr"));
        assertEquals(0.95, step.attributes().real("beta2"));
        assertEquals(List.of(1000L), step.constants().get("step"));
    }

    /// Biases, statistics of rows, and weights that embedding and head have in common.
    @Test
    void layersOfProteinsTrainTheirBiases() {
        Suite suite = suite("esm2-650m", 128, 1);
        Call up = of(suite, "linear_grad", "up projection, gradient");
        assertEquals(DType.F32, up.output("dB").dtype());
        assertEquals(Shape.of(5120), up.input("dB_sum").shape());
        Call norm = of(suite, "layer_normalization_grad", "norm before mlp, gradient");
        assertEquals(Shape.of(128, 1), norm.input("Mean").shape());
        assertEquals(DType.F32, norm.input("InvStdDev").dtype());
        assertEquals(68, times(suite, "layer_normalization_grad"));
        assertEquals(34, times(suite, "gelu_grad"));
        assertEquals(134, times(suite, "linear_grad"));
        assertTrue(cases(suite, "adamw").stream()
                .noneMatch(one -> uses(one).stream().anyMatch(use -> use.role().equals("head, scores, step"))));
        assertEquals(
                0, of(suite, "attention", "attention").attributes().integer("is_causal"), "residues see all others");
    }

    @Test
    void lengthsAndDevicesAreThoseOfTraining() {
        Suite suite = Models.suite("llama3-8b-training", Request.STANDARD, OptionalLong.empty());
        Set<String> phases = suite.cases().stream()
                .flatMap(one -> uses(one).stream())
                .map(Use::phase)
                .collect(Collectors.toSet());
        assertEquals(
                Set.of(
                        "training step of 1 x 512 tokens on one of 8 devices",
                        "training step of 1 x 4096 tokens",
                        "training step of 1 x 8192 tokens on one of 2 devices",
                        "training step of 1 x 16384 tokens on one of 4 devices",
                        "training step of 1 x 32768 tokens on one of 8 devices"),
                phases);
        assertTrue(suite.cases().stream()
                .filter(one -> !one.releaseOnly())
                .allMatch(one -> uses(one).stream().anyMatch(use -> use.phase().contains("1 x 512 tokens"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3-8b-training", "qwen3-32b-training", "esm2-650m", "esm2-3b"})
    void noTwoCasesHaveTheSameId(String model) {
        Suite suite = Models.suite(model, Request.STANDARD, OptionalLong.empty());
        Set<String> ids = new HashSet<>();
        suite.cases()
                .forEach(
                        one -> assertTrue(ids.add(one.id().toString()), one.id().toString()));
    }

    @Test
    void whatIsNotTrainedHasNoSize() {
        HarnessException refused = assertThrows(HarnessException.class, () -> suite("llama3-8b", 4096, 1));
        assertTrue(refused.where().startsWith("--size "), refused.where());
        assertTrue(refused.fix().contains("llama3-8b-training"), refused.fix());
        Request prompt = new Request(
                Optional.empty(),
                Optional.of(128),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        assertEquals(
                "--prefill",
                assertThrows(
                                HarnessException.class,
                                () -> Models.suite("llama3-8b-training", prompt, OptionalLong.empty()))
                        .where());
    }
}
