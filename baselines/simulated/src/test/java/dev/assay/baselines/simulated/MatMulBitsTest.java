package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Products recomputed in exact decimals, rounded where the chip's description says.
class MatMulBitsTest {
    private static final BigDecimal TWO = BigDecimal.valueOf(2);

    /// Precision and smallest normal exponent of what the chips round to.
    private enum Format {
        F32(24, -126),
        F16(11, -14),
        BF16(8, -126),
        TF32(11, -126);

        final int precision;
        final int smallest;

        Format(int precision, int smallest) {
            this.precision = precision;
            this.smallest = smallest;
        }

        BigDecimal round(BigDecimal value, RoundingMode mode) {
            int exponent = Math.max(exponent(value), smallest);
            return cut(value, exponent - precision + 1, mode);
        }
    }

    private static BigDecimal power(int exponent) {
        return exponent >= 0 ? TWO.pow(exponent) : BigDecimal.ONE.divide(TWO.pow(-exponent));
    }

    /// A multiple of 2^unit.
    private static BigDecimal cut(BigDecimal value, int unit, RoundingMode mode) {
        BigInteger whole = value.multiply(power(-unit)).setScale(0, mode).toBigIntegerExact();
        return new BigDecimal(whole).multiply(power(unit));
    }

    /// Exponent of the leading bit; of zero, one that loses every comparison.
    private static int exponent(BigDecimal value) {
        if (value.signum() == 0) {
            return -10_000;
        }
        int exponent = Math.getExponent(value.doubleValue());
        return power(exponent).compareTo(value.abs()) > 0 ? exponent - 1 : exponent;
    }

    /// One after the other, a rounding to f32 for each product and addition together.
    private static BigDecimal chained(List<BigDecimal> products) {
        BigDecimal sum = BigDecimal.ZERO;
        for (BigDecimal product : products) {
            sum = Format.F32.round(sum.add(product), RoundingMode.HALF_EVEN);
        }
        return sum;
    }

    private static BigDecimal lanes(List<BigDecimal> products, int lanes) {
        BigDecimal[] sums = new BigDecimal[lanes];
        java.util.Arrays.fill(sums, BigDecimal.ZERO);
        for (int i = 0; i < products.size(); i++) {
            sums[i % lanes] = Format.F32.round(sums[i % lanes].add(products.get(i)), RoundingMode.HALF_EVEN);
        }
        int live = lanes;
        while (live > 1) {
            // Folded in the middle: first to last, second to last but one.
            for (int i = 0; i < live / 2; i++) {
                sums[i] = Format.F32.round(sums[i].add(sums[live - 1 - i]), RoundingMode.HALF_EVEN);
            }
            live = live - live / 2;
        }
        return sums[0];
    }

    private static BigDecimal pairwise(List<BigDecimal> products) {
        if (products.isEmpty()) {
            return BigDecimal.ZERO;
        }
        if (products.size() == 1) {
            return Format.F32.round(products.getFirst(), RoundingMode.HALF_EVEN);
        }
        int half = products.size() / 2;
        BigDecimal left = pairwise(products.subList(0, half));
        return Format.F32.round(left.add(pairwise(products.subList(half, products.size()))), RoundingMode.HALF_EVEN);
    }

    /// Blocks of products, aligned with the running sum to the largest exponent and cut off below.
    private static BigDecimal aligned(List<BigDecimal> products, int fractionBits, int block) {
        BigDecimal sum = BigDecimal.ZERO;
        for (int from = 0; from < products.size(); from += block) {
            List<BigDecimal> terms = products.subList(from, Math.min(products.size(), from + block));
            int largest = exponent(sum);
            for (BigDecimal term : terms) {
                largest = Math.max(largest, exponent(term));
            }
            // f32 has nothing below 2^-149.
            int unit = Math.max(largest - fractionBits, -149);
            BigDecimal total = cut(sum, unit, RoundingMode.DOWN);
            for (BigDecimal term : terms) {
                total = total.add(cut(term, unit, RoundingMode.DOWN));
            }
            sum = Format.F32.round(total, RoundingMode.DOWN);
        }
        return sum;
    }

