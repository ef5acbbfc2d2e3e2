package dev.assay.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.CaseSpec.Use;
import dev.assay.engine.plan.Suite;
import dev.assay.tensor.Shape;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScienceModelsTest {
    private static final Optional<Integer> NONE = Optional.empty();

    private static Suite suite(String model, int batch, int size) {
        Request request = new Request(
                batch == 0 ? NONE : Optional.of(batch), NONE, NONE, NONE, NONE, size == 0 ? NONE : Optional.of(size));
        return Models.suite(model, request, OptionalLong.empty());
    }

    private static List<Use> uses(Case one) {
        return Objects.requireNonNullElse(one.spec().uses(), List.of());
    }

    private static long times(Suite suite, String operator) {
        return suite.cases().stream()
                .filter(one -> one.id().operator().equals(operator))
                .flatMap(one -> uses(one).stream())
                .mapToLong(Use::times)
                .sum();
    }

    private static Case named(Suite suite, String operator, String role) {
        List<Case> found = suite.cases().stream()
                .filter(one -> one.id().operator().equals(operator))
                .filter(one -> uses(one).stream().anyMatch(use -> use.role().equals(role)))
                .toList();
        assertEquals(1, found.size(), role);
        return found.getFirst();
    }

    private static Call call(Suite suite, String operator, String role) {
        return named(suite, operator, role).call().orElseThrow();
    }

    private static Shape input(Suite suite, String operator, String role, String input) {
        return call(suite, operator, role).input(input).shape();
    }

    /// Added up by hand. A pair block of AlphaFold 3 has 559872 weights, a token's part 2510976, an alignment's 235264.
    @ParameterizedTest
    @CsvSource({"alphafold3, 150581248", "fno-2d, 2368289"})
    void weightsAddUp(String model, long weights) {
        assertEquals(weights, Models.parameters(model));
    }

    @Test
    void pairsAreThoseOfAllTokens() {
        Suite suite = suite("alphafold3", 1, 256);
        // 48 blocks of the pairformer and 4 that read the alignment.
        for (String direction : List.of("outgoing", "incoming")) {
            String role = "triangle multiplication, " + direction;
            assertEquals(Shape.of(256, 256, 128), input(suite, "triangle_multiplication", role, "gate_a"));
            assertEquals(
                    52,
                    uses(named(suite, "triangle_multiplication", role))
                            .getFirst()
                            .times());
        }
        Call attention = call(suite, "triangle_attention", "triangle attention, ending");
        assertEquals(Shape.of(256, 256, 4, 32), attention.input("q").shape());
        assertEquals(Shape.of(256, 256, 4), attention.input("bias").shape());
        assertEquals("ending", attention.attributes().text("node"));
        assertEquals(104, times(suite, "triangle_attention"));
        assertEquals(
                Shape.of(65536, 128), input(suite, "matmul", "triangle multiplication, outgoing, projections", "A"));
        assertEquals(Shape.of(128, 640), input(suite, "matmul", "triangle multiplication, outgoing, projections", "B"));
    }

    @Test
    void tokensAttendWithABiasOfPairs() {
        Call attention = call(suite("alphafold3", 1, 384), "attention", "attention with pair bias");
        assertEquals(Shape.of(1, 16, 384, 24), attention.input("Q").shape());
        assertEquals(Shape.of(1, 16, 384, 384), attention.input("attn_mask").shape());
        assertEquals(48, times(suite("alphafold3", 1, 384), "attention"));
        assertEquals(96, times(suite("alphafold3", 2, 384), "attention"), "one example after the other");
    }

    @Test
    void alignmentsReachPairsByOuterProducts() {
        Suite suite = suite("alphafold3", 1, 256);
        assertEquals(Shape.of(1024, 256, 32), input(suite, "outer_product_mean", "outer product", "a"));
        assertEquals(4, times(suite, "outer_product_mean"));
        assertEquals(Shape.of(1024, 128), input(suite, "matmul", "outer product, output projection", "B"));
        assertEquals(Shape.of(8, 256, 256), input(suite, "softmax", "weighing of sequences, softmax", "input"));
        assertEquals(Shape.of(8, 256, 32768), input(suite, "matmul", "weighing of sequences, product", "B"));
    }

    /// Water has 0.1003 atoms to a cubic ångström: 4/3 π 6³ 0.1003 = 90.7, of which one is the atom itself.
    @Test
    void edgesFollowFromCutoffAndDensity() {
        Suite suite = suite("mace-mp-0", 1, 192);
        long edges = 192 * 90;
        assertEquals(Shape.of(edges, 3), input(suite, "spherical_harmonics", "harmonics", "vectors"));
        List<Shape> weights = suite.cases().stream()
                .filter(one -> one.id().operator().equals("tensor_product"))
                .map(one -> one.call().orElseThrow().input("weights").shape())
                .toList();
        // Degrees 0 x (0..3): 4 paths; with 1 x 0, 1 x 1, 1 x 2, 1 x 3: 1 + 3 + 3 + 2 more.
        assertEquals(List.of(Shape.of(edges, 4, 128), Shape.of(edges, 13, 128)), weights);
        assertEquals(
                Shape.of(edges, 128, 16),
                suite.cases().stream()
                        .filter(one -> one.id().operator().equals("segment_reduce"))
                        .filter(one ->
                                uses(one).stream().anyMatch(use -> use.role().equals("messages together")))
                        .findFirst()
                        .orElseThrow()
                        .call()
                        .orElseThrow()
                        .input("data")
                        .shape());
        assertEquals(
                Shape.of(16 * 192 * 90L, 3),
                input(suite("mace-mp-0", 16, 192), "spherical_harmonics", "harmonics", "vectors"));
        assertEquals(16, times(suite("mace-mp-0", 16, 192), "neighbour_list"));
    }

    /// Gradients and products that no operator computes stand in the plan with how often they are run.
    @Test
    void whatTheCatalogueLacksIsNamed() {
        Set<String> missing = new TreeSet<>();
        suite("mace-mp-0", 1, 192).cases().stream()
                .filter(one -> one.call().isEmpty())
                .forEach(one -> missing.add(one.id().operator()));
        assertEquals(
                Set.of(
                        "radial_basis_grad",
                        "spherical_harmonics_grad",
                        "symmetric_contraction",
                        "symmetric_contraction_grad",
                        "tensor_product_grad"),
                missing);
    }

    @Test
    void everyLinearLayerBeforeTheEnergyHasItsWayBack() {
        Suite suite = suite("mace-mp-0", 1, 192);
        Set<String> forward = new TreeSet<>();
        Set<String> back = new TreeSet<>();
        suite.cases().stream()
                .filter(one -> one.id().operator().equals("matmul"))
                .flatMap(one -> uses(one).stream())
                .forEach(use -> (use.role().endsWith(", gradient") ? back : forward)
                        .add(use.role().replace(", gradient", "")));
        // What elements are does not depend on where they are.
        assertTrue(forward.remove("element embedding"));
        assertEquals(forward, back);
    }

    @Test
    void fieldsKeepTheirLowModes() {
        Suite suite = suite("fno-2d", 20, 64);
        assertEquals(Shape.of(20, 32, 64, 64), input(suite, "spectral_conv", "spectral convolution", "x"));
        assertEquals(Shape.of(32, 32, 12, 12, 2), input(suite, "spectral_conv", "spectral convolution", "weights2"));
        assertEquals(4, times(suite, "spectral_conv"));
        assertEquals(4, times(suite, "conv"));
        assertEquals(4, times(suite, "gelu"), "behind all layers but the last, and one in the projection");
        assertEquals(Shape.of(81920, 12), input(suite, "matmul", "lifting", "A"));
    }

    /// 721 latitudes are 181 patches, which 31 windows cover; 91 merged ones take 16.
    @Test
    void windowsCoverTheGlobe() {
        Suite suite = suite("pangu-weather", 1, 721);
        Call outer = call(suite, "attention", "outer attention");
        assertEquals(Shape.of(4 * 31, 6, 144, 32), outer.input("Q").shape());
        assertEquals(Shape.of(4 * 31, 6, 144, 144), outer.input("attn_mask").shape());
        assertEquals(
                4 * 30,
                uses(named(suite, "attention", "outer attention")).getFirst().times());
        assertEquals(Shape.of(4 * 16, 12, 144, 32), input(suite, "attention", "inner attention", "Q"));
        assertEquals(
                12 * 15,
                uses(named(suite, "attention", "inner attention")).getFirst().times());
        assertEquals(Shape.of(8 * 186 * 360, 192), input(suite, "matmul", "outer qkv projection", "A"));
        assertEquals(Shape.of(8 * 181 * 360, 192), input(suite, "matmul", "outer up projection", "A"));
        assertEquals(Shape.of(7 * 181 * 360, 160), input(suite, "matmul", "patch embedding, levels", "A"));
        assertEquals(Shape.of(181 * 360, 112), input(suite, "matmul", "patch embedding, surface", "A"));
        assertEquals(Shape.of(8 * 91 * 180, 768), input(suite, "matmul", "fewer tokens, projection", "A"));
        assertEquals(Shape.of(1, 4, 2, 31, 6, 30, 12, 192), input(suite, "transpose", "outer windows", "data"));
    }

    @Test
    void proteinsAreReadWholeAndTrainedOn() {
        Suite suite = suite("esm2-650m", 2, 100);
        assertEquals(Shape.of(2, 20, 100, 64), input(suite, "attention", "attention", "K"));
        assertEquals(Shape.of(200, 33), input(suite, "cross_entropy", "loss", "logits"));
        Set<String> phases = new TreeSet<>();
        suite.cases().forEach(one -> uses(one).forEach(use -> phases.add(use.phase())));
        assertEquals(Set.of("encoding of 2 x 100 residues", "training step of 2 x 100 tokens"), phases);
        Request shared = new Request(NONE, NONE, NONE, Optional.of(4), NONE, Optional.of(64));
        assertEquals(
                Shape.of(1280, 1280),
                input(Models.suite("esm2-650m", shared, OptionalLong.empty()), "matmul", "up projection", "B"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"alphafold3", "mace-mp-0", "fno-2d", "pangu-weather"})
    void noTwoCasesHaveTheSameIdAndNothingIsShared(String model) {
        Set<String> ids = new HashSet<>();
        suite(model, 0, 0)
                .cases()
                .forEach(
                        one -> assertTrue(ids.add(one.id().toString()), one.id().toString()));
        Request shared = new Request(NONE, NONE, NONE, Optional.of(2), NONE, NONE);
        assertEquals(
                "--tp 2",
                assertThrows(HarnessException.class, () -> Models.suite(model, shared, OptionalLong.empty()))
                        .where());
    }
}
