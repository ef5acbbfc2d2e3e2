package dev.assay.operator.norm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operators;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormsTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    private static Example named(String operator) {
        return new Example(Operators.named(operator, "test"));
    }

    /// Mean square 25/2, with epsilon 12.5 a root of 5.
    @Test
    void rootMeanSquareByHand() {
        Example example = named("rms_normalization")
                .input("X", DType.F32, Shape.of(1, 2), 3, -4)
                .input("scale", DType.F32, Shape.of(2), 5, 10)
                .attribute("epsilon", 12.5);
        assertArrayEquals(new double[] {3, -8}, example.answer(0).values(), 1e-14);
    }

    @Test
    void rowsThatAreNotFinite() {
        Example example = named("rms_normalization")
                .input("X", DType.F32, Shape.of(3, 2), INF, 1, NAN, 1, 0, 0)
                .input("scale", DType.F32, Shape.of(2), 1, 1);
        assertArrayEquals(
                new double[] {NAN, 0, NAN, NAN, 0, 0}, example.answer(0).values());
        assertTrue(example.attribute("epsilon", 0.0).answer(0).isOpen(4), "0/0");
    }

    /// Epsilon outside of the root, n - 1 elements, the mean taken away, and a result in f32 as kernels have it.
    @Test
    void plausibleMistakesAreOutside() {
        int n = 1000;
        Example example = named("rms_normalization")
                .input("X", TensorSpec.of(DType.F32, 1, n))
                .input("scale", TensorSpec.of(DType.F32, n))
                .attribute("epsilon", 1e-3)
                .fill("normal", 3);
        double[] x = example.values("X");
        double[] scale = example.values("scale");
        double squares = 0;
        float single = 0;
        double mean = 0;
        for (double value : x) {
            squares += value * value;
            single += (float) value * (float) value;
            mean += value / n;
        }
        Answer answer = example.answer(0);
        double right = (float) (1 / Math.sqrt(single / n + 1e-3f));
        assertTrue(answer.accepts(7, (float) x[7] * (float) right * (float) scale[7], DType.F32));
        double outside = 1 / (Math.sqrt(squares / n) + 1e-3);
        double fewer = 1 / Math.sqrt(squares / (n - 1) + 1e-3);
        double tail = 1 / Math.sqrt((squares - x[n - 1] * x[n - 1]) / n + 1e-3);
        for (double wrong : new double[] {outside, fewer, tail}) {
            assertFalse(answer.accepts(7, (float) (x[7] * wrong * scale[7]), DType.F32));
        }
        assertFalse(answer.accepts(7, (float) ((x[7] - mean) * right * scale[7]), DType.F32));
        assertFalse(answer.accepts(7, (float) (x[7] * right * (1 + scale[7])), DType.F32));
    }

    @ParameterizedTest
    @CsvSource({"rms_normalization", "add_rms_normalization"})
    void f64IsKnownBeyondF64(String operator) {
        int n = 257;
        Example example = named(operator)
                .input("X", TensorSpec.of(DType.F64, 1, n))
                .input("scale", TensorSpec.of(DType.F64, n))
                .attribute("epsilon", 0.25);
        boolean adds = operator.startsWith("add");
        if (adds) {
            example.input("residual", TensorSpec.of(DType.F64, 1, n));
        } else {
            example.attribute("stash_type", 11);
        }
        example.fill("normal", 5);
        double[] x = example.values("X");
        double[] scale = example.values("scale");
        DoubleDouble sum = DoubleDouble.ZERO;
        DoubleDouble[] exact = new DoubleDouble[n];
        for (int i = 0; i < n; i++) {
            exact[i] = adds ? DoubleDouble.sum(x[i], example.values("residual")[i]) : DoubleDouble.of(x[i]);
            sum = sum.plus(exact[i].times(exact[i]));
        }
        DoubleDouble root = sum.dividedBy(DoubleDouble.of(n)).plus(0.25).sqrt();
        Answer answer = example.answer(0);
        for (int i = 0; i < n; i++) {
            DoubleDouble y = exact[i].dividedBy(root).times(scale[i]);
            DoubleDouble error = y.minus(new DoubleDouble(answer.value(i), answer.low(i)));
            assertTrue(Math.abs(error.hi()) < 1e-26, "element " + i + ": " + error);
        }
    }

    /// Both the sum as it is and the sum rounded to bf16 may be normalised; what is returned is rounded once.
    @Test
    void residualsAreAddedFirst() {
        Example example = named("add_rms_normalization")
                .input("X", DType.BF16, Shape.of(1, 2), 256, 3)
                .input("residual", DType.BF16, Shape.of(1, 2), 1, -7)
                .input("scale", DType.BF16, Shape.of(2), 1, 1)
                .attribute("epsilon", 0.0);
        Answer sum = example.answer(1);
        assertArrayEquals(new double[] {257, -4}, sum.values());
        assertTrue(sum.accepts(0, 256, DType.BF16));
        assertFalse(sum.accepts(0, 258, DType.BF16));
        Answer y = example.answer(0);
        double wide = DType.BF16.round(-4 / Math.sqrt((257.0 * 257 + 16) / 2));
        double rounded = DType.BF16.round(-4 / Math.sqrt((256.0 * 256 + 16) / 2));
        assertTrue(y.accepts(1, wide, DType.BF16) && y.accepts(1, rounded, DType.BF16));
        assertFalse(y.accepts(1, DType.BF16.round(wide * 1.05), DType.BF16));
    }

    @Test
    void headsOfQueriesAndKeysAreRowsOfTheirOwn() {
        Example example = named("qk_normalization")
                .input("q", DType.F32, Shape.of(1, 2, 2), 3, 4, 0, 1)
                .input("k", DType.F32, Shape.of(1, 1, 2), 6, 8)
                .input("q_scale", DType.F32, Shape.of(2), 1, 2)
                .input("k_scale", DType.F32, Shape.of(2), 3, 4)
                .attribute("epsilon", 0.0);
        double r = Math.sqrt(12.5);
        assertArrayEquals(
                new double[] {3 / r, 8 / r, 0, 2 * Math.sqrt(2)},
                example.answer(0).values(),
                1e-14);
        assertArrayEquals(new double[] {9 / r, 16 / r}, example.answer(1).values(), 1e-14);
    }

    @Test
    void groupsOfChannels() {
        // Two channels of two elements in one group: mean 2.5, variance 1.25.
        Example example = named("group_normalization")
                .input("X", DType.F64, Shape.of(1, 2, 2), 1, 2, 3, 4)
                .input("scale", DType.F64, Shape.of(2), 1, 2)
                .input("bias", DType.F64, Shape.of(2), 10, 20)
                .attribute("num_groups", 1)
                .attribute("stash_type", 11)
                .attribute("epsilon", 0.0);
        double r = Math.sqrt(1.25);
        assertArrayEquals(
                new double[] {10 - 1.5 / r, 10 - 0.5 / r, 20 + 1 / r, 20 + 3 / r},
                example.answer(0).values(),
                1e-13);
        List<Region> parts =
                List.of(Region.of(new long[] {0, 0, 0}, 1, 2, 1), Region.of(new long[] {0, 0, 1}, 1, 2, 1));
        example.answer(0)
                .assertEqualBits(Answer.of(example.oracle(ComputeContract.STRICT), 0, parts), "parts of groups");
        // As many groups as channels is instance normalisation.
        Answer groups = example.attribute("num_groups", 2).answer(0);
        Answer instances = named("instance_normalization")
                .input("input", example.tensor("X"))
                .input("scale", example.tensor("scale"))
                .input("B", example.tensor("bias"))
                .attribute("epsilon", 0.0)
                .answer(0);
        instances.assertEqualBits(groups, "channels");
        assertArrayEquals(new double[] {9, 11, 18, 22}, instances.values());
    }

    @Test
    void givenStatisticsInEitherForm() {
        Example example = named("batch_normalization")
                .input("X", TensorSpec.of(DType.F32, 8, 5, 6))
                .input("scale", TensorSpec.of(DType.F32, 5))
                .input("B", TensorSpec.of(DType.F32, 5))
                .input("input_mean", TensorSpec.of(DType.F32, 5))
                .input("input_var", TensorSpec.of(DType.F32, 5))
                .fill("large-mean(100)", 7);
        Answer answer = example.answer(0);
        for (int i = 0; i < answer.size(); i++) {
            int c = i / 6 % 5;
            float x = (float) example.values("X")[i];
            float mean = (float) example.values("input_mean")[c];
            float scale = (float) example.values("scale")[c];
            float bias = (float) example.values("B")[c];
            float root = (float) Math.sqrt((float) example.values("input_var")[c] + 1e-5f);
            float a = scale / root;
            assertTrue(answer.accepts(i, (x - mean) / root * scale + bias, DType.F32), "direct");
            assertTrue(answer.accepts(i, a * x + (bias - mean * a), DType.F32), "folded");
            assertFalse(answer.accepts(i, a * x + bias, DType.F32), "the mean is left out");
            float wrong = scale / ((float) Math.sqrt(example.values("input_var")[c]) + 1e-3f);
            assertFalse(answer.accepts(i, wrong * x + (bias - mean * wrong), DType.F32), "epsilon outside");
        }
    }

    @Test
    void normsOfLines() {
        Example example = named("lp_normalization").input("input", DType.F32, Shape.of(3, 2), 3, -4, 0, 0, INF, 1);
        assertArrayEquals(
                new double[] {0.6, -0.8, 0, 0, NAN, 0}, example.answer(0).values(), 1e-15);
        double seventh = 3.0 / 7;
        assertArrayEquals(
                new double[] {seventh, -4.0 / 7, 0, 0, NAN, 0},
                example.attribute("p", 1).answer(0).values(),
                1e-15);
    }

    @Test
    void meanAndDeviation() {
        Example example = named("mean_variance_normalization").input("X", DType.F32, Shape.of(1, 1, 1, 2), 1, 5);
        Answer answer = example.answer(0);
        assertArrayEquals(new double[] {-1, 1}, answer.values(), 1e-8);
        assertFalse(answer.accepts(0, (float) -Math.sqrt(0.5), DType.F32), "the divisor n - 1");
    }

    @Test
    void variances() {
        Example example = named("reduce_variance").input("x", DType.F32, Shape.of(1, 4), 1, 2, 3, 6);
        assertEquals(14.0 / 3, example.answer(0).value(0), 1e-14);
        Answer biased = example.attribute("correction", 0).answer(0);
        assertEquals(3.5, biased.value(0), 1e-14);
        assertTrue(biased.accepts(0, 3.5, DType.F32));
        assertFalse(biased.accepts(0, 3.5001f, DType.F32));
        assertEquals(
                NAN,
                named("reduce_variance")
                        .input("x", DType.F32, Shape.of(1), 5)
                        .answer(0)
                        .value(0));
    }

    /// A variance that is the difference of large squares.
    @Test
    void naiveVariancesAreOutside() {
        Example example = named("reduce_variance")
                .input("x", TensorSpec.of(DType.F32, 1, 500))
                .fill("large-mean(300)", 3);
        float sum = 0;
        float squares = 0;
        for (double value : example.values("x")) {
            sum += (float) value;
            squares += (float) value * (float) value;
        }
        Answer answer = example.answer(0);
        assertFalse(answer.accepts(0, (squares - sum * sum / 500) / 499, DType.F32));
        double twice = answer.value(0);
        assertTrue(answer.accepts(0, (float) twice, DType.F32));
    }

    @Test
    void wrongCallsAreRefused() {
        TensorSpec x = TensorSpec.of(DType.F32, 2, 6, 4);
        TensorSpec six = TensorSpec.of(DType.F32, 6);
        assertThrows(
                InvalidCallException.class,
                () -> named("rms_normalization")
                        .input("X", x)
                        .input("scale", six)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> named("group_normalization")
                        .input("X", x)
                        .input("scale", six)
                        .input("bias", six)
                        .attribute("num_groups", 4)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> named("lp_normalization")
                        .input("input", x)
                        .attribute("p", 3)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> named("mean_variance_normalization").input("X", x).call(),
                "the default axes ask for four dimensions");
        assertThrows(
                InvalidCallException.class,
                () -> named("reduce_variance")
                        .input("x", x)
                        .attribute("correction", -1)
                        .call());
    }
}
