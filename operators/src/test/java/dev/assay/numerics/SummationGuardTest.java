package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SummationGuardTest {
    /// Standard deviations that the judge allows in a small output.
    private static final double LAMBDA = RuleConstants.lambda(1000);

    private static double[] terms(String kind, int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] terms = new double[count];
        Arrays.setAll(terms, k -> switch (kind) {
            case "tenths" -> (float) 0.1;
            case "ones and a bit" -> 1 + 0x1p-20;
            case "nearly equal" -> (float) (1000 + 0.01 * random.nextGaussian());
            case "two values" -> random.nextBoolean() ? (float) 0.1 : (float) 0.7;
            case "exponentials" -> (float) Math.exp(3 * random.nextGaussian());
            case "exponentials of bf16" -> (float) Math.exp(DType.BF16.round(3 * random.nextGaussian()));
            case "uniform" -> (float) random.nextDouble() * (float) random.nextDouble();
            case "squares of bf16" -> Math.pow(DType.BF16.round(random.nextGaussian()), 2);
            case "squares" -> Math.pow((float) random.nextGaussian(), 2);
            case "normal" -> (double) (float) random.nextGaussian() * (float) random.nextGaussian();
            default -> throw new IllegalArgumentException(kind);
        });
        return terms;
    }

    private interface Order {
        double sum(double[] terms, DoubleUnaryOperator round);
    }

    private static double chain(double[] terms, int from, int to, int step, DoubleUnaryOperator round) {
        double sum = 0;
        for (int k = from; k < to; k += step) {
            sum = round.applyAsDouble(sum + terms[k]);
        }
        return sum;
    }

    private static double tree(double[] terms, int from, int count, DoubleUnaryOperator round) {
        if (count == 1) {
            return round.applyAsDouble(terms[from]);
        }
        int half = count / 2;
        return round.applyAsDouble(tree(terms, from, half, round) + tree(terms, from + half, count - half, round));
    }

    private static Order blocked(int block) {
        return (terms, round) -> {
            double sum = 0;
            for (int from = 0; from < terms.length; from += block) {
                double part = chain(terms, from, Math.min(terms.length, from + block), 1, round);
                sum = round.applyAsDouble(sum + part);
            }
            return sum;
        };
    }

    private static Order lanes(int lanes) {
        return (terms, round) -> {
            double[] sums = new double[lanes];
            Arrays.setAll(sums, lane -> chain(terms, lane, terms.length, lanes, round));
            return chain(sums, 0, lanes, 1, round);
        };
    }

    private static double[] reversed(double[] terms) {
        double[] reversed = new double[terms.length];
        Arrays.setAll(reversed, k -> terms[terms.length - 1 - k]);
        return reversed;
    }

    private static double[] shuffled(double[] terms, long seed) {
        double[] shuffled = terms.clone();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = shuffled.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            double swapped = shuffled[i];
            shuffled[i] = shuffled[j];
            shuffled[j] = swapped;
        }
        return shuffled;
    }

    private static Map<String, Order> orders() {
        Map<String, Order> orders = new LinkedHashMap<>();
        orders.put("sequential", (t, round) -> chain(t, 0, t.length, 1, round));
        orders.put(
                "products rounded",
                (t, round) -> chain(Arrays.stream(t).map(round).toArray(), 0, t.length, 1, round));
        orders.put("reversed", (t, round) -> chain(reversed(t), 0, t.length, 1, round));
        for (long seed = 101; seed < 106; seed++) {
            long key = seed;
            orders.put("random " + seed, (t, round) -> chain(shuffled(t, key), 0, t.length, 1, round));
        }
        orders.put("pairwise", (t, round) -> tree(t, 0, t.length, round));
        for (int n : new int[] {2, 3, 4, 8, 16, 64, 128, 1000}) {
            orders.put("lanes " + n, lanes(n));
            orders.put("blocks " + n, blocked(n));
        }
        return orders;
    }

    private static double[] statistics(double[] terms) {
        DoubleDouble sum = DoubleDouble.ZERO;
        double squares = 0;
        for (double term : terms) {
            sum = sum.plus(term);
            squares += term * term;
        }
        return new double[] {sum.hi(), squares};
    }

    private static ComputeContract contract(DType type) {
        return ComputeContract.strict().accumulator(type).build();
    }

    /// Largest error over its bound, of many orders and seeds; the plain model's if `guarded` is false.
    private static double worst(String kind, int count, ComputeContract contract, DType type, boolean guarded) {
        Accumulation model = new Accumulation(contract, type, count);
        SummationGuard guard = new SummationGuard(contract, type);
        double worst = 0;
        for (long seed = 1; seed <= 3; seed++) {
            double[] terms = terms(kind, count, seed);
            double[] yq = statistics(terms);
            double sigma = Math.sqrt(model.variance(yq[0], yq[1]));
            double bound = LAMBDA * sigma + model.deterministic(yq[0], yq[1]);
            if (guarded) {
                bound += guard.look(terms, count, sigma).drift();
            }
            for (Map.Entry<String, Order> order : orders().entrySet()) {
                double got = order.getValue().sum(terms, type::round);
                worst = Math.max(worst, Math.abs(got - yq[0]) / bound);
            }
        }
        return worst;
    }

    @ParameterizedTest
    @CsvSource({
        "tenths, 8192, F32",
        "tenths, 65536, F32",
        "ones and a bit, 8192, F32",
        "nearly equal, 8192, F32",
        "two values, 8192, F32",
        "exponentials, 32000, F32",
        "exponentials of bf16, 32000, F32",
        "uniform, 4096, F32",
        "uniform, 65536, F32",
        "squares of bf16, 8192, F32",
        "squares, 8192, F32",
        "normal, 8192, F32",
        "uniform, 128, BF16",
        "uniform, 1024, BF16",
        "uniform, 8192, BF16",
        "tenths, 1024, BF16",
        "normal, 1024, BF16",
        "tenths, 2048, F16",
        "uniform, 8192, F16",
        "exponentials, 512, F16",
        "squares, 4096, F16",
        "tenths, 65536, F64"
    })
    void legitimateOrdersStayWellWithinTheBound(String kind, int count, DType type) {
        double worst = worst(kind, count, contract(type), type, true);
        assertTrue(worst < 0.75, kind + ": " + worst);
    }

    @Test
    void withoutTheGuardEqualTermsWouldBeAccused() {
        assertTrue(worst("tenths", 8192, contract(DType.F32), DType.F32, false) > 1);
        assertTrue(worst("tenths", 8192, contract(DType.F32), DType.F32, true) > 0.2, "the bound is not a blank one");
    }

    @Test
    void independentTermsAreLeftAlone() {
        ComputeContract strict = ComputeContract.STRICT;
        for (int count : new int[] {10, 100, 1000, 10_000}) {
            Accumulation model = new Accumulation(strict, DType.F32, count);
            SummationGuard guard = new SummationGuard(strict, DType.F32);
            for (long seed = 0; seed < 20; seed++) {
                double[] terms = terms("normal", count, seed);
                double[] yq = statistics(terms);
                assertEquals(
                        0,
                        guard.look(terms, count, Math.sqrt(model.variance(yq[0], yq[1])))
                                .drift());
            }
        }
        assertTrue(new SummationGuard(strict, DType.F32).spares(10));
    }

    /// What the guard allows is far less than what a dropped term, or a narrow accumulator, does to the sum.
    @ParameterizedTest
    @CsvSource({"tenths, 4096", "uniform, 4096", "squares of bf16, 8192", "two values, 4096"})
    void bugsStillShow(String kind, int count) {
        Accumulation model = new Accumulation(ComputeContract.STRICT, DType.F32, count);
        double[] terms = terms(kind, count, 7);
        double[] yq = statistics(terms);
        double sigma = Math.sqrt(model.variance(yq[0], yq[1]));
        double drift = new SummationGuard(ComputeContract.STRICT, DType.F32)
                .look(terms, count, sigma)
                .drift();
        double bound = LAMBDA * sigma + drift;
        double tail = Arrays.stream(terms, count - 4, count).sum();
        assertTrue(Math.abs(tail) > bound, "the last four terms: " + tail + ", bound " + bound);
        double narrow = chain(terms, 0, count, 1, DType.BF16::round);
        assertTrue(Math.abs(narrow - yq[0]) > 10 * bound, "bf16 sums: " + (narrow - yq[0]) + ", bound " + bound);
    }

    @Test
    void truncationIsEmulatedAsDeclared() {
        ComputeContract truncating = ComputeContract.strict()
                .accumulatorRounding(Rounding.TOWARD_ZERO)
                .build();
        Accumulation model = new Accumulation(truncating, DType.F32, 8192);
        double[] terms = terms("tenths", 8192, 1);
        double[] yq = statistics(terms);
        double sigma = Math.sqrt(model.variance(yq[0], yq[1]));
        double drift = new SummationGuard(truncating, DType.F32)
                .look(terms, 8192, sigma)
                .drift();
        double sum = chain(terms, 0, 8192, 1, SummationGuardTest::towardZero);
        assertTrue(Math.abs(sum - yq[0]) <= drift, "error " + (sum - yq[0]) + ", drift " + drift);
        assertTrue(drift < 100 * sigma);
    }

    private static double towardZero(double value) {
        float rounded = (float) value;
        return Math.abs(rounded) > Math.abs(value) ? Math.copySign(Math.nextDown(Math.abs(rounded)), rounded) : rounded;
    }
}