    private static BigDecimal sum(String summation, List<BigDecimal> products) {
        String[] parts = summation.split("-", -1);
        return switch (parts[0]) {
            case "chained" -> chained(products);
            case "pairwise" -> pairwise(products);
            case "lanes" -> lanes(products, Integer.parseInt(parts[1]));
            default -> aligned(products, Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        };
    }

    private static BigDecimal operand(double value, DType dtype, String inputs) {
        BigDecimal exact = new BigDecimal(value);
        if (dtype != DType.F32 || inputs.equals("none")) {
            return exact;
        }
        return Format.TF32.round(exact, inputs.equals("tf32") ? RoundingMode.HALF_EVEN : RoundingMode.DOWN);
    }

    @ParameterizedTest
    @CsvSource({
        "chained, none, 3, 401, 5", "chained, tf32, 3, 65, 5", "chained, tf32-truncated, 3, 65, 5",
        "pairwise, none, 3, 67, 5", "lanes-32, none, 3, 99, 5", "lanes-5, none, 3, 67, 5",
        "aligned-24-16, tf32, 3, 67, 5", "aligned-13-32, none, 3, 67, 5", "aligned-40-4, none, 3, 67, 5",
        "aligned-1-1, tf32-truncated, 3, 67, 5"
    })
    void resultsAreThoseOfTheDescribedRoundings(String summation, String inputs, int m, int k, int n) {
        try (Backend backend = chip(summation, inputs)) {
            int different = 0;
            for (DType dtype : Samples.NARROW) {
                for (String fill : List.of("normal", "lognormal(2)", "cancelling")) {
                    Exam exam = Exam.matmul(dtype, m, k, n, fill);
                    Tensor y = exam.outputs(backend).values().iterator().next();
                    different += compare(exam, y, summation, inputs);
                }
            }
            // Had the order and the roundings of the chip no effect, agreement would show nothing.
            assertTrue(different > m * n, different + " results differ from the exact ones");
        }
    }

    /// Checks every element; returns how many are not simply the rounded exact sum.
    private static int compare(Exam exam, Tensor y, String summation, String inputs) {
        Tensor a = exam.input("A");
        Tensor b = exam.input("B");
        int k = (int) a.shape().dim(1);
        int n = (int) b.shape().dim(1);
        DType dtype = y.dtype();
        Format output = Format.valueOf(dtype.name());
        int different = 0;
        for (int i = 0; i < a.shape().dim(0); i++) {
            for (int j = 0; j < n; j++) {
                BigDecimal[] products = new BigDecimal[k];
                BigDecimal exact = BigDecimal.ZERO;
                for (int l = 0; l < k; l++) {
                    double left = a.get((long) i * k + l);
                    double right = b.get((long) l * n + j);
                    products[l] = operand(left, dtype, inputs).multiply(operand(right, dtype, inputs));
                    exact = exact.add(new BigDecimal(left).multiply(new BigDecimal(right)));
                }
                BigDecimal want = output.round(sum(summation, List.of(products)), RoundingMode.HALF_EVEN);
                double finite = want.doubleValue();
                boolean overflows = Math.abs(finite) > dtype.maxFinite();
                assertEquals(
                        overflows ? finite * Double.POSITIVE_INFINITY : finite,
                        y.get((long) i * n + j) + 0.0,
                        exam + " element " + i + "," + j);
                BigDecimal simple = output.round(exact, RoundingMode.HALF_EVEN);
                different += simple.compareTo(want) == 0 ? 0 : 1;
            }
        }
        return different;
    }

    private static Backend chip(String summation, String inputs) {
        String text = ChipTest.shipped("strict")
                .replace("\"chained\"", "\"" + summation + "\"")
                .replace("\"none\"", "\"" + inputs + "\"");
        return new SimulatedBackend(Chip.parse(text, "test"), List.of());
    }
}
