package dev.assay.baselines.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.numerics.ErrorFunction;
import dev.assay.numerics.Parallel;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class VectorMathTest {
    private static final int LANES = VectorMath.SPECIES.length();
    /// Every 61st f32 number: all of them take minutes.
    private static final int STEP = 61;

    private static final int PARTS = 64;

    private static float of(UnaryOperator<FloatVector> function, float x) {
        return function.apply(FloatVector.broadcast(VectorMath.SPECIES, x)).lane(0);
    }

    private static double largestError(UnaryOperator<FloatVector> function, DoubleUnaryOperator exact) {
        double[] worst = new double[PARTS];
        Parallel.forEach(PARTS, part -> {
            float[] x = new float[LANES];
            float[] y = new float[LANES];
            long count = (1L << 32) / PARTS;
            for (long bits = part * count; bits < (part + 1) * count; bits += (long) STEP * LANES) {
                for (int lane = 0; lane < LANES; lane++) {
                    x[lane] = Float.intBitsToFloat((int) (bits + (long) lane * STEP));
                }
                function.apply(FloatVector.fromArray(VectorMath.SPECIES, x, 0)).intoArray(y, 0);
                for (int lane = 0; lane < LANES; lane++) {
                    worst[part] = Math.max(worst[part], error(y[lane], exact.applyAsDouble(x[lane])));
                }
            }
        });
        double largest = 0;
        for (double one : worst) {
            largest = Math.max(largest, one);
        }
        return largest;
    }

    /// In ulps of the exact value.
    private static double error(float got, double want) {
        if (Double.isNaN(want) || Float.isInfinite((float) want)) {
            return Double.isNaN(want) ? (Float.isNaN(got) ? 0 : 1e9) : got == (float) want ? 0 : 1e9;
        }
        return Math.abs(got - want) / Math.ulp((float) want);
    }

    /// Interpreted as compiled: the loop is long enough for both.
    @Test
    void lanesAreAddedInOneOrder() {
        SplittableRandom random = new SplittableRandom(11);
        float[] x = new float[LANES];
        for (int turn = 0; turn < 50_000; turn++) {
            for (int lane = 0; lane < LANES; lane++) {
                x[lane] = (float) random.nextGaussian();
            }
            float want = halves(x, 0, 1);
            assertEquals(want, VectorMath.sum(FloatVector.fromArray(VectorMath.SPECIES, x, 0)), 0f);
        }
    }

    /// The sum of every `step`-th lane.
    private static float halves(float[] x, int from, int step) {
        return step == x.length ? x[from] : halves(x, from, 2 * step) + halves(x, from + step, 2 * step);
    }

    @Test
    void exponentialsAreWithinOneUlp() {
        double largest = largestError(VectorMath::exp, Math::exp);
        assertTrue(largest < 1, "errs by " + largest + " ulps");
    }

    @Test
    void theErrorFunctionIsWithinTwoUlps() {
        double largest = largestError(VectorMath::erf, ErrorFunction::erf);
        assertTrue(largest < 2, "errs by " + largest + " ulps");
    }

    @Test
    void endsAreExact() {
        assertEquals(1, of(VectorMath::exp, 0));
        assertEquals(0, of(VectorMath::exp, Float.NEGATIVE_INFINITY));
        assertEquals(Float.POSITIVE_INFINITY, of(VectorMath::exp, Float.POSITIVE_INFINITY));
        assertEquals(Float.NaN, of(VectorMath::exp, Float.NaN));
        assertEquals(1, of(VectorMath::erf, Float.POSITIVE_INFINITY));
        assertEquals(-1, of(VectorMath::erf, Float.NEGATIVE_INFINITY));
        assertEquals(Float.NaN, of(VectorMath::erf, Float.NaN));
    }
}
