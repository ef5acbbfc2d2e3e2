package dev.assay.baselines.simulated;

import dev.assay.HarnessException;
import dev.assay.tensor.DType;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Orders and roundings of sums that chips use, and some that they should not use undeclared.
public final class Summations {
    private static final Pattern NUMBERED = Pattern.compile("([a-z]+(?:-[a-z]+)*)((?:-[0-9]{1,4})*)");
    /// So that no sum of a block's terms needs more than the 53 bits of an f64.
    private static final int MOST_FRACTION_BITS = 40;

    private static final int LARGEST_BLOCK = 1024;

    private Summations() {}

    /// By the name that descriptors use: `chained`, `sequential`, `pairwise`, `lanes-32`, `aligned-24-16`.
    static Summation named(String name, String where) {
        Matcher matcher = NUMBERED.matcher(name);
        String word = matcher.matches() ? matcher.group(1) : name;
        int[] numbers = matcher.matches() ? numbers(matcher.group(2)) : new int[0];
        if (numbers.length == 0 && (word.equals("chained") || word.equals("sequential"))) {
            return CHAINED;
        }
        if (numbers.length == 0 && word.equals("pairwise")) {
            return PAIRWISE;
        }
        if (numbers.length == 1 && numbers[0] > 0 && word.equals("lanes")) {
            return lanes(numbers[0]);
        }
        boolean aligns = numbers.length == 2 && word.equals("aligned") && numbers[0] > 0 && numbers[1] > 0;
        if (aligns && numbers[0] <= MOST_FRACTION_BITS && numbers[1] <= LARGEST_BLOCK) {
            return aligned(numbers[0], numbers[1]);
        }
        throw new HarnessException(
                "no summation '" + name + "'",
                where,
                "use chained, pairwise, lanes-N (N up to 9999), or aligned-F-B (F fraction bits, up to "
                        + MOST_FRACTION_BITS + "; B products to a block, up to " + LARGEST_BLOCK + ")");
    }

    private static int[] numbers(String text) {
        return Pattern.compile("[0-9]+")
                .matcher(text)
                .results()
                .mapToInt(r -> Integer.parseInt(r.group()))
                .toArray();
    }

    /// One after the other, each product fused with its addition.
    public static final Summation CHAINED = (a, b, count) -> {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum = Math.fma(a[i], b[i], sum);
        }
        return sum;
    };

    /// The same from the last to the first.
    public static final Summation DESCENDING = (a, b, count) -> {
        float sum = 0;
        for (int i = count - 1; i >= 0; i--) {
            sum = Math.fma(a[i], b[i], sum);
        }
        return sum;
    };

    /// Products rounded, then added one after the other.
    public static final Summation UNFUSED = (a, b, count) -> {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    };

    /// A binary tree over rounded products.
    public static final Summation PAIRWISE = (a, b, count) -> count == 0 ? 0 : pairwise(a, b, 0, count);

    private static float pairwise(float[] a, float[] b, int from, int count) {
        if (count == 1) {
            return a[from] * b[from];
        }
        int half = count / 2;
        return pairwise(a, b, from, half) + pairwise(a, b, from + half, count - half);
    }

    /// In f64, rounded to f32 once.
    public static final Summation DOUBLE = (a, b, count) -> {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += (double) a[i] * b[i];
        }
        return (float) sum;
    };

    /// `lanes` interleaved chains, added up as a tree.
    public static Summation lanes(int lanes) {
        return (a, b, count) -> {
            float[] sums = new float[lanes];
            for (int i = 0; i < count; i++) {
                sums[i % lanes] = Math.fma(a[i], b[i], sums[i % lanes]);
            }
            for (int width = lanes; width > 1; width = (width + 1) / 2) {
                for (int i = 0; i < width / 2; i++) {
                    sums[i] += sums[width - 1 - i];
                }
            }
            return sums[0];
        };
    }

    /// Contiguous parts summed apart, each rounded to a type, then added up in f32.
    public static Summation split(int parts, DType partial) {
        return (a, b, count) -> {
            float sum = 0;
            for (int part = 0; part < parts; part++) {
                int from = (int) ((long) count * part / parts);
                int to = (int) ((long) count * (part + 1) / parts);
                float inner = 0;
                for (int i = from; i < to; i++) {
                    inner = Math.fma(a[i], b[i], inner);
                }
                sum += (float) partial.round(inner);
            }
            return sum;
        };
    }

    /// Contiguous blocks summed from zero, then added to the running sum.
    public static Summation blocks(int size) {
        return (a, b, count) -> {
            float sum = 0;
            for (int from = 0; from < count; from += size) {
                float inner = 0;
                for (int i = from; i < Math.min(count, from + size); i++) {
                    inner = Math.fma(a[i], b[i], inner);
                }
                sum += inner;
            }
            return sum;
        };
    }

    /// One after the other, the running sum rounded to a narrow type after every addition.
    public static Summation narrow(DType type) {
        return (a, b, count) -> {
            double sum = 0;
            for (int i = 0; i < count; i++) {
                sum = type.round(Math.fma((double) a[i], (double) b[i], sum));
            }
            return (float) sum;
        };
    }

    /// The f32 next to a value on the side of zero; infinity beyond f32's range.
    static float truncated(double value) {
        float rounded = (float) value;
        boolean away = Math.abs((double) rounded) > Math.abs(value) && Math.abs(value) < 0x1p128;
        return away ? Float.intBitsToFloat(Float.floatToRawIntBits(rounded) - 1) : rounded;
    }

    /// Tensor-core style: the products of a block and the running sum are cut off `fractionBits` below the leading
    /// bit of the largest of them, added exactly, and the result is cut off to f32.
    public static Summation aligned(int fractionBits, int block) {
        return (a, b, count) -> {
            float sum = 0;
            for (int from = 0; from < count; from += block) {
                int to = Math.min(count, from + block);
                int exponent = Math.getExponent(sum);
                boolean finite = Float.isFinite(sum);
                for (int i = from; i < to; i++) {
                    double product = (double) a[i] * b[i];
                    finite &= Double.isFinite(product);
                    exponent = Math.max(exponent, Math.getExponent(product));
                }
                if (!finite) {
                    for (int i = from; i < to; i++) {
                        sum += a[i] * b[i];
                    }
                    continue;
                }
                // Below f32's smallest exponent there is nothing to keep.
                int unit = Math.max(exponent, -149 + fractionBits) - fractionBits;
                double total = cutOff(sum, unit);
                for (int i = from; i < to; i++) {
                    total += cutOff((double) a[i] * b[i], unit);
                }
                sum = truncated(total);
            }
            return sum;
        };
    }

    /// A multiple of 2^unit, toward zero. Exact: the scaled value stays below 2^53.
    private static double cutOff(double value, int unit) {
        double scaled = Math.scalb(value, -unit);
        return Math.scalb(scaled < 0 ? Math.ceil(scaled) : Math.floor(scaled), unit);
    }
}
