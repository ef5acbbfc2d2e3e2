package dev.assay.operator.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Data sets and probes of attention.
class AttentionDataTest {
    private static final Attention ATTENTION = new Attention();
    private static final double INF = Double.POSITIVE_INFINITY;

    @Test
    void dataSetsGiveInputsTheirRoles() {
        Example example = AttentionSetup.small().masked(DType.F32, 5, 7).example();
        assertEquals("peaky", fill(example, "Q", "peaky"));
        assertEquals("normal", fill(example, "K", "peaky"));
        assertEquals("repeating", fill(example, "Q", "cancelling"));
        assertEquals("cancelling", fill(example, "K", "cancelling"));
        assertEquals("boundary-seeking", fill(example, "Q", "boundary-seeking"));
        assertEquals("mask", fill(example, "attn_mask", "specials"));
        assertEquals(new Fill.Along(8, 1), ATTENTION.along(example.call(), "K"));
        assertEquals(new Fill.Along(7, 6), ATTENTION.along(example.call(), "V"));
    }

    private static String fill(Example example, String input, String dataSet) {
        return ATTENTION
                .fill(example.call(), input, Fills.parse(dataSet, "here"))
                .name();
    }

    @Test
    void boundarySeekingQueriesEqualTheKeysAtTheBorder() {
        for (AttentionSetup setup : List.of(
                AttentionSetup.small().lengths(6, 9, 0).asCausal(),
                AttentionSetup.small().lengths(6, 9, 0).asCausal().asFlat())) {
            Example example = setup.example().fill("boundary-seeking", 33);
            double[] q = example.values("Q");
            NaiveAttention shapes = setup.naive(example);
            for (int h = 0; h < 4; h++) {
                for (int s = 0; s < 6; s++) {
                    int key = s % 3 == 0 ? s : s % 3 == 1 ? s + 1 : 0;
                    for (int c = 0; c < 8; c++) {
                        double query = setup.flat ? q[s * 32 + h * 8 + c] : q[(h * 6 + s) * 8 + c];
                        assertEquals(2 * shapes.presentKey[(h / 2 * 9 + key) * 8 + c], query);
                    }
                }
            }
        }
    }

    @Test
    void masksLeaveAboutThreeQuartersVisible() {
        for (DType type : new DType[] {DType.BOOL, DType.F32}) {
            Example example = AttentionSetup.small()
                    .lengths(50, 60, 0)
                    .masked(type, 50, 60)
                    .example()
                    .fill("normal", 34);
            double[] mask = example.values("attn_mask");
            long visible = Arrays.stream(mask)
                    .filter(x -> type == DType.BOOL ? x != 0 : x != -INF)
                    .count();
            assertEquals(0.75, visible / 3000.0, 0.03);
        }
    }

    private static List<String> probes(AttentionSetup setup) {
        return ATTENTION.probes(setup.example().call(), ComputeContract.STRICT).stream()
                .map(dev.assay.operator.Probe::fill)
                .toList();
    }

    @Test
    void probesFollowTheCall() {
        assertEquals(
                List.of("uniform-scores", "ascending", "selecting", "one-hot-values", "constant-values"),
                probes(AttentionSetup.small()));
        assertTrue(probes(AttentionSetup.small().asCausal()).contains("boundary-seeking"));
        assertEquals(
                "poisoned-padding", probes(AttentionSetup.small().using(7L, 3L)).getFirst());
        assertFalse(probes(AttentionSetup.small().using(7L, 7L)).contains("poisoned-padding"), "nothing is padded");
    }

    @Test
    void probesGiveWhatTheyAreNamedFor() {
        for (AttentionSetup setup : List.of(
                AttentionSetup.small().lengths(5, 7, 3),
                AttentionSetup.small().lengths(5, 7, 3).asFlat())) {
            Example uniform = setup.example().fill("uniform-scores", 51);
            Answer scores = setup.mode(0).example().fill("uniform-scores", 51).answer(3);
            for (int i = 0; i < scores.size(); i++) {
                assertEquals(0, scores.value(i));
            }
            assertTrue(Arrays.stream(uniform.values("V")).allMatch(v -> v == Math.rint(v)));
            Answer ones = setup.example().fill("constant-values", 51).answer(0);
            for (int i = 0; i < ones.size(); i++) {
                assertEquals(1, ones.value(i), 1e-12);
            }
            Answer rising = setup.mode(0).example().fill("ascending", 51).answer(3);
            for (int row = 0; row < rising.size(); row += 10) {
                for (int j = 1; j < 10; j++) {
                    assertTrue(rising.value(row + j) > rising.value(row + j - 1) + 1, "keys rise");
                }
            }
            // With as many columns as keys, a result is the probabilities themselves, in turn.
            AttentionSetup square = setup.headSizes(8, 10);
            Answer result = square.example().fill("one-hot-values", 52).answer(0);
            Answer probabilities =
                    square.mode(3).example().fill("one-hot-values", 52).answer(3);
            for (int i = 0; i < probabilities.size(); i++) {
                long[] at = probabilities.shape().coordinates(i);
                long number = setup.flat
                        ? (at[0] * 5 + at[2]) * 40 + at[1] * 10 + at[3]
                        : ((at[0] * 4 + at[1]) * 5 + at[2]) * 10 + at[3];
                assertEquals(probabilities.value(i), result.value((int) number), 1e-12);
            }
        }
        Example poisoned = AttentionSetup.small().using(2L, 7L).example().fill("poisoned-padding", 53);
        double[] keys = poisoned.values("K");
        for (int i = 0; i < keys.length; i++) {
            assertEquals(i < keys.length / 2 && i / 8 % 7 >= 2, Double.isNaN(keys[i]), "element " + i);
        }
        assertTrue(Arrays.stream(poisoned.values("Q")).allMatch(Double::isFinite));
        assertThrows(
                InvalidCallException.class,
                () -> new dev.assay.operator.gemm.MatMul()
                        .fill(AttentionSetup.small().example().call(), "A", Fills.of("ascending")));
    }

    /// An exponential of the distance overflows in f32, and what is selected is the value of one key.
    @Test
    void oneScoreStandsOut() {
        for (AttentionSetup setup : List.of(
                AttentionSetup.small().lengths(6, 6, 70).headSizes(64, 32).asCausal(),
                AttentionSetup.small().lengths(6, 76, 0).headSizes(64, 32).asFlat())) {
            Answer scores = setup.mode(0).example().fill("selecting", 54).answer(3);
            Answer chosen = setup.mode(3).example().fill("selecting", 54).answer(3);
            int n = 76;
            int others = 0;
            for (int row = 0; row < scores.size() / n; row++) {
                int query = row % 6;
                int last = setup.causal ? 70 + query : n - 1;
                int key = query % 3 == 0 ? last : 0;
                for (int j = 0; query % 3 < 2 && j <= last; j++) {
                    boolean far = scores.value(row * n + key) - scores.value(row * n + j) > 100;
                    assertTrue(j == key || far, "query " + query + ", key " + j);
                }
                int selected = 0;
                while (chosen.value(row * n + selected) < 0.9) {
                    selected++;
                }
                assertTrue(selected <= last && (query % 3 == 2 || selected == key), "query " + query);
                others += selected != 0 && selected != last ? 1 : 0;
            }
            assertTrue(others > 4, "any key: " + others);
        }
    }
}
