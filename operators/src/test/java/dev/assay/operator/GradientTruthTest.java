package dev.assay.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.operator.GradientTruth.Slope;
import dev.assay.operator.gemm.ProductGradients;
import dev.assay.operator.gradient.RowGradients;
import dev.assay.tensor.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every backward reference against its forward reference: by differences along directions, and by the adjoint identity
/// `<dY, J v> = <Jᵀ dY, v>`.
class GradientTruthTest {
    /// What differences may leave open, as a part of the products that make the sum.
    private static final double SHARP = 1e-6;

    /// What outputs of the forward call lose that are kept in f64, and gradients themselves.
    private static final double KEPT = 0x1p-45;

    /// Examples of every family.
    static Stream<GradientTruth> all() {
        return Stream.of(ProductGradients.all(), RowGradients.all()).flatMap(List::stream);
    }

    @Test
    void everyGradientHasAnExample() {
        Set<String> written = Operators.all().stream()
                .filter(Gradient.class::isInstance)
                .map(Operator::name)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> shown = all().map(truth -> truth.gradient().name()).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(written, shown);
    }

    /// The sides of the identity, and what they may be apart.
    private record Sides(double differences, double gradients, double bound, double magnitude) {
        boolean agree() {
            return Math.abs(differences - gradients) <= bound;
        }
    }

    private static Sides sides(
            Slope slope,
            Map<String, double[]> cotangents,
            Map<String, double[]> gradients,
            Map<String, double[]> directions) {
        double left = 0;
        double bound = 0;
        double magnitude = 0;
        for (String output : cotangents.keySet()) {
            double[] dy = GradientTruth.of(cotangents, output);
            for (int i = 0; i < dy.length; i++) {
                left += dy[i] * GradientTruth.of(slope.values(), output)[i];
                bound += Math.abs(dy[i]) * GradientTruth.of(slope.bounds(), output)[i];
            }
        }
        double right = 0;
        for (String input : directions.keySet()) {
            double[] g = GradientTruth.of(gradients, input);
            double[] v = GradientTruth.of(directions, input);
            for (int i = 0; i < v.length; i++) {
                right += g[i] * v[i];
                magnitude += Math.abs(g[i] * v[i]);
            }
        }
        return new Sides(left, right, bound + KEPT * magnitude, magnitude);
    }

    private static Map<String, double[]> values(Map<String, Answer> answers) {
        Map<String, double[]> values = new LinkedHashMap<>();
        answers.forEach((input, answer) -> values.put(input, answer.values()));
        return values;
    }

    /// Wrong gradients of one input, by what is wrong.
    private static Map<String, Consumer<double[]>> mistakes() {
        Map<String, Consumer<double[]>> all = new LinkedHashMap<>();
        all.put("scaled", g -> scale(g, 1.0001));
        all.put("negated", g -> scale(g, -1));
        all.put("an element left out", g -> g[largest(g)] = 0);
        all.put("an element twice", g -> g[largest(g)] *= 2);
        all.put("an element slightly off", g -> g[largest(g)] *= 1.001);
        return all;
    }

    private static void scale(double[] g, double factor) {
        for (int i = 0; i < g.length; i++) {
            g[i] *= factor;
        }
    }

    private static int largest(double[] g) {
        int at = 0;
        for (int i = 0; i < g.length; i++) {
            at = Math.abs(g[i]) > Math.abs(g[at]) ? i : at;
        }
        return at;
    }

    @ParameterizedTest
    @MethodSource("all")
    void gradientsAreTheLimitOfDifferences(GradientTruth truth) {
        assertEquals(DType.F64, truth.forward().call().tensors().getFirst().dtype(), "examples are in f64");
        Map<String, double[]> cotangents = truth.randomCotangents(5);
        Map<String, double[]> gradients = values(truth.gradients(cotangents));
        assertFalse(gradients.isEmpty());
        for (String input : gradients.keySet()) {
            Map<String, double[]> direction = Map.of(input, truth.direction(input, 7));
            Slope slope = truth.slope(direction);
            String what = truth + ", gradient of " + input;
            mistakes().forEach((mistake, make) -> {
                Map<String, double[]> wrong = new LinkedHashMap<>(gradients);
                double[] g = GradientTruth.of(gradients, input).clone();
                make.accept(g);
                wrong.put(input, g);
                assertFalse(sides(slope, cotangents, wrong, direction).agree(), what + ": not seen: " + mistake);
            });
            Sides sides = sides(slope, cotangents, gradients, direction);
            assertTrue(sides.bound() <= SHARP * sides.magnitude(), what + " is open: " + sides);
            assertTrue(sides.agree(), what + ": " + sides);
        }
    }

    /// Along all inputs at a time, for several gradients of the outputs.
    @ParameterizedTest
    @MethodSource("all")
    void theAdjointIdentityHolds(GradientTruth truth) {
        Map<String, double[]> directions = new LinkedHashMap<>();
        truth.differentiated().forEach(input -> directions.put(input, truth.direction(input, 11)));
        Slope slope = truth.slope(directions);
        Map<String, double[]> before = values(truth.gradients(truth.randomCotangents(20)));
        for (int seed = 21; seed < 24; seed++) {
            Map<String, double[]> cotangents = truth.randomCotangents(seed);
            Map<String, double[]> gradients = values(truth.gradients(cotangents));
            assertFalse(sides(slope, cotangents, before, directions).agree(), truth + ": of other gradients");
            Sides sides = sides(slope, cotangents, gradients, directions);
            assertTrue(sides.bound() <= SHARP * sides.magnitude(), truth + " is open: " + sides);
            assertTrue(sides.agree(), truth + ": " + sides);
            before = gradients;
        }
    }
}
