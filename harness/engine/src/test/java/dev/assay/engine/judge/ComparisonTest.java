package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.Comparison.Mismatch;
import dev.assay.engine.judge.Comparison.Tally;
import dev.assay.engine.judge.Comparison.Wrong;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ComparisonTest {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    private static Comparison compare(Scripted operator, DType dtype, boolean specialInputs, double... got) {
        try (Arena arena = Arena.ofShared()) {
            Shape shape = Shape.of(got.length);
            return compare(operator.oracle(shape), Tensor.of(arena, dtype, shape, got), specialInputs);
        }
    }

    private static Comparison compare(Oracle oracle, Tensor actual, boolean specialInputs) {
        Observed observed = position -> actual;
        return Comparison.of("Y", 0, ComputeContract.STRICT, oracle, observed, actual, specialInputs);
    }

    private static Tally tally(Scripted operator, DType dtype, double... got) {
        return compare(operator, dtype, false, got).tally();
    }

    private static void passes(Tally tally) {
        assertEquals(0, tally.mismatches());
    }

    private static void onlyWrong(Mismatch kind, Tally tally) {
        for (Mismatch other : Mismatch.values()) {
            assertEquals(other == kind ? 1 : 0, tally.wrong(other).count, other.name());
        }
        assertEquals(1, tally.mismatches());
    }

    /// D is 2.5 ulps, so the bound is 3: the third neighbour is exactly on it.
    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void anErrorOfTheBoundPassesAndTheNextOneFails(DType dtype) {
        double ulp = dtype.ulp(1);
        for (int sign = -1; sign <= 1; sign += 2) {
            Scripted operator = Scripted.of(sign, 2.5 * ulp);
            Tally on = tally(operator, dtype, sign * (1 + 3 * ulp));
            passes(on);
            assertEquals(1, on.worstRatio);
            assertEquals(3, on.maxUlp);
            Tally beyond = tally(operator, dtype, sign * (1 + 4 * ulp));
            onlyWrong(Mismatch.BOUND, beyond);
            Wrong wrong = beyond.wrong(Mismatch.BOUND);
            assertEquals(4.0 / 3, wrong.ratio, 1e-15);
            assertEquals(sign, wrong.expected);
            assertEquals(sign * (1 + 4 * ulp), wrong.actual);
            assertEquals(3 * ulp, wrong.limit);
            assertEquals(4, beyond.maxUlp);
            Scripted tighter = Scripted.of(sign, Math.nextDown(2.5 * ulp));
            onlyWrong(Mismatch.BOUND, tally(tighter, dtype, sign * (1 + 3 * ulp)));
        }
    }

    /// Beyond 2^53 neighbours of a 64-bit integer are the same f64.
    @ParameterizedTest
    @CsvSource({"I64, 9007199254740993", "I64, -9223372036854775807", "U64, -2", "U64, -9223372036854775807"})
    void allDigitsOfA64BitIntegerCount(DType dtype, long code) {
        Scripted operator = Scripted.of((number, into, at) -> into.setInteger(at, code, dtype));
        try (Arena arena = Arena.ofShared()) {
            Tensor actual = Tensor.allocate(TensorSpec.of(dtype, 1), arena);
            for (long off = -1; off <= 1; off++) {
                actual.setCodeAt(0, code + off);
                Tally tally =
                        compare(operator.oracle(Shape.of(1)), actual, false).tally();
                assertEquals(off == 0 ? 0 : 1, tally.mismatches(), code + " and " + off);
            }
        }
    }

    /// What the f64 value cannot hold stands in the low part, and counts.
    @Test
    void theLowPartOfTheExpectationCounts() {
        double ulp = Math.ulp(1.0);
        Scripted high = Scripted.of((number, into, at) -> {
            into.values()[at] = 1;
            into.lows()[at] = 0.4 * ulp;
            into.deterministic()[at] = 0.2 * ulp;
        });
        Tally above = tally(high, DType.F64, 1 + ulp);
        passes(above);
        assertEquals(0.6 / 0.7, above.worstRatio, 1e-12);
        onlyWrong(Mismatch.BOUND, tally(high, DType.F64, 1 - ulp / 2));
    }

    /// bf16 has steps of 2^-7 below 2 and of 2^-6 from there on: 1.999 + 0.0098 rightly rounds to 2.0156.
    @Test
    void theRoundingIsThatOfTheBinadeWhereTheDeviceArrives() {
        double want = 2 - 0x1p-10;
        double before = 0x1p-7 + 0x1p-9;
        assertEquals(2 + 0x1p-6, DType.BF16.round(want + before));
        passes(tally(Scripted.of(want, before), DType.BF16, 2 + 0x1p-6));
        passes(tally(Scripted.of(-want, before), DType.BF16, -2 - 0x1p-6));
        onlyWrong(Mismatch.BOUND, tally(Scripted.of(want, before), DType.BF16, 2 + 0x1p-5));
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void anExactElementHasOneRightValue(DType dtype) {
        for (double value : new double[] {1, -3, 96, 0}) {
            passes(tally(Scripted.values(value), dtype, value));
            for (int step = -1; step <= 1; step += 2) {
                Tally off = tally(Scripted.values(value), dtype, value + step * dtype.ulp(value));
                onlyWrong(Mismatch.EXACT, off);
                assertEquals(INF, off.worstRatio);
                assertEquals(0, off.wrong(Mismatch.EXACT).limit);
            }
        }
    }

    @Test
    void anExactValueThatTheTypeCannotHoldIsRoundedOnce() {
        double want = 1 + 0x1p-11 + 0x1p-20;
        passes(tally(Scripted.values(want), DType.F16, 1 + 0x1p-10));
        onlyWrong(Mismatch.EXACT, tally(Scripted.values(want), DType.F16, 1));
    }

    @Test
    void integersAreComparedExactly() {
        passes(tally(Scripted.values(1000), DType.I32, 1000));
        onlyWrong(Mismatch.EXACT, tally(Scripted.values(1000), DType.I32, 1001));
    }

    @Test
    void zerosOfBothSignsAreEqual() {
        passes(tally(Scripted.values(0.0), DType.F32, -0.0));
        passes(tally(Scripted.values(-0.0), DType.F32, 0.0));
        passes(tally(Scripted.of(0, 1), DType.F32, -0.0));
    }

    @ParameterizedTest
    @CsvSource({
        "NaN, NaN, true",
        "NaN, 0, false",
        "NaN, 1, false",
        "NaN, Infinity, false",
        "Infinity, Infinity, true",
        "Infinity, -Infinity, false",
        "-Infinity, -Infinity, true",
        "-Infinity, Infinity, false",
        "Infinity, NaN, false",
        "Infinity, 65504, false",
        "-Infinity, 0, false",
        "1, NaN, false",
        "1, Infinity, false",
        "1, -Infinity, false",
        "0, NaN, false"
    })
    void whatIsNotFiniteMustBeWhereItBelongs(double want, double got, boolean right) {
        for (DType dtype : List.of(DType.F64, DType.F32, DType.F16, DType.BF16)) {
            for (double deterministic : new double[] {0, 0.5}) {
                Scripted operator = Scripted.of(want, deterministic);
                Tally tally = compare(operator, dtype, true, got).tally();
                if (right) {
                    passes(tally);
                    assertTrue(tally.informative, "it could have been found wrong");
                } else {
                    onlyWrong(Mismatch.SPECIAL, tally);
                    assertEquals(INF, tally.worstRatio);
                }
            }
        }
    }

    @Test
    void nanWithoutSpecialInputsIsAWrongNumber() {
        onlyWrong(Mismatch.EXACT, tally(Scripted.of(1, 0), DType.F32, NAN));
        onlyWrong(Mismatch.BOUND, tally(Scripted.of(1, 0.5), DType.F32, NAN));
        onlyWrong(Mismatch.BOUND, tally(Scripted.of(1, 0.5), DType.F32, INF));
        onlyWrong(Mismatch.SPECIAL, tally(Scripted.of(NAN, 0), DType.F32, 1));
    }

    /// The largest f16 is 65504, its ulp 32: from 65520 on everything rounds to infinity.
    @ParameterizedTest
    @CsvSource({
        "65520, 0, Infinity, true",
        "65520, 0, 65504, false",
        "65519, 0, 65504, true",
        "65519, 0, Infinity, false",
        "1e6, 0, Infinity, true",
        "1e6, 0, 65504, false",
        "1e6, 0, -Infinity, false",
        "-1e6, 0, -Infinity, true",
        "65500, 30, Infinity, true",
        "65500, 30, 65504, true",
        "65500, 30, -Infinity, false",
        "65500, 10, Infinity, false",
        "1e6, 10, 65504, false",
        "65530, 20, 65504, true"
    })
    void whatOverflowsTheTypeBecomesInfinite(double want, double deterministic, double got, boolean right) {
        Tally tally = tally(Scripted.of(want, deterministic), DType.F16, got);
        assertEquals(right ? 0 : 1, tally.mismatches());
        assertEquals(
                right ? 0 : 1,
                tally(Scripted.of(-want, deterministic), DType.F16, -got).mismatches());
    }

    @Test
    void whatOverflowsInF32IsInfinite() {
        passes(tally(Scripted.values(1e39), DType.F32, INF));
        onlyWrong(Mismatch.EXACT, tally(Scripted.values(1e39), DType.F32, DType.F32.maxFinite()));
    }

    private static Scripted flagged(byte flag, double value, double deterministic) {
        return Scripted.of((number, into, at) -> {
            into.values()[at] = value;
            into.deterministic()[at] = deterministic;
            into.flags()[at] = flag;
        });
    }

    @Test
    void anElementLeftOpenTakesAnythingAndProvesNothing() {
        for (double got : new double[] {NAN, INF, -5, 1}) {
            for (double value : new double[] {1, NAN, INF}) {
                Tally tally = tally(flagged(ExpectedBlock.ANY, value, 0), DType.F32, got);
                passes(tally);
                assertFalse(tally.informative);
            }
        }
    }

    @Test
    void anElementThatMayOverflowTakesWhatIsNotFiniteAndElseKeepsItsBound() {
        Scripted open = flagged(ExpectedBlock.OR_NOT_FINITE, 1, 0.25);
        for (double got : new double[] {NAN, INF, -INF, 1, 1.25}) {
            passes(tally(open, DType.F32, got));
        }
        onlyWrong(Mismatch.BOUND, tally(open, DType.F32, 1.5));
        onlyWrong(Mismatch.BOUND, tally(open, DType.F32, 0));
        Scripted nan = flagged(ExpectedBlock.OR_NOT_FINITE, NAN, 0);
        passes(tally(nan, DType.F32, INF));
        onlyWrong(Mismatch.SPECIAL, tally(nan, DType.F32, 1));
    }

    @Test
    void aBoundThatZeroIsWithinProvesNothing() {
        assertFalse(tally(Scripted.of(1, 2), DType.F32, 1).informative);
        assertTrue(tally(Scripted.of(1, 0.5), DType.F32, 1).informative);
        assertFalse(tally(Scripted.of(0, 1e-9), DType.F32, 0).informative);
        assertTrue(tally(Scripted.of(0, 0), DType.F32, 0).informative, "exactly zero is one value");
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32"})
    void aBoundThatIsNoNumberAcceptsNothingAndAnInfiniteOneProvesNothing(DType dtype) {
        Tally unexplained = tally(Scripted.of(1, NAN), dtype, 1);
        onlyWrong(Mismatch.BOUND, unexplained);
        assertEquals(INF, unexplained.worstRatio);
        assertEquals(1, unexplained.wrong(Mismatch.BOUND).expected, "and names the element");
        Tally infinite = tally(Scripted.of(1, INF), dtype, 3);
        assertFalse(infinite.informative);
        assertEquals(1, tally(Scripted.of(1, INF), dtype, NAN).mismatches());
        assertEquals(1, tally(Scripted.of(INF, 1), dtype, 3).mismatches(), "an infinity is not 3");
        assertEquals(1, tally(Scripted.of(INF, INF), dtype, 3).mismatches());
    }

    @Test
    void anotherShapeIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Oracle oracle = Scripted.of(1, 0).oracle(Shape.of(2, 3));
            Tensor actual = Tensor.of(arena, DType.F32, Shape.of(3, 2), 1, 1, 1, 1, 1, 1);
            assertThrows(IllegalStateException.class, () -> compare(oracle, actual, false));
        }
    }

    @Test
    void aReferenceThatLeavesElementsOutIsRefused() {
        Oracle whole = Scripted.of(1, 0).oracle(Shape.of(4, 2));
        Oracle lacking = boxes(whole, Region.of(new long[] {0, 0}, 3, 2));
        try (Arena arena = Arena.ofConfined()) {
            Tensor actual = Tensor.of(arena, DType.F32, Shape.of(4, 2), 1, 1, 1, 1, 1, 1, 1, 9);
            assertThrows(IllegalStateException.class, () -> compare(lacking, actual, false));
        }
    }

    /// More than one chunk of the loop, boxes of odd sizes, columns that are split, wrong elements in several
    /// places.
    @Test
    void piecesGiveTheSameResultAsTheWhole() {
        Shape shape = Shape.of(130, 7, 131);
        Scripted.Answer answer = (number, into, at) -> {
            into.values()[at] = 1 + number % 97;
            into.deterministic()[at] = number % 5 == 0 ? 0 : 1e-3;
            into.sigmas()[at] = number % 3 * 1e-5;
            into.flags()[at] = number % 89 == 0 ? ExpectedBlock.ANY : 0;
        };
        Oracle whole = Scripted.of(answer).oracle(shape);
        Oracle rows = new Scripted(answer, List.of(1L, 2L, 3L, 50L, 7L), false).oracle(shape);
        Oracle columns = boxes(
                whole,
                Region.of(new long[] {0, 0, 0}, 130, 7, 100),
                Region.of(new long[] {0, 0, 100}, 130, 3, 31),
                Region.of(new long[] {0, 3, 100}, 130, 4, 31));
        Oracle slabs = boxes(
                whole, Region.of(new long[] {0, 0, 0}, 130, 3, 131), Region.of(new long[] {0, 3, 0}, 130, 4, 131));
        try (Arena arena = Arena.ofShared()) {
            Tensor actual = Tensor.allocate(TensorSpec.dense(DType.F32, shape), arena);
            SplittableRandom random = new SplittableRandom(3);
            for (long i = 0; i < shape.elements(); i++) {
                double noise = i % 5 == 0 ? 0 : (random.nextDouble() - 0.5) * 1e-3;
                actual.set(i, 1 + i % 97 + noise);
            }
            for (long wrong : new long[] {4_444, 4_446, 50_001, 50_002, 100_003, 119_000}) {
                actual.set(wrong, wrong % 2 == 0 ? NAN : 0.25);
            }
            Tally expected = compare(whole, actual, false).tally();
            assertEquals(6, expected.mismatches());
            assertArrayEquals(shape.coordinates(4_444), expected.wrong(Mismatch.BOUND).at, "the first of the worst");
            for (Oracle pieces : List.of(rows, columns, slabs)) {
                Comparison comparison = compare(pieces, actual, false);
                Tally tally = comparison.tally();
                assertEquals(expected.elements, tally.elements);
                assertEquals(expected.worstRatio, tally.worstRatio);
                assertEquals(expected.maxUlp, tally.maxUlp);
                assertEquals(expected.informative, tally.informative);
                for (Mismatch kind : Mismatch.values()) {
                    Wrong one = expected.wrong(kind);
                    Wrong other = tally.wrong(kind);
                    assertEquals(one.count, other.count);
                    assertEquals(one.ratio, other.ratio);
                    assertArrayEquals(one.lowest, other.lowest);
                    assertArrayEquals(one.highest, other.highest);
                    if (pieces.equals(rows)) {
                        assertArrayEquals(one.at, other.at, kind.name());
                    }
                }
            }
        }
    }

    /// Boxes whose elements are no run of the tensor's.
    private static Oracle boxes(Oracle whole, Region... regions) {
        return new Oracle() {
            @Override
            public Iterable<Region> regions(int output) {
                return List.of(regions);
            }

            @Override
            public Shape shape(int output) {
                return whole.shape(output);
            }

            @Override
            public void expect(int output, Region region, Observed device, ExpectedBlock into) {
                whole.expect(output, region, device, into);
            }
        };
    }

    @Test
    void theTightnessIsTheBoundInUlps() {
        Comparison comparison = compare(Scripted.of(1, 2 * DType.F32.ulp(1)), DType.F32, false, 1, 1, 1);
        assertEquals(List.of(2.5, 2.5, 2.5), comparison.tightness());
        assertEquals(
                List.of(), compare(Scripted.of(NAN, 0), DType.F32, false, NAN).tightness());
    }

    @Test
    void wordsNameElementsAndBoxes() {
        assertEquals("Y[3,5]", Words.element("Y", new long[] {3, 5}));
        assertEquals("Y[]", Words.element("Y", new long[] {}));
        assertEquals("Y[0..3,5]", Words.box("Y", new long[] {0, 5}, new long[] {3, 5}));
        assertEquals("0.00123", Words.rough(0.0012345));
        assertEquals("NaN", Words.rough(NAN));
    }

    /// 2 - 2^-10 in bf16, whose ulp is 2^-7 below 2 and 2^-6 from there on: half of the larger one and D are reached.
    @Test
    void anErrorOfTheBoundPassesInTheNextBinadeToo() {
        double want = 2 - 0x1p-10;
        double before = 0x1p-7 + 0x1p-10;
        Tally on = tally(Scripted.of(want, before), DType.BF16, 2 + 0x1p-6);
        passes(on);
        assertEquals(1, on.worstRatio);
        onlyWrong(Mismatch.BOUND, tally(Scripted.of(want, before - 0x1p-40), DType.BF16, 2 + 0x1p-6));
    }

    @Test
    void anElementWithDependentErrorsKeepsItsBound() {
        Scripted guarded = flagged(ExpectedBlock.GUARDED, 1, 0.25);
        passes(tally(guarded, DType.F32, 1.25));
        onlyWrong(Mismatch.BOUND, tally(guarded, DType.F32, 1.5));
    }

    @Test
    void overflowMayBeCutOffWhereThatIsDeclared() {
        ComputeContract truncating = ComputeContract.strict()
                .outputRounding(ComputeContract.Rounding.TOWARD_ZERO)
                .build();
        try (Arena arena = Arena.ofConfined()) {
            Shape shape = Shape.of(1);
            Tensor largest = Tensor.of(arena, DType.F16, shape, 65504);
            Oracle oracle = Scripted.of(1e6, 10).oracle(shape);
            passes(Comparison.of("Y", 0, truncating, oracle, position -> largest, largest, false)
                    .tally());
            onlyWrong(
                    Mismatch.BOUND,
                    Comparison.of("Y", 0, ComputeContract.STRICT, oracle, position -> largest, largest, false)
                            .tally());
        }
    }
}
