package dev.assay.baselines.simulated;

import dev.assay.HarnessException;
import dev.assay.numerics.GemmF32;
import dev.assay.numerics.Matrix;
import dev.assay.tensor.DType;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
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
    public static final Summation CHAINED = new Summation() {
        @Override
        public float dot(float[] a, float[] b, int count) {
            return chain(a, b, 0, count);
        }

        // The blocked kernel computes exactly this chain.
        @Override
        public Optional<float[]> product(Matrix left, Matrix right, int rows, int columns, int depth) {
            float[] sums = new float[rows * columns];
            GemmF32.chains(left, right, rows, columns, depth, sums, 0, columns);
            return Optional.of(sums);
        }
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

    /// Products rounded, then added in f32 with the error of each addition carried along (Kahan 1965, in the form of
    /// Neumaier 1974).
    public static final Summation COMPENSATED = (a, b, count) -> {
        float sum = 0;
        float lost = 0;
        for (int i = 0; i < count; i++) {
            float product = a[i] * b[i];
            float next = sum + product;
            lost += Math.abs(sum) >= Math.abs(product) ? (sum - next) + product : (product - next) + sum;
            sum = next;
        }
        return Float.isFinite(sum) && Float.isFinite(lost) ? sum + lost : UNFUSED.dot(a, b, count);
    };

    /// One after the other, each fused product and addition cut off toward zero.
    public static final Summation TRUNCATING = (a, b, count) -> {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            // The product of two f32 is exact in f64; of the sum, the error says on which side it was rounded.
            double product = (double) a[i] * b[i];
            double wide = sum + product;
            double back = wide - sum;
            double lost = (sum - (wide - back)) + (product - back);
            sum = truncated(lost != 0 && lost < 0 == wide > 0 ? Math.nextAfter(wide, 0) : wide);
        }
        return sum;
    };

    /// One after the other in a random order, the same for all sums of a length.
    public static Summation shuffled(long seed) {
        Map<Integer, int[]> orders = new ConcurrentHashMap<>();
        return (a, b, count) -> {
            float sum = 0;
            for (int i : orders.computeIfAbsent(count, n -> permutation(n, seed))) {
                sum = Math.fma(a[i], b[i], sum);
            }
            return sum;
        };
    }

    private static int[] permutation(int count, long seed) {
        int[] order = new int[count];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }

    /// Contiguous parts summed apart and added in f32 in a random order, as by atomic additions.
    public static Summation atomics(int parts, long seed) {
        int[] order = permutation(parts, seed);
        return (a, b, count) -> {
            float sum = 0;
            for (int part : order) {
                sum += chain(a, b, at(count, part, parts), at(count, part + 1, parts));
            }
            return sum;
        };
    }

    /// The same in order; an update is lost where the first operands of a part have certain bits, once in `rarity`.
    public static Summation losing(int parts, int rarity) {
        return (a, b, count) -> {
            float sum = 0;
            for (int part = 0; part < parts; part++) {
                int from = at(count, part, parts);
                int to = at(count, part + 1, parts);
                boolean lost = to > from && hash(a[from], b[from]) % rarity == 0;
                sum += lost ? 0 : chain(a, b, from, to);
            }
            return sum;
        };
    }

    private static int hash(float a, float b) {
        // Narrow operands have no low bits: high ones are brought down before each product.
        int mixed = Float.floatToRawIntBits(a) * 0x9E37_79B1 + Float.floatToRawIntBits(b);
        mixed = (mixed ^ (mixed >>> 15)) * 0x85EB_CA6B;
        return ((mixed ^ (mixed >>> 13)) * 0xC2B2_AE35) >>> 8;
    }

    private static int at(int count, int part, int parts) {
        return (int) ((long) count * part / parts);
    }

    private static float chain(float[] a, float[] b, int from, int to) {
        float sum = 0;
        for (int i = from; i < to; i++) {
            sum = Math.fma(a[i], b[i], sum);
        }
        return sum;
    }

    /// Parts of unequal length, as where cores share the terms of many sums (stream-K), added up in f32.
    public static Summation uneven(int parts) {
        return (a, b, count) -> {
            float sum = 0;
            int from = 0;
            for (int part = 1; part <= parts; part++) {
                int to = (int) ((long) count * part * (part + 1) / ((long) parts * (parts + 1)));
                sum += chain(a, b, from, to);
                from = to;
            }
            return sum;
        };
    }

    /// Two sums that take turns at tiles of `size` terms, added up at the end.
    public static Summation alternating(int size) {
        return (a, b, count) -> {
            float[] sums = new float[2];
            for (int i = 0; i < count; i++) {
                int which = i / size % 2;
                sums[which] = Math.fma(a[i], b[i], sums[which]);
            }
            return sums[0] + sums[1];
        };
    }

    /// A block's products and the running sum are added in f64 and rounded to f32 once.
    public static Summation exactBlocks(int size) {
        return (a, b, count) -> {
            float sum = 0;
            for (int from = 0; from < count; from += size) {
                double wide = sum;
                for (int i = from; i < Math.min(count, from + size); i++) {
                    wide += (double) a[i] * b[i];
                }
                sum = (float) wide;
            }
            return sum;
        };
    }

    /// Operands are taken apart into `parts` of a narrower type, and products of parts are summed apart, the smallest
    /// first (Ootomo and Yokota 2022).
    ///
    /// @param precision significand bits of a part
    /// @param kept which products are formed, by the parts' numbers
    public static Summation pieces(int parts, int precision, Pairs kept) {
        return (a, b, count) -> {
            float[][] left = taken(a, count, parts, precision);
            float[][] right = taken(b, count, parts, precision);
            float sum = 0;
            for (int order = 2 * parts - 2; order >= 0; order--) {
                for (int i = Math.max(0, order - parts + 1); i <= Math.min(order, parts - 1); i++) {
                    sum += kept.has(i, order - i) ? chain(left[i], right[order - i], 0, count) : 0;
                }
            }
            return Float.isFinite(sum) ? sum : CHAINED.dot(a, b, count);
        };
    }

    /// Which products of parts are formed.
    @FunctionalInterface
    public interface Pairs {
        boolean has(int left, int right);
    }

    private static float[][] taken(float[] values, int count, int parts, int precision) {
        float[][] taken = new float[parts][count];
        for (int i = 0; i < count; i++) {
            float rest = values[i];
            for (int part = 0; part < parts; part++) {
                taken[part][i] = rounded(rest, precision);
                rest -= taken[part][i];
            }
        }
        return taken;
    }

    /// To nearest even with fewer significand bits; the exponent keeps its range.
    public static float rounded(float value, int precision) {
        if (value == 0 || !Float.isFinite(value)) {
            return value;
        }
        int scale = precision - 1 - Math.getExponent(value);
        return (float) Math.scalb(Math.rint(Math.scalb((double) value, scale)), -scale);
    }

    /// `lanes` interleaved chains, added up as a tree.
    public static Summation lanes(int lanes) {
        return new LaneSums(lanes);
    }

    /// Contiguous parts summed apart, each rounded to a type, then added up in f32.
    public static Summation split(int parts, DType partial) {
        return (a, b, count) -> {
            float sum = 0;
            for (int part = 0; part < parts; part++) {
                float inner = chain(a, b, at(count, part, parts), at(count, part + 1, parts));
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
                sum += chain(a, b, from, Math.min(count, from + size));
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
