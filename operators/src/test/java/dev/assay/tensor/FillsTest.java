package dev.assay.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FillsTest {
    private static final long KEY = 42;

    private static Fill.Site site(DType dtype, int axis, long tensorKey, long... dims) {
        Shape shape = Shape.of(dims);
        return new Fill.Site(
                TensorSpec.dense(dtype, shape), Fill.Along.axis(shape, axis), tensorKey, KEY, name -> index -> 0);
    }

    private static Fill.Values bind(String text, DType dtype, int axis, long tensorKey, long... dims) {
        return Fills.parse(text, "here").bind(site(dtype, axis, tensorKey, dims));
    }

    /// Known answers of Random123's `kat_vectors`, philox4x32-10.
    @ParameterizedTest
    @CsvSource({
        "0,0,0,e169c58d6627e8d5,9b00dbd8bc57ac4c",
        "ffffffffffffffff,ffffffffffffffff,ffffffffffffffff,41c83b0e408f276d,6d5451fda20bc7c6",
        "299f31d0a4093822,85a308d3243f6a88,0370734413198a2e,94fdccebd16cfe09,24126ea15001e420"
    })
    void philoxGivesTheKnownAnswers(String key, String low, String high, String first, String second) {
        long[] block = new long[2];
        new Philox(hex(key)).block(hex(low), hex(high), block);
        assertEquals(hex(first), block[0]);
        assertEquals(hex(second), block[1]);
    }

    private static long hex(String digits) {
        return Long.parseUnsignedLong(digits, 16);
    }

    @Test
    void uniformNumbersStayInsideTheOpenInterval() {
        assertTrue(Philox.toUnit(0) > 0);
        assertTrue(Philox.toUnit(-1L) < 1);
        Philox random = new Philox(3);
        double sum = 0;
        for (int i = 0; i < 100_000; i++) {
            sum += random.uniform(i, 0);
        }
        assertEquals(0.5, sum / 100_000, 0.005);
        assertNotEquals(random.bits(5, 0), random.bits(5, 1));
    }

    /// Quantiles from Wichura's paper and from tables of the normal distribution.
    @ParameterizedTest
    @CsvSource({
        "0.25,-0.6744897501960817",
        "0.001,-3.090232306167813",
        "1e-20,-9.262340089798408",
        "0.5,0",
        "0.975,1.959963984540054"
    })
    void normalQuantilesAreRight(double p, double quantile) {
        assertEquals(quantile, Normal.quantile(p), 4e-16 * Math.max(1, Math.abs(quantile)));
    }

    @Test
    void normalHasItsMoments() {
        Fill.Values values = bind("normal(3,2)", DType.F32, -1, 5, 100, 1000);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < 100_000; i++) {
            double x = values.at(i);
            sum += x;
            squares += (x - 3) * (x - 3);
        }
        assertEquals(3, sum / 100_000, 0.03);
        assertEquals(4, squares / 100_000, 0.06);
    }

    @Test
    void tensorsAndSeedsDifferElementsAreRepeatable() {
        Fill.Values a = bind("uniform(-1,1)", DType.F32, -1, 1, 8, 8);
        Fill.Values b = bind("uniform(-1,1)", DType.F32, -1, 2, 8, 8);
        assertNotEquals(a.at(3), b.at(3));
        double late = a.at(63);
        assertEquals(late, bind("uniform(-1,1)", DType.F32, -1, 1, 8, 8).at(63), "any element alone, in any order");
    }

    @Test
    void writingInChunksEqualsWritingOneByOne() {
        try (Arena arena = Arena.ofShared()) {
            Tensor tensor = Tensor.allocate(TensorSpec.of(DType.I4, 3, 9001), arena);
            Fill.Values values = bind("integers(-8,7)", DType.I4, -1, 1, 3, 9001);
            Fill.write(values, tensor);
            Set<Double> seen = new HashSet<>();
            for (int i = 0; i < 3 * 9001; i++) {
                assertEquals(values.at(i), tensor.get(i));
                seen.add(tensor.get(i));
            }
            assertEquals(16, seen.size(), "both ends included");
        }
    }

    @Test
    void cancellingPairsNearlyCancelAgainstTheirPartners() {
        long n = 1001;
        Fill.Values a = bind("cancelling", DType.F32, -1, 1, 4, n);
        Fill.Values b = bind("repeating", DType.F32, 0, 2, n, 3);
        for (int row = 0; row < 4; row++) {
            double sum = 0;
            double magnitude = 0;
            int changes = 0;
            for (int k = 0; k < n; k++) {
                double term = a.at(row * n + k) * b.at(k * 3L + 1);
                sum += term;
                magnitude += Math.abs(term);
                changes += k < n / 2 && term < 0 ? 1 : 0;
            }
            assertTrue(Math.abs(sum) < 0.01 * magnitude, "pairs cancel: " + sum + " of " + magnitude);
            assertTrue(changes > n / 8, "and are shuffled along the sum");
        }
    }

    /// In the types that are worst off: all of it is finite, and the order of a sum shows.
    @Test
    void annullingPairsAddUpToNothingButRoundingErrors() {
        for (DType dtype : new DType[] {DType.F32, DType.F16, DType.BF16}) {
            for (int n : new int[] {4, 17, 1001}) {
                Fill.Values a = bind("annulling", dtype, -1, 1, 4, n);
                Fill.Values b = bind("repeating", dtype, 0, 2, n, 3);
                int zeros = 0;
                int shown = 0;
                for (int row = 0; row < 4; row++) {
                    double exact = 0;
                    double largest = 0;
                    float up = 0;
                    float down = 0;
                    for (int k = 0; k < n; k++) {
                        double x = dtype.round(a.at((long) row * n + k));
                        assertTrue(Double.isFinite(x));
                        zeros += x == 0 ? 1 : 0;
                        exact += x * dtype.round(b.at(k * 3L + 1));
                        largest = Math.max(largest, Math.abs(x));
                        up += (float) x * (float) dtype.round(b.at(k * 3L + 1));
                        down += (float) dtype.round(a.at((long) row * n + n - 1 - k))
                                * (float) dtype.round(b.at((n - 1 - k) * 3L + 1));
                    }
                    assertEquals(0, exact, 1e-10 * largest, "of " + largest);
                    shown += DType.F16.round(up) != DType.F16.round(down) ? 1 : 0;
                }
                assertTrue(zeros >= 4 * (n / 8 - 1) && zeros <= 4 * (n / 8 + 2), zeros + " zeros of " + 4 * n);
                assertTrue(n < 1000 || shown == 4, "the order shows in " + shown);
            }
        }
    }

    /// Whatever the count: one, a power of four, just beside, and more than an array would hold.
    @ParameterizedTest
    @CsvSource({"0,0", "3,4", "0,15", "-1,15", "0,16", "5,1004", "0,35844"})
    void distinctNumbersComeOnceBeforeTheyComeTwice(long low, long high) {
        long count = high - low + 1;
        Fill.Values values = bind("distinct(" + low + "," + high + ")", DType.I64, 0, 5, 2 * count);
        for (long turn = 0; turn < 2; turn++) {
            Set<Long> seen = new TreeSet<>();
            for (long i = 0; i < count; i++) {
                long value = (long) values.at(turn * count + i);
                assertTrue(value >= low && value <= high && seen.add(value), () -> value + " of " + seen);
            }
        }
    }

    @Test
    void distinctNumbersAreInRandomOrder() {
        Fill.Values huge = bind("distinct(0,1e12)", DType.I64, 0, 5, 1000);
        Set<Double> seen = new TreeSet<>();
        double sum = 0;
        for (long i = 0; i < 1000; i++) {
            assertTrue(seen.add(huge.at(i)));
            sum += huge.at(i);
        }
        assertEquals(0.5e12, sum / 1000, 0.05e12);
        Fill.Values one = bind("distinct(0,999)", DType.I64, 0, 5, 1000);
        Fill.Values other = bind("distinct(0,999)", DType.I64, 0, 6, 1000);
        int equal = 0;
        int fixed = 0;
        for (long i = 0; i < 1000; i++) {
            equal += one.at(i) == other.at(i) ? 1 : 0;
            fixed += one.at(i) == i ? 1 : 0;
        }
        assertTrue(equal < 10 && fixed < 10, equal + " equal, " + fixed + " in their own place");
    }

    @Test
    void valuesComeOverAndOver() {
        Fill.Values values = bind("values(0,6,-1.5)", DType.F32, 0, 5, 5);
        assertEquals(
                List.of(0.0, 6.0, -1.5, 0.0, 6.0),
                LongStream.range(0, 5).mapToObj(values::at).toList());
        assertEquals(
                "values(0,6,-1.5)", Fills.parse("values(0, 6, -1.5)", "here").name());
        assertEquals(0, bind("values", DType.F32, 0, 5, 5).at(3));
    }

    @Test
    void outliersSitInTheSameChannelsOfEveryRow() {
        long n = 512;
        Fill.Values values = bind("outliers", DType.BF16, -1, 1, 64, n);
        int hot = 0;
        for (int channel = 0; channel < n; channel++) {
            double squares = 0;
            for (int row = 0; row < 64; row++) {
                squares += Math.pow(values.at(row * n + channel), 2);
            }
            hot += squares / 64 > 1000 ? 1 : 0;
        }
        assertEquals(6, hot);
    }

    @Test
    void tinyVarianceHasAnExactlyConstantLine() {
        Fill.Values values = bind("tiny-variance", DType.F32, -1, 1, 8, 100);
        for (int k = 1; k < 100; k++) {
            assertEquals(values.at(200), values.at(200 + k));
            assertNotEquals(values.at(100), values.at(100 + k));
        }
    }

    @Test
    void specialsLeaveLinesCleanAndShowEveryKind() {
        long rows = 26;
        Fill.Values values = bind("specials", DType.F16, -1, 1, rows, 64);
        Set<Double> kinds = new HashSet<>();
        int clean = 0;
        for (int row = 0; row < rows; row++) {
            boolean special = false;
            for (int k = 0; k < 64; k++) {
                double x = values.at(row * 64L + k);
                if (!Double.isFinite(x) || x == 0 || Math.abs(x) == 65504 || Math.abs(x) == 0x1p-24 || x == 0x1p-14) {
                    kinds.add(x);
                    special = true;
                }
            }
            clean += special ? 0 : 1;
        }
        assertTrue(kinds.containsAll(
                Set.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0, -0.0, 0x1p-24, 65504.0)));
        assertTrue(clean >= 2, "some lines have no special value: " + clean);
    }

    @Test
    void overflowMeetsItsPartner() {
        Fill.Values a = bind("overflow", DType.F16, -1, 1, 4, 64);
        Fill.Values b = bind("overflow-partner", DType.F16, 0, 2, 64, 4);
        double large = 0;
        double sum = 0;
        for (int k = 0; k < 64; k++) {
            double term = a.at(64 + k) * b.at(k * 4L + 1);
            large = Math.max(large, Math.abs(term));
            sum += term;
        }
        assertTrue(large > 65504 && Math.abs(sum) < 200, large + " " + sum);
        double[] values = LongStream.range(0, 64).mapToDouble(a::at).sorted().toArray();
        assertEquals(values[62], values[63], "two large ones");
        assertEquals(values[63], DType.BF16.round(values[63]), "that narrow accumulators hold");
        double significand = Math.scalb(values[63], -Math.getExponent(values[63]));
        assertTrue(significand > 1.95, "and whose sums are rounded by little: " + significand);
    }

    @ParameterizedTest
    @CsvSource(
            value = {"gauss|gauss", "normal(1,2,3)|3 parameters", "uniform(a)|'a' is not a number", "normal(|normal("},
            delimiter = '|')
    void badTextIsRefusedWithWhatExists(String text, String expected) {
        HarnessException e = assertThrows(HarnessException.class, () -> Fills.parse(text, "suite smoke"));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertTrue(e.getMessage().contains("suite smoke"), e.getMessage());
    }

    @Test
    void namesAreCanonical() {
        assertEquals("uniform(-1,1)", Fills.parse("uniform( -1.0, 1 )", "here").name());
        assertEquals("normal", Fills.parse("normal", "here").name());
        assertEquals("integers", Fills.nameOf(Fills.of("integers", -2, 2)));
        assertTrue(Fills.needsOperator(Fills.of("peaky")));
        assertTrue(Fills.purposes().containsKey("outliers"));
    }

    @Test
    void stridesDoNotChangeTheValues() {
        Fill.Values values = index -> index;
        Shape shape = Shape.of(3, 2, 9001);
        List<List<Long>> layouts = List.of(
                List.of(18_002L, 9001L, 1L), List.of(1L, 3L, 6L), List.of(2L, 1L, 6L), List.of(18_100L, 9050L, 1L));
        for (List<Long> strides : layouts) {
            try (Arena arena = Arena.ofShared()) {
                Tensor tensor = Tensor.allocate(new TensorSpec(DType.F32, shape, strides), arena);
                Fill.write(values, tensor);
                for (long index = 0; index < shape.elements(); index++) {
                    assertEquals((double) index, tensor.get(index), 0.0, strides.toString());
                }
            }
        }
    }

    @Test
    void packedElementsAreWrittenWhole() {
        try (Arena arena = Arena.ofShared()) {
            Tensor tensor = Tensor.allocate(TensorSpec.of(DType.I4, 401, 77), arena);
            Fill.write(index -> index % 8, tensor);
            for (long index = 0; index < 401 * 77; index++) {
                assertEquals((double) (index % 8), tensor.get(index), 0.0);
            }
        }
    }

    @Test
    void oneHotSelectsOnceOnEveryLine() {
        Fill.Values rows = bind("one-hot", DType.F32, -1, 1, 7, 13);
        Set<Integer> chosen = new HashSet<>();
        for (int line = 0; line < 7; line++) {
            int ones = 0;
            for (int k = 0; k < 13; k++) {
                double x = rows.at(line * 13L + k);
                assertTrue(x == 0 || x == 1);
                ones += (int) x;
                if (x == 1) {
                    chosen.add(k);
                }
            }
            assertEquals(1, ones);
        }
        assertEquals(7, chosen.size(), "each line another place");
    }

    @ParameterizedTest
    @CsvSource({"F32", "F16", "BF16", "F64"})
    void fullMantissasUseTheirLastBit(DType dtype) {
        Fill.Values values = bind("full-mantissa", dtype, -1, 1, 10, 100);
        Set<Double> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            double x = values.at(i);
            seen.add(x);
            assertEquals(x, dtype.round(x), "a number of the type");
            assertTrue(Math.abs(x) > 1 && Math.abs(x) < 2);
            // 22 bits in f32: kernels that split operands keep no more.
            double last = dtype == DType.F32 ? 0x1p-21 : dtype.ulp(x);
            assertEquals(1, Math.abs(x) / last % 2, "its last bit is set");
        }
        assertTrue(seen.size() > (dtype == DType.BF16 ? 100 : 450));
    }

    @ParameterizedTest
    @CsvSource({"24,300", "24,100000", "8,300", "11,64", "24,1"})
    void accumulatorsAreFilledAndNotOverfilled(int bits, int n) {
        Fill.Values a = bind("accumulator(" + bits + ")", DType.BF16, -1, 1, 1, n);
        Fill.Values b = bind("accumulator(" + bits + ")", DType.BF16, 0, 2, n, 1);
        double sum = 0;
        int negative = 0;
        for (int k = 0; k < n; k++) {
            sum += Math.abs(a.at(k) * b.at(k));
            negative += a.at(k) < 0 ? 1 : 0;
            assertTrue(Math.abs(a.at(k)) <= 63 && a.at(k) == Math.rint(a.at(k)) && a.at(k) != 0);
        }
        assertTrue(sum <= Math.max(n, Math.scalb(1.0, bits)), "sum " + sum);
        assertTrue(n < 64 || (negative > n / 4 && negative < 3 * n / 4));
    }

    @Test
    void partialSumsAreLargeWhereTheSumIsNot() {
        for (int n : new int[] {4, 15, 256, 3001}) {
            partialSumsAreLarge(n);
        }
    }

    private static void partialSumsAreLarge(int n) {
        Fill.Values a = bind("partials", DType.BF16, -1, 1, 1, n);
        Fill.Values b = bind("partials-partner", DType.BF16, 0, 2, n, 1);
        double first = 0;
        double sum = 0;
        double magnitude = 0;
        for (int k = 0; k < n; k++) {
            assertEquals(a.at(k), DType.BF16.round(a.at(k)));
            sum += a.at(k) * b.at(k);
            magnitude += Math.abs(a.at(k) * b.at(k));
            first += k < n / 2 ? a.at(k) * b.at(k) : 0;
        }
        assertTrue(first >= 1 << 22 && magnitude <= 1 << 24, first + " of " + magnitude);
        assertTrue(Math.abs(sum) <= 17, "sum " + sum);
    }

    /// Every sum is a whole number of p bits and something around half its ulp.
    @ParameterizedTest
    @CsvSource({"F32", "F16", "BF16", "F64"})
    void tiesLieHalfWayOrJustBeside(DType dtype) {
        int m = 40;
        int k = 33;
        int n = 20;
        Fill.Values a = bind("ties", dtype, -1, 1, m, k);
        Fill.Values b = bind("ties-partner", dtype, 0, 2, k, n);
        int[] kinds = new int[3];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double large = 0;
                double small = 0;
                int terms = 0;
                for (int d = 0; d < k; d++) {
                    double x = b.at((long) d * n + j);
                    assertEquals(x, dtype.round(x));
                    if (a.at((long) i * k + d) != 0) {
                        terms++;
                        large = Math.abs(x) > 8 ? x : large;
                        small = Math.abs(x) > 8 ? small : x;
                    }
                }
                assertEquals(2, terms);
                assertTrue(large != 0 && small != 0);
                assertEquals(1, dtype.ulp(large + Math.signum(large) * 8));
                double offset = Math.abs(small) - Math.floor(Math.abs(small)) - 0.5;
                kinds[(int) Math.signum(offset) + 1]++;
            }
        }
        for (int kind : kinds) {
            assertTrue(kind > m * n / 6, java.util.Arrays.toString(kinds));
        }
    }

    @Test
    void subnormalsMeetProductsOnBothSidesOfTheBorder() {
        Fill.Values a = bind("subnormals", DType.F16, -1, 1, 4, 8);
        Fill.Values b = bind("subnormals-partner", DType.F16, 0, 2, 8, 4);
        for (int k = 0; k < 8; k++) {
            assertTrue(Math.abs(a.at(k)) < DType.F16.minNormal() && a.at(k) != 0);
            assertTrue(Math.abs(a.at(k) * b.at(k * 4L)) < DType.F16.minNormal());
            assertTrue(Math.abs(a.at(k) * b.at(k * 4L + 1)) >= DType.F16.minNormal() / 2);
        }
    }

    @Test
    void plusMinusLinesHaveMeanZero() {
        Fill.Values values = bind("plus-minus", DType.F32, -1, 1, 5, 31);
        for (int line = 0; line < 5; line++) {
            double sum = 0;
            double square = values.at(line * 31L + 1) * values.at(line * 31L + 1);
            int zeros = 0;
            for (int k = 0; k < 31; k++) {
                double x = values.at(line * 31L + k);
                sum += x;
                zeros += x == 0 ? 1 : 0;
                assertTrue(x == 0 || square == 0 || x * x == square);
            }
            assertEquals(0, sum);
            assertEquals(1, zeros, "an odd one");
        }
        Fill.Values positive = bind("stagnating", DType.F32, -1, 1, 1, 100);
        for (int k = 0; k < 100; k++) {
            assertTrue(positive.at(k) > 0);
        }
    }

    private static long[] drawn(String recipe, int count) {
        Fill.Values values = Fills.parse(recipe, "test")
                .bind(new Fill.Site(
                        TensorSpec.of(DType.I64, count), new Fill.Along(count, 1), 7, 7, other -> index -> 0));
        long[] drawn = new long[count];
        java.util.Arrays.setAll(drawn, i -> (long) values.at(i));
        return drawn;
    }

    @Test
    void stepsHaveOneDistance() {
        assertArrayEquals(new long[] {0, 512, 1024, 1536}, drawn("steps(0,512)", 4));
        assertArrayEquals(new long[] {5, 4, 3}, drawn("steps(5,-1)", 3));
    }

    /// Three sequences with tokens 14 to 20 of each: the end of one page and the begin of the next.
    @Test
    void slotsLieInPagesThatNoOtherSequenceHas() {
        long[] slots = drawn("slots(16,14,7,9)", 21);
        java.util.Map<Long, Integer> owners = new java.util.HashMap<>();
        for (int i = 0; i < slots.length; i++) {
            assertEquals((14 + i % 7) % 16, slots[i] % 16);
            assertTrue(slots[i] >= 0 && slots[i] < 9 * 16);
            int owner = i / 7 * 2 + (i % 7 < 2 ? 0 : 1);
            assertEquals(owner, owners.computeIfAbsent(slots[i] / 16, page -> owner));
        }
        assertEquals(6, owners.size());
    }

    @Test
    void dealtRowsAreAllThereAndOneGroupOfEightHasNone() {
        long[] groups = drawn("dealt(4096)", 16);
        assertEquals(4096, java.util.Arrays.stream(groups).sum());
        assertEquals(
                2, java.util.Arrays.stream(groups).filter(rows -> rows == 0).count());
        assertEquals(3, java.util.Arrays.stream(drawn("dealt(3)", 128)).sum());
        assertArrayEquals(new long[] {9}, drawn("dealt(9)", 1));
    }
}
