package dev.assay.operator.movement;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScatterTest {
    /// All updates go to the only element of the data.
    private static Example meeting(String reduction, DType dtype, double data, double... updates) {
        return new Example(new ScatterElements())
                .input("data", dtype, Shape.of(1), data)
                .input("indices", DType.I64, Shape.of(updates.length), new double[updates.length])
                .input("updates", dtype, Shape.of(updates.length), updates)
                .attribute("reduction", reduction);
    }

    @Test
    void elementsGoToTheirIndexAlongTheAxis() {
        Example example = new Example(new ScatterElements())
                .input("data", DType.F32, Shape.of(2, 3), 0, 1, 2, 3, 4, 5)
                .input("indices", DType.I32, Shape.of(1, 2), 1, -1)
                .input("updates", DType.F32, Shape.of(1, 2), 10, 11);
        assertArrayEquals(new double[] {0, 1, 2, 10, 11, 5}, example.answer(0).values());
        assertArrayEquals(
                new double[] {0, 10, 11, 3, 4, 5},
                example.attribute("axis", 1).answer(0).values());
    }

    @Test
    void slicesGoToTheirTuple() {
        Example rows = new Example(new ScatterNd())
                .input("data", DType.F32, Shape.of(3, 2), 0, 1, 2, 3, 4, 5)
                .input("indices", DType.I64, Shape.of(2, 1), 2, -3)
                .input("updates", DType.F32, Shape.of(2, 2), 10, 11, 12, 13);
        assertArrayEquals(new double[] {12, 13, 2, 3, 10, 11}, rows.answer(0).values());
        Example elements = new Example(new ScatterNd())
                .input("data", DType.F32, Shape.of(2, 2), 0, 1, 2, 3)
                .input("indices", DType.I64, Shape.of(2, 2), 0, 1, 0, 1)
                .input("updates", DType.F32, Shape.of(2), 10, 11)
                .attribute("reduction", "add");
        assertArrayEquals(new double[] {0, 22, 2, 3}, elements.answer(0).values());
    }

    @Test
    void reductionsOfIntegersWrap() {
        assertEquals(-126, meeting("add", DType.I8, 100, 30).answer(0).value(0));
        assertEquals(144, meeting("mul", DType.U8, 20, 20).answer(0).value(0));
        assertEquals(200, meeting("max", DType.U8, 100, 200, 3).answer(0).value(0));
        assertEquals(-5, meeting("min", DType.I8, 100, -5, 3).answer(0).value(0));
    }

    @Test
    void oneUpdateIsAddedAndRoundedOnce() {
        Answer answer = meeting("add", DType.F32, 1, 0x1p-24).answer(0);
        assertTrue(answer.isExact(0));
        assertTrue(answer.accepts(0, 1, DType.F32));
        assertFalse(answer.accepts(0, 1 + 0x1p-23, DType.F32));
        Answer narrow = meeting("mul", DType.F16, 1.0009765625, 1.0009765625).answer(0);
        assertTrue(narrow.isExact(0));
        assertTrue(narrow.accepts(0, 1.001953125, DType.F16));
        assertFalse(narrow.accepts(0, 1.0029296875, DType.F16));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 7, 16, 17, 500})
    void everyOrderIsWithinTheBoundAndALostUpdateIsNot(int updates) {
        Random random = new Random(updates);
        double[] values = random.doubles(updates, 0.5, 1.5).map(x -> (float) x).toArray();
        Answer answer = meeting("add", DType.F32, 1, values).answer(0);
        double[] terms = Arrays.copyOf(values, updates + 1);
        terms[updates] = 1;
        for (int order = 0; order < 50; order++) {
            float sum = 0;
            for (int i = terms.length - 1; i >= 0; i--) {
                int other = random.nextInt(i + 1);
                double swapped = terms[other];
                terms[other] = terms[i];
                terms[i] = swapped;
                sum += (float) swapped;
            }
            assertTrue(answer.accepts(0, sum, DType.F32), () -> "order of " + Arrays.toString(terms));
        }
        double exact = Arrays.stream(terms).sum();
        assertFalse(answer.accepts(0, (float) (exact - values[0]), DType.F32), "an update is lost");
        assertFalse(answer.accepts(0, (float) (exact + values[0]), DType.F32), "an update counts twice");
        assertFalse(answer.accepts(0, (float) (exact - 1), DType.F32), "the old value is lost");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5, 40})
    void productsInEveryOrderAreWithinTheBound(int updates) {
        Random random = new Random(updates);
        double[] values = random.doubles(updates, 0.5, 1.5).map(x -> (float) x).toArray();
        Answer answer = meeting("mul", DType.F32, 3, values).answer(0);
        for (int order = 0; order < 50; order++) {
            float product = 3;
            for (int i = updates - 1; i >= 0; i--) {
                int other = random.nextInt(i + 1);
                double swapped = values[other];
                values[other] = values[i];
                values[i] = swapped;
                product *= (float) swapped;
            }
            assertTrue(answer.accepts(0, product, DType.F32));
        }
        assertFalse(answer.accepts(0, (float) (answer.value(0) / 3), DType.F32), "the old value is lost");
        assertFalse(answer.accepts(0, (float) answer.value(0) * (1 + 0x1p-16), DType.F32));
    }

    @Test
    void sumsKeptInANarrowTypeAreForWhoSaysSo() {
        double[] values = new double[10];
        Arrays.fill(values, 0.3);
        Example example = meeting("add", DType.F16, 1000, values);
        double rounded = DType.F16.round(0.3);
        double sum = 1000;
        for (int i = 0; i < 10; i++) {
            sum = DType.F16.round(sum + rounded);
        }
        assertFalse(example.answer(0).accepts(0, sum, DType.F16));
        ComputeContract narrow =
                ComputeContract.strict().intermediates(Stored.as(DType.F16)).build();
        assertTrue(example.answer(0, narrow).accepts(0, sum, DType.F16));
    }

    @Test
    void sumsThatMayOverflowOnTheWayMayBeInfinite() {
        Answer answer = meeting("add", DType.F32, 3e38, 3e38, -3e38).answer(0);
        assertTrue(answer.accepts(0, (float) 3e38, DType.F32));
        assertTrue(answer.mayBeNotFinite(0));
        assertFalse(meeting("add", DType.F32, 1, 2, -3).answer(0).mayBeNotFinite(0));
    }

    @Test
    void specialValuesGoTheirWay() {
        assertEquals(
                Double.POSITIVE_INFINITY,
                meeting("add", DType.F32, 1, Double.POSITIVE_INFINITY).answer(0).value(0));
        Answer nan = meeting("add", DType.F32, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY)
                .answer(0);
        assertTrue(Double.isNaN(nan.value(0)));
        assertTrue(nan.accepts(0, Double.NaN, DType.F32));
        assertFalse(nan.accepts(0, 0, DType.F32));
        assertTrue(Double.isNaN(
                meeting("mul", DType.F32, 0, Double.POSITIVE_INFINITY).answer(0).value(0)));
        assertTrue(meeting("max", DType.F32, 1, Double.NaN).answer(0).isOpen(0));
    }

    @Test
    void productsThatUnderflowOnTheWayHaveRoomForIt() {
        Answer answer = meeting("mul", DType.F32, 1e-30, 1e-30, 1e30, 1e30).answer(0);
        assertEquals(1, answer.value(0), 1e-6);
        assertTrue(answer.accepts(0, 0, DType.F32), "the first product underflows");
    }

    /// An element of which several were written holds one of them.
    @Test
    void anyOfThoseThatMeetMayStay() {
        Example example = new Example(new ScatterElements())
                .input("data", DType.F32, Shape.of(2), 1, 2)
                .input("indices", DType.I64, Shape.of(3), 0, 0, 0)
                .input("updates", DType.F32, Shape.of(3), 5, 6, Double.NaN);
        assertEquals(5, expected(example, 5));
        assertEquals(6, expected(example, 6));
        assertTrue(Double.isNaN(expected(example, Double.NaN)));
        assertTrue(Double.isNaN(expected(example, 1)), "the old value is none of them");
    }

    private static double expected(Example example, double got) {
        Oracle oracle = example.oracle(ComputeContract.STRICT);
        Tensor device = Tensor.of(Arena.ofAuto(), DType.F32, Shape.of(2), got, 2);
        ExpectedBlock block = new ExpectedBlock();
        Region all = Region.all(Shape.of(2));
        block.reset(all);
        oracle.expect(0, all, position -> device, block);
        assertEquals(2, block.values()[1]);
        return block.values()[0];
    }

    @Test
    void anIndexOutOfRangeLeavesEverythingOpen() {
        Answer answer = new Example(new ScatterElements())
                .input("data", DType.F32, Shape.of(2), 1, 2)
                .input("indices", DType.I64, Shape.of(1), 2)
                .input("updates", DType.F32, Shape.of(1), 5)
                .answer(0);
        assertTrue(answer.isOpen(0) && answer.isOpen(1));
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"BOOL", "F8E4M3", "I4"})
    void typesWithoutArithmeticAreNotReduced(DType dtype) {
        Example example = meeting("add", dtype, 1, 1);
        assertThrows(InvalidCallException.class, example::call);
    }

    @Test
    void wrongCallsAreRefused() {
        Example word = meeting("sum", DType.F32, 1, 1);
        assertThrows(InvalidCallException.class, word::call);
        Example shapes = new Example(new ScatterElements())
                .input("data", TensorSpec.of(DType.F32, 3))
                .input("indices", TensorSpec.of(DType.I64, 2))
                .input("updates", TensorSpec.of(DType.F32, 1));
        assertThrows(InvalidCallException.class, shapes::call);
        Example tuples = new Example(new ScatterNd())
                .input("data", TensorSpec.of(DType.F32, 3))
                .input("indices", TensorSpec.of(DType.I64, 2, 2))
                .input("updates", TensorSpec.of(DType.F32, 2));
        assertThrows(InvalidCallException.class, tuples::call);
        Example slices = new Example(new ScatterNd())
                .input("data", TensorSpec.of(DType.F32, 3, 2))
                .input("indices", TensorSpec.of(DType.I64, 2, 1))
                .input("updates", TensorSpec.of(DType.F32, 2));
        assertThrows(InvalidCallException.class, slices::call);
    }

    /// Without a reduction no place is drawn twice.
    @Test
    void placesAreDistinctWithoutAReduction() {
        Example lines = new Example(new ScatterElements())
                .input("data", TensorSpec.of(DType.F32, 12, 3))
                .input("indices", TensorSpec.of(DType.I64, 12, 3))
                .input("updates", TensorSpec.of(DType.F32, 12, 3))
                .fill("normal", 3);
        double[] indices = lines.values("indices");
        for (int column = 0; column < 3; column++) {
            Set<Long> seen = new HashSet<>();
            for (int row = 0; row < 12; row++) {
                assertTrue(seen.add(Math.floorMod((long) indices[row * 3 + column], 12L)));
            }
        }
        Example tuples = new Example(new ScatterNd())
                .input("data", TensorSpec.of(DType.F32, 6, 4))
                .input("indices", TensorSpec.of(DType.I64, 24, 2))
                .input("updates", TensorSpec.of(DType.F32, 24))
                .fill("normal", 3);
        double[] pairs = tuples.values("indices");
        Set<Long> seen = new HashSet<>();
        for (int i = 0; i < 24; i++) {
            long row = Math.floorMod((long) pairs[2 * i], 6L);
            assertTrue(seen.add(row * 4 + Math.floorMod((long) pairs[2 * i + 1], 4L)));
        }
    }
}
