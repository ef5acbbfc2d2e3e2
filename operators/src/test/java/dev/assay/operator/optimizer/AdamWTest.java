package dev.assay.operator.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AdamWTest {
    private static final double RATE = 0.01;
    private static final double DECAY = 0.1;
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    private static Tensor step(long number) {
        Tensor step = Tensor.allocate(TensorSpec.of(DType.I64), Arena.ofAuto());
        step.setCodeAt(0, number);
        return step;
    }

    private static Example byHand() {
        return new Example(new AdamW())
                .input("param", DType.F32, Shape.of(1), 2)
                .input("grad", DType.F32, Shape.of(1), 2)
                .input("exp_avg", DType.F32, Shape.of(1), 1)
                .input("exp_avg_sq", DType.F32, Shape.of(1), 0)
                .constant("step", step(1))
                .attribute("lr", 0.5)
                .attribute("beta1", 0.5)
                .attribute("beta2", 0.75)
                .attribute("eps", 2.0)
                .attribute("weight_decay", 0.5);
    }

    /// By hand: the average is 1.5, corrected 3; that of squares 1, corrected 4; 3 / (2 + 2) · 0.5 off 2 · 0.75.
    @Test
    void aStepByHand() {
        Answer param = byHand().answer(0);
        assertEquals(1.125, param.value(0), 1e-15);
        assertEquals(1.5, byHand().answer(1).value(0), 0);
        assertEquals(1, byHand().answer(2).value(0), 0);
        assertTrue(param.accepts(0, 1.125, DType.F32));
    }

    /// Each worked out by hand for the step above.
    @ParameterizedTest
    @CsvSource({
        "1.6, the decay in the gradient",
        "1.21875, the decay last",
        "0.8876275643042054, epsilon under the root",
        "1.2152633, the second step",
        "1.25, no correction",
        "1.5, no update",
        "0.75, the squares that were there",
        "1.625, no decay"
    })
    void wrongStepsAreRefused(double wrong, String why) {
        assertFalse(byHand().answer(0).accepts(0, DType.F32.round(wrong), DType.F32), why);
    }

    private static Answer ofInfinity(double decay) {
        return new Example(new AdamW())
                .input("param", DType.F32, Shape.of(1), Double.POSITIVE_INFINITY)
                .input("grad", DType.F32, Shape.of(1), 2)
                .input("exp_avg", DType.F32, Shape.of(1), 1)
                .input("exp_avg_sq", DType.F32, Shape.of(1), 0)
                .constant("step", step(1))
                .attribute("weight_decay", decay)
                .answer(0);
    }

    /// What decays by a part of the update is infinity less infinity; without a decay nothing is.
    @Test
    void anInfiniteParameterMayBecomeNanByItsDecay() {
        assertTrue(ofInfinity(0.1).accepts(0, Double.POSITIVE_INFINITY, DType.F32));
        assertTrue(ofInfinity(0.1).accepts(0, Double.NaN, DType.F32));
        assertTrue(ofInfinity(0).accepts(0, Double.POSITIVE_INFINITY, DType.F32));
        assertFalse(ofInfinity(0).accepts(0, Double.NaN, DType.F32));
    }

    enum Right {
        PLAIN,
        LERP,
        HOST_SCALARS,
        DECAY_IN_UPDATE,
        FUSED,
        RECIPROCAL,
        FIRST_CORRECTED,
        F64
    }

    private static Example random(DType type, double deviation, double rate, long number) {
        TensorSpec spec = TensorSpec.of(type, 509);
        return new Example(new AdamW())
                .input("param", spec)
                .input("grad", spec)
                .input("exp_avg", spec)
                .input("exp_avg_sq", spec)
                .constant("step", step(number))
                .attribute("lr", rate)
                .attribute("weight_decay", DECAY)
                .fill("normal(0," + deviation + ")", 5);
    }

    private static double[] right(Right way, double p, double g, double m, double v, double rate, long number) {
        if (way == Right.F64) {
            double average = BETA1 * m + (1 - BETA1) * g;
            double squares = BETA2 * v + (1 - BETA2) * g * g;
            double update = average
                    / (1 - Math.pow(BETA1, (double) number))
                    / (Math.sqrt(squares / (1 - Math.pow(BETA2, (double) number))) + EPSILON);
            return new double[] {p - rate * (update + DECAY * p), average, squares};
        }
        boolean host = way == Right.HOST_SCALARS;
        float beta1 = (float) BETA1;
        float beta2 = (float) BETA2;
        float fresh1 = host ? (float) (1 - BETA1) : 1 - beta1;
        float fresh2 = host ? (float) (1 - BETA2) : 1 - beta2;
        float first = host
                ? (float) (1 - Math.pow(BETA1, (double) number))
                : 1 - (float) Math.pow((double) beta1, (double) number);
        float second = host
                ? (float) (1 - Math.pow(BETA2, (double) number))
                : 1 - (float) Math.pow((double) beta2, (double) number);
        float gradient = (float) g;
        float old = (float) m;
        float average = switch (way) {
            case LERP -> old + fresh1 * (gradient - old);
            case FUSED -> Math.fma(beta1, old, fresh1 * gradient);
            default -> beta1 * old + fresh1 * gradient;
        };
        float squares = way == Right.FUSED
                ? Math.fma(fresh2 * gradient, gradient, beta2 * (float) v)
                : beta2 * (float) v + fresh2 * (gradient * gradient);
        float lr = (float) rate;
        float divisor = way == Right.FIRST_CORRECTED
                ? (float) Math.sqrt(squares / second) + (float) EPSILON
                : (float) Math.sqrt(squares) / (float) Math.sqrt(second) + (float) EPSILON;
        float update = switch (way) {
            case RECIPROCAL -> lr / first * (average * (1 / divisor));
            case FIRST_CORRECTED -> lr * (average / first / divisor);
            default -> lr / first * (average / divisor);
        };
        float param = (float) p;
        float stepped = way == Right.DECAY_IN_UPDATE
                ? param - (update + lr * ((float) DECAY * param))
                : param * (1 - lr * (float) DECAY) - update;
        return new double[] {stepped, average, squares};
    }

    private static void assertAccepted(Right way, DType type, double deviation, double rate, long number) {
        Example example = random(type, deviation, rate, number);
        double[] p = example.values("param");
        double[] g = example.values("grad");
        double[] m = example.values("exp_avg");
        double[] v = example.values("exp_avg_sq");
        for (int output = 0; output < 3; output++) {
            Answer answer = example.answer(output);
            for (int i = 0; i < p.length; i++) {
                double got = type.round(right(way, p[i], g[i], m[i], v[i], rate, number)[output]);
                assertTrue(answer.accepts(i, got, type), way + ", output " + output + ", element " + i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void rightWaysAreAccepted(Right way) {
        for (long number : new long[] {1, 2, 1000}) {
            for (double rate : new double[] {RATE, 1}) {
                assertAccepted(way, DType.F32, 1, rate, number);
                assertAccepted(way, DType.F32, 1e-9, rate, number);
                assertAccepted(way, DType.BF16, 1, rate, number);
            }
        }
    }

    /// What the misreadings give, as a device would return it.
    private static int refused(Example example, Misreading wrong) {
        int refused = 0;
        for (int output = 0; output < 3; output++) {
            Answer answer = example.answer(output);
            Answer misread = Answer.of(
                    wrong.by().orElse(new AdamW()).oracle(wrong.call(), wrong.inputs(), ComputeContract.STRICT),
                    output);
            for (int i = 0; i < answer.size(); i++) {
                refused += answer.accepts(i, (float) misread.value(i), DType.F32) ? 0 : 1;
            }
        }
        return refused;
    }

    /// Where epsilon is added shows where it is large against the average of squares; a change of the count where the
    /// correction still changes.
    @Test
    void misreadingsAreRefused() {
        Example small = random(DType.F32, 1e-9, RATE, 2);
        List<Misreading> all = new AdamW().misreadings(small.call(), small.inputs());
        assertEquals(10, all.size());
        for (Misreading wrong : all) {
            assertTrue(refused(small, wrong) > 100, wrong.sentence());
        }
        // Parameters a hundred times larger than what they are changed by.
        Example usual = random(DType.F32, 1, RATE, 2);
        for (Misreading wrong : new AdamW().misreadings(usual.call(), usual.inputs())) {
            boolean shows = !wrong.cause().equals("epsilon");
            assertEquals(shows, refused(usual, wrong) > 0, wrong.sentence());
        }
    }

    /// A root that is right to 11 bits, of averages that are a hundred times smaller than the parameter.
    @Test
    void aRoughRootIsRefused() {
        Example example = random(DType.F32, 1, RATE, 1000);
        double[] p = example.values("param");
        double[] g = example.values("grad");
        double[] m = example.values("exp_avg");
        double[] v = example.values("exp_avg_sq");
        int refused = 0;
        Answer answer = example.answer(0);
        for (int i = 0; i < p.length; i++) {
            double sound = right(Right.F64, p[i], g[i], m[i], v[i], RATE, 1000)[0];
            double still = p[i] * (1 - RATE * DECAY);
            double moved = still + (sound - still) * (1 + 0x1p-11);
            refused += answer.accepts(i, (float) moved, DType.F32) ? 0 : 1;
        }
        assertTrue(refused > 100, "only " + refused);
    }

    /// The parameter is what is left of its master, and the parameter that was there counts for nothing.
    @Test
    void aMasterIsWhatIsStepped() {
        Example example = new Example(new AdamW())
                .input("param", DType.BF16, Shape.of(1), 500)
                .input("grad", DType.BF16, Shape.of(1), 2)
                .input("exp_avg", DType.F32, Shape.of(1), 1)
                .input("exp_avg_sq", DType.F32, Shape.of(1), 0)
                .constant("step", step(1))
                .input("master", DType.F32, Shape.of(1), 2 + 0x1p-12)
                .output("master_out")
                .attribute("lr", 0.5)
                .attribute("beta1", 0.5)
                .attribute("beta2", 0.75)
                .attribute("eps", 2.0)
                .attribute("weight_decay", 0.5);
        double exact = 1.125 + 0.75 * 0x1p-12;
        assertEquals(exact, example.answer(3).value(0), 1e-15);
        assertFalse(example.answer(3).accepts(0, 1.125, DType.F32), "a step of the parameter");
        assertTrue(example.answer(0).accepts(0, 1.125, DType.BF16));
        assertFalse(example.answer(0).accepts(0, 1.1328125, DType.BF16), "the next number of bf16");
        Misreading narrow = new AdamW()
                .misreadings(example.call(), example.inputs()).stream()
                        .filter(one -> one.sentence().contains("not at its master"))
                        .findFirst()
                        .orElseThrow();
        Answer read = Answer.of(new AdamW().oracle(narrow.call(), narrow.inputs(), ComputeContract.STRICT), 3);
        assertEquals(375, read.value(0), 1, "what a step of the parameter leaves of it");
    }

    private static void refuses(Example example, String part) {
        InvalidCallException e = assertThrows(InvalidCallException.class, example::call);
        assertTrue((e.what() + e.where() + e.fix()).contains(part), e.getMessage());
    }

    @Test
    void wrongCallsAreRefused() {
        refuses(byHand().attribute("beta2", 1.0), "beta2");
        refuses(byHand().attribute("eps", Double.NaN), "eps");
        refuses(byHand().attribute("maximize", 2), "maximize");
        refuses(byHand().constant("step", step(0)), "step");
        refuses(byHand().input("grad", DType.F32, Shape.of(2), 1, 2), "grad");
        refuses(byHand().output("master_out"), "master_out");
    }
}
