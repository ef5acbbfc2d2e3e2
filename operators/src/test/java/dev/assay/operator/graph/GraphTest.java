package dev.assay.operator.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Operators over graphs and grids, against values worked out by hand, their text in f32, and wrong
/// kernels.
class GraphTest {
    private static void assertValues(Answer answer, double... want) {
        assertEquals(want.length, answer.size());
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], answer.value(i), 1e-12, "element " + i);
        }
    }

    private static long refused(Answer answer, double[] got) {
        return IntStream.range(0, got.length)
                .filter(i -> !answer.accepts(i, got[i], DType.F32))
                .count();
    }

    private static Tensor whole(long... values) {
        Tensor tensor = Tensor.allocate(TensorSpec.of(DType.I32, values.length), Arena.ofAuto());
        for (int i = 0; i < values.length; i++) {
            tensor.setCodeAt(i, DType.I32.encodeLong(values[i]));
        }
        return tensor;
    }

    private static Example segments(String reduce) {
        return new Example(new SegmentReduce())
                .input("data", DType.F32, Shape.of(4, 2), 1, -1, 2, -2, 4, -4, 8, -8)
                .input("segment_ids", whole(2, 0, 2, 2))
                .attribute("num_segments", 4)
                .attribute("reduce", reduce);
    }

    @Test
    void segmentsAreReducedAndEmptyOnesAreZero() {
        assertValues(segments("sum").answer(0), 2, -2, 0, 0, 13, -13, 0, 0);
        assertValues(segments("mean").answer(0), 2, -2, 0, 0, 13 / 3.0, -13 / 3.0, 0, 0);
        assertValues(segments("max").answer(0), 2, -2, 0, 0, 8, -1, 0, 0);
        assertValues(segments("min").answer(0), 2, -2, 0, 0, 1, -8, 0, 0);
        assertFalse(segments("max").answer(0).accepts(2, Double.NEGATIVE_INFINITY, DType.F32), "an empty segment");
        assertFalse(segments("mean").answer(0).accepts(4, 13 / 4.0, DType.F32), "divided by all rows");
        assertFalse(segments("sum").answer(0).accepts(4, 5, DType.F32), "the last row is lost");
    }

    @Test
    void nanIsTheLargestAndTheSmallest() {
        Example example = segments("max").input("data", DType.F32, Shape.of(4, 1), 1, 2, Double.NaN, 3);
        assertTrue(Double.isNaN(example.answer(0).value(2)));
        assertEquals(2, example.answer(0).value(0));
    }

    /// One of 40 segments has a quarter of 3000 rows.
    @Test
    void longSegmentsPassInAnyOrderAndLostUpdatesDoNot() {
        Example example = new Example(new SegmentReduce())
                .input("data", TensorSpec.of(DType.F32, 3000, 2))
                .input("segment_ids", TensorSpec.of(DType.I32, 3000))
                .attribute("num_segments", 40)
                .fill("uniform(0,1)", 11);
        Answer answer = example.answer(0);
        double[] data = example.values("data");
        double[] ids = example.values("segment_ids");
        long empty = IntStream.range(0, 40)
                .filter(s -> IntStream.range(0, 3000).noneMatch(e -> ids[e] == s))
                .count();
        assertTrue(empty >= 5, empty + " of 40 nodes have no edges");
        for (String way : new String[] {"ascending", "descending", "lost"}) {
            float[] sums = new float[80];
            for (int n = 0; n < 3000; n++) {
                int e = way.equals("descending") ? 2999 - n : n;
                for (int f = 0; f < 2; f++) {
                    int to = f + 2 * (int) ids[e];
                    sums[to] += way.equals("lost") && n % 64 == 0 ? 0 : (float) data[e * 2 + f];
                }
            }
            long wrong = refused(
                    answer, IntStream.range(0, 80).mapToDouble(i -> sums[i]).toArray());
            assertTrue(way.equals("lost") ? wrong > 20 : wrong == 0, way + ": " + wrong);
        }
    }

    private static Example sparse() {
        return new Example(new Spmm())
                .input("row_offsets", whole(0, 2, 2, 4))
                .input("columns", whole(1, 0, 1, 1))
                .input("values", DType.F32, Shape.of(4), 1, 2, 3, 4)
                .input("B", DType.F32, Shape.of(3, 2), 10, 20, 30, 40, Double.NaN, Double.NaN);
    }

    @Test
    void rowsOfASparseMatrixAreSums() {
        assertValues(sparse().answer(0), 50, 80, 0, 0, 210, 280);
        assertFalse(sparse().answer(0).accepts(4, 120, DType.F32), "what occurs twice overwrites");
        assertFalse(sparse().answer(0).accepts(4, 0, DType.F32), "the last row is dropped");
    }

    @Test
    void elementsOfAProductAreSampled() {
        Example example = new Example(new Sddmm())
                .input("row_offsets", whole(0, 0, 2))
                .input("columns", whole(1, 0))
                .input("A", DType.F32, Shape.of(2, 2), 1, 2, 3, 4)
                .input("B", DType.F32, Shape.of(2, 2), 5, 6, 7, 8);
        assertValues(example.answer(0), 53, 39);
        assertFalse(example.answer(0).accepts(0, 23, DType.F32), "row 0 instead of 1");
        Example scaled = example.input("values", DType.F32, Shape.of(2), 0.5, 2);
        assertValues(scaled.answer(0), 26.5, 78);
    }

    /// One product that stands in many places has one error: counted as many, it would look like a bias.
    @Test
    void productsThatRepeatTakeNoPartInStatistics() {
        Answer answer = new Example(new Sddmm())
                .input("row_offsets", whole(0, 3, 5))
                .input("columns", whole(1, 0, 1, 1, 1))
                .input("A", DType.F32, Shape.of(2, 2), 0.1, 0.3, 0.7, 0.9)
                .input("B", DType.F32, Shape.of(2, 2), 0.2, 0.6, 0.1, 0.7)
                .input("values", DType.F32, Shape.of(5), 1, 3, 5, 7, 9)
                .answer(0);
        int[] guarded = IntStream.range(0, 5)
                .filter(e -> (answer.flag(e) & ExpectedBlock.GUARDED) != 0)
                .toArray();
        assertArrayEquals(new int[] {2, 4}, guarded);
    }

    @Test
    void badIndicesAreNamed() {
        InvalidCallException id = assertThrows(
                InvalidCallException.class,
                () -> segments("sum").input("segment_ids", whole(0, 4, 0, 0)).answer(0));
        assertTrue(id.getMessage().contains("element 1 is 4"), id.getMessage());
        assertThrows(
                InvalidCallException.class,
                () -> sparse().input("row_offsets", whole(0, 3, 2, 4)).answer(0));
        assertThrows(InvalidCallException.class, () -> segments("median").call());
        assertThrows(
                InvalidCallException.class,
                () -> segments("sum").attribute("num_segments", -1).call());
    }

    private static Example line(Object... periodic) {
        Example example = new Example(new Stencil())
                .input("X", DType.F32, Shape.of(4), 1, 2, 3, 4)
                .input("W", DType.F32, Shape.of(3), 100, 10, 1);
        return periodic.length == 0 ? example : example.attribute("periodic", List.of(1L));
    }

    @Test
    void bordersAreZeroOrPeriodic() {
        assertValues(line().answer(0), 102, 213, 324, 430);
        assertValues(line(1).answer(0), 142, 213, 324, 431);
        assertFalse(line(1).answer(0).accepts(0, 132, DType.F32), "wrapped one short");
    }

    @Test
    void starsAndBoxesOrderTheirNeighbours() {
        double[] grid = IntStream.range(0, 27).mapToDouble(i -> i).toArray();
        Example star = new Example(new Stencil())
                .input("X", DType.F64, Shape.of(3, 3, 3), grid)
                .input("W", DType.F64, Shape.of(7), 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1);
        assertEquals(13e6 + 4e5 + 22e4 + 10e3 + 16e2 + 12e1 + 14, star.answer(0).value(13));
        double[] weights = new double[27];
        weights[1] = 1;
        weights[26] = 100;
        Example box = new Example(new Stencil())
                .input("X", DType.F64, Shape.of(3, 3, 3), grid)
                .input("W", DType.F64, Shape.of(27), weights)
                .attribute("pattern", "box")
                .attribute("periodic", List.of(0L, 0L, 1L));
        assertEquals(1 + 2600, box.answer(0).value(13));
        assertEquals(2402, box.answer(0).value(14), "the last column wraps");
        assertEquals(14, box.answer(0).value(26), "below the last plane is nothing");
    }

    @Test
    void stencilsPassInAnyOrderAndLostHalosDoNot() {
        int n = 9;
        Example example = new Example(new Stencil())
                .input("X", TensorSpec.of(DType.F32, n, n))
                .input("W", TensorSpec.of(DType.F32, 5))
                .attribute("periodic", List.of(0L, 1L))
                .fill("normal", 2);
        Answer answer = example.answer(0);
        double[] x = example.values("X");
        double[] w = example.values("W");
        for (String way : new String[] {"plain", "reversed", "halo"}) {
            double[] got = new double[n * n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double[] terms = {
                        w[0] * x[i * n + j],
                        i == 0 ? 0 : w[1] * x[(i - 1) * n + j],
                        i == n - 1 || (way.equals("halo") && i == n - 2) ? 0 : w[2] * x[(i + 1) * n + j],
                        w[3] * x[i * n + (j + n - 1) % n],
                        w[4] * x[i * n + (j + 1) % n]
                    };
                    float sum = 0;
                    for (int t = 0; t < 5; t++) {
                        int from = way.equals("reversed") ? 4 - t : t;
                        sum += (float) terms[from];
                    }
                    got[i * n + j] = sum;
                }
            }
            assertEquals(way.equals("halo") ? n : 0, refused(answer, got), way);
        }
    }
}
