package dev.assay.operator.sequence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Answer;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Operators that keep a state, against values worked out by hand, the recurrence written anew, and wrong kernels.
class SequenceTest {
    private static void assertValues(Answer answer, double... want) {
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], answer.value(i), 1e-12, "element " + i);
        }
        assertEquals(want.length, answer.size());
    }

    private static Example convolution() {
        return new Example(new CausalConvWithState())
                .input("input", DType.F32, Shape.of(1, 1, 3), 1, 2, 3)
                .input("weight", DType.F32, Shape.of(1, 1, 3), 100, 10, 1)
                .input("bias", DType.F32, Shape.of(1), 0.5)
                .input("past_state", DType.F32, Shape.of(1, 1, 2), 8, 9);
    }

    @Test
    void theStateStandsInFront() {
        assertValues(convolution().answer(0), 891.5, 912.5, 123.5);
        assertValues(convolution().answer(1), 2, 3);
    }

    @Test
    void siluFollows() {
        Answer answer = convolution().attribute("activation", "silu").answer(0);
        assertEquals(123.5 / (1 + Math.exp(-123.5)), answer.value(2), 1e-12);
    }

    @Test
    void shortInputsLeaveSomeOfTheState() {
        Example example = new Example(new CausalConvWithState())
                .input("input", DType.F32, Shape.of(1, 1, 1), 5)
                .input("weight", DType.F32, Shape.of(1, 1, 4), 1, 1, 1, 1)
                .input("past_state", DType.F32, Shape.of(1, 1, 3), 1, 2, 3);
        assertValues(example.answer(1), 2, 3, 5);
    }

    @Test
    void aMissingTapIsRefused() {
        Answer answer = convolution().answer(0);
        assertTrue(answer.accepts(0, 891.5, DType.F32));
        assertFalse(answer.accepts(0, 91.5, DType.F32));
        assertFalse(answer.accepts(2, 123.501, DType.F32));
    }

    private static Example packed() {
        return new Example(new CausalConv1d())
                .input("x", DType.F32, Shape.of(4, 1), 1, 2, 3, 4)
                .input("weight", DType.F32, Shape.of(2, 1), 10, 1)
                .input("conv_state", DType.F32, Shape.of(4, 1, 1), 6, 7, 8, 9)
                .constant("query_start_loc", 0, 1, 3, 4)
                .constant("cache_indices", 2, 0, -1)
                .constant("has_initial_state", 1, 0, 1);
    }

    @Test
    void eachSequenceHasItsSlot() {
        Answer out = packed().answer(0);
        assertEquals(81, out.value(0));
        assertEquals(2, out.value(1));
        assertEquals(23, out.value(2));
        assertTrue(out.isOpen(3), "a row of padding");
        assertValues(packed().answer(1), 3, 7, 1, 9);
    }

    @Test
    void wrongCallsAreRefused() {
        assertThrows(
                InvalidCallException.class,
                () -> packed().constant("cache_indices", 2, 2, -1).call());
        assertThrows(
                InvalidCallException.class,
                () -> packed().constant("cache_indices", 4, 0, -1).call());
        assertThrows(
                InvalidCallException.class,
                () -> packed().constant("query_start_loc", 0, 3, 1, 4).call());
        assertThrows(
                InvalidCallException.class,
                () -> packed().attribute("activation", "relu").answer(0));
        assertThrows(
                InvalidCallException.class,
                () -> convolution()
                        .input("past_state", DType.F32, Shape.of(1, 1, 3), 1, 2, 3)
                        .call());
    }

    /// One head of size 1: everything is a number.
    private static Example scalar() {
        return new Example(new LinearAttention())
                .input("query", DType.F32, Shape.of(1, 2, 1), 3, 5)
                .input("key", DType.F32, Shape.of(1, 2, 1), 2, 0.5)
                .input("value", DType.F32, Shape.of(1, 2, 1), 7, 11)
                .input("past_state", DType.F32, Shape.of(1, 1, 1, 1), 4)
                .attribute("q_num_heads", 1)
                .attribute("kv_num_heads", 1);
    }

    @Test
    void rulesAreTheText() {
        assertValues(scalar().attribute("update_rule", "linear").answer(0), 3 * 18, 5 * 23.5);
        Example gated = scalar().input("decay", DType.F32, Shape.of(1, 2, 1), 0, -1);
        double second = 18 * Math.exp(-1) + 5.5;
        assertValues(gated.attribute("update_rule", "gated").answer(0), 3 * 18, 5 * second);
        Example delta = scalar().input("beta", DType.F32, Shape.of(1, 2, 1), 0.5, 1);
        double first = 4 + 2 * 0.5 * (7 - 2 * 4);
        double last = first + 0.5 * (11 - 0.5 * first);
        assertValues(delta.attribute("update_rule", "delta").answer(0), 3 * first, 5 * last);
        assertValues(delta.attribute("update_rule", "delta").answer(1), last);
        Example both = gated.input("beta", DType.F32, Shape.of(1, 2, 1), 0.5, 1);
        double decayed = first * Math.exp(-1);
        assertValues(
                both.attribute("update_rule", "gated_delta").answer(0),
                3 * first,
                5 * (decayed + 0.5 * (11 - 0.5 * decayed)));
    }

    @Test
    void rulesAskForTheirGates() {
        assertThrows(InvalidCallException.class, () -> scalar().call());
        assertThrows(
                InvalidCallException.class,
                () -> scalar().input("decay", DType.F32, Shape.of(1, 2, 1), 0, -1)
                        .input("beta", DType.F32, Shape.of(1, 2, 1), 0, 1)
                        .attribute("update_rule", "linear")
                        .call());
    }

    private static Example head(int tokens, int size) {
        return new Example(new LinearAttention())
                .input("query", TensorSpec.dense(DType.F32, Shape.of(1, tokens, size)))
                .input("key", TensorSpec.dense(DType.F32, Shape.of(1, tokens, size)))
                .input("value", TensorSpec.dense(DType.F32, Shape.of(1, tokens, size)))
                .input("decay", TensorSpec.dense(DType.F32, Shape.of(1, tokens, 1)))
                .input("beta", TensorSpec.dense(DType.F32, Shape.of(1, tokens, 1)))
                .attribute("q_num_heads", 1)
                .attribute("kv_num_heads", 1)
                .fill("normal", 3);
    }

    /// The recurrence in f32 with every result rounded, and a mistake if asked for.
    private static double[] inF32(Example example, int tokens, int size, String mistake) {
        double[] q = example.values("query");
        double[] k = example.values("key");
        double[] v = example.values("value");
        float[][] state = new float[size][size];
        double[] out = new double[tokens * size];
        for (int t = 0; t < tokens; t++) {
            float decay = (float) Math.exp(example.values("decay")[t]);
            float beta = (float) example.values("beta")[t];
            for (int m = 0; m < size; m++) {
                float retrieved = 0;
                for (int i = 0; i < size; i++) {
                    float before = state[i][m];
                    state[i][m] = mistake.equals("late decay") ? before : before * decay;
                    retrieved += (mistake.equals("undecayed") ? before : state[i][m]) * (float) k[t * size + i];
                }
                float written = beta * ((float) v[t * size + m] - retrieved);
                for (int i = 0; i < size; i++) {
                    state[i][m] += (float) k[t * size + i] * written;
                    state[i][m] = mistake.equals("bf16 state")
                            ? (float) DType.BF16.round(state[i][m])
                            : mistake.equals("late decay") ? state[i][m] * decay : state[i][m];
                }
                float sum = 0;
                for (int i = 0; i < size; i++) {
                    sum += (float) q[t * size + i] * state[i][m];
                }
                out[t * size + m] = (float) (sum / Math.sqrt(size));
            }
        }
        return out;
    }

    private static long refused(Answer answer, double[] got) {
        return IntStream.range(0, got.length)
                .filter(i -> !answer.accepts(i, got[i], DType.F32))
                .count();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 60})
    void sequentialKernelsAttainAboutTheBound(int tokens) {
        int size = 16;
        Example example = head(tokens, size);
        Answer answer = example.answer(0);
        double[] got = inF32(example, tokens, size, "");
        assertEquals(0, refused(answer, got));
        double squares = 0;
        for (int i = 0; i < got.length; i++) {
            squares += Math.pow((got[i] - answer.value(i)) / answer.sigma(i), 2);
        }
        double rms = Math.sqrt(squares / got.length);
        assertTrue(rms > 0.1 && rms < 1.3, "rms of error over sigma is " + rms);
    }

    @ParameterizedTest
    @ValueSource(strings = {"undecayed", "late decay", "bf16 state"})
    void mistakesAreRefused(String mistake) {
        Example example = head(40, 16);
        long refused = refused(example.answer(0), inF32(example, 40, 16, mistake));
        assertTrue(refused > 300, refused + " of 640 elements");
    }

    @Test
    void followingErrorsToEveryTokenCostsMoreThanTheKernel() {
        LinearAttention operator = new LinearAttention();
        Call call = new CallBuilder(operator, "test")
                .input("query", TensorSpec.of(DType.BF16, 1, 80, 128))
                .input("key", TensorSpec.of(DType.BF16, 1, 80, 128))
                .input("value", TensorSpec.of(DType.BF16, 1, 80, 128))
                .attribute("q_num_heads", new Attribute.Int(1))
                .attribute("kv_num_heads", new Attribute.Int(1))
                .attribute("update_rule", new Attribute.Text("linear"))
                .build();
        // 80 * 81 / 2 tokens reach back, of a state of 128 * 128, with 4 operations each.
        double each = 4.0 * 128 * 128;
        assertEquals(operator.cost(call).flops() + each * (80 * 81 / 2 + 80), operator.referenceFlops(call));
    }
}
