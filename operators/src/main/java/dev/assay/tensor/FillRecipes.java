package dev.assay.tensor;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The values of each recipe that [Fills] lists, by their place in the tensor and the keys of its case.
final class FillRecipes {
    private static final int OUTLIER_CHANNELS = 6;
    private static final double OUTLIER_FACTOR = 200;
    private static final int FEISTEL_ROUNDS = 6;
    /// Whole numbers that every type of 8 bits and more holds.
    private static final int SMALL = 63;

    private FillRecipes() {}

    static Fill.Values normal(List<Double> p, Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        double mean = p.get(0);
        double deviation = p.get(1);
        return index -> mean + deviation * Normal.quantile(random.uniform(index, 0));
    }

    static Fill.Values uniform(List<Double> p, Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        double low = p.get(0);
        double width = p.get(1) - low;
        return index -> low + width * random.uniform(index, 0);
    }

    static Fill.Values integers(List<Double> p, Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        long low = p.get(0).longValue();
        long count = p.get(1).longValue() - low + 1;
        return index -> low + (long) (random.uniform(index, 0) * count);
    }

    /// A bijection of the numbers below their count: a Feistel network over a power of four, walked on until it comes
    /// back into the range (Black and Rogaway, Ciphers with arbitrary finite domains, 2002).
    static Fill.Values distinct(List<Double> p, Fill.Site site) {
        long low = p.get(0).longValue();
        long count = Math.max(1, p.get(1).longValue() - low + 1);
        int half = Math.max(1, Math.ceilDiv(64 - Long.numberOfLeadingZeros(count - 1), 2));
        long mask = (1L << half) - 1;
        return index -> {
            long key = Philox.mix(site.tensorKey() + index / count);
            long place = index % count;
            do {
                long left = place >>> half;
                long right = place & mask;
                for (int round = 0; round < FEISTEL_ROUNDS; round++) {
                    long mixed = left ^ (Philox.mix(key + (right << 3) + round) & mask);
                    left = right;
                    right = mixed;
                }
                place = left << half | right;
            } while (place >= count);
            return low + place;
        };
    }

    static Fill.Values values(List<Double> p, Fill.Site site) {
        return index -> p.get((int) (index % p.size()));
    }

    static Fill.Values steps(List<Double> p, Fill.Site site) {
        return index -> p.get(0) + p.get(1) * index;
    }

    /// Tokens `first` and on of each sequence, whose pages are drawn from all pages there are.
    static Fill.Values slots(List<Double> p, Fill.Site site) {
        long page = Math.max(1, p.get(0).longValue());
        long first = p.get(1).longValue();
        long tokens = Math.max(1, p.get(2).longValue());
        long touched = (first + tokens - 1) / page - first / page + 1;
        Fill.Values pages = distinct(List.of(0.0, p.get(3) - 1), site);
        return index -> {
            long place = first + index % tokens;
            return pages.at(index / tokens * touched + place / page - first / page) * page + place % page;
        };
    }

    static Fill.Values dealt(long rows, Fill.Site site) {
        int groups = Math.toIntExact(site.spec().shape().elements());
        int busy = groups - groups / 8;
        Fill.Values order = distinct(List.of(0.0, groups - 1.0), site);
        Philox random = new Philox(site.tensorKey());
        long[] counts = new long[groups];
        for (long row = 0; row < rows && groups > 0; row++) {
            counts[(int) order.at((long) (random.uniform(row, 0) * busy))]++;
        }
        return index -> counts[(int) index];
    }

    static Fill.Values lognormal(List<Double> p, Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        double sigma = p.get(0);
        return index -> {
            double size = StrictMath.exp(sigma * Normal.quantile(random.uniform(index, 0)));
            return random.bits(index, 1) < 0 ? -size : size;
        };
    }

    /// Pairs as of `cancelling`, of lognormal numbers and their negatives, an eighth of them zeros. Their sum is zero;
    /// what comes out of the additions depends on their order.
    static Fill.Values annulling(Fill.Site site) {
        Fill.Along along = site.along();
        Fill.Values sizes = lognormal(List.of(1.5), site);
        int[] slot = permutation(along.length(), site.caseKey());
        int half = slot.length / 2;
        return index -> {
            int q = slot[(int) along.position(index)];
            if (q >= 2 * half || q % half >= Math.ceilDiv(half * 7, 8)) {
                return 0;
            }
            // Large enough that errors of f32 are normal numbers of f16.
            double first = 16 * sizes.at(along.moved(index, q < half ? q : q - half));
            return q < half ? first : -first;
        };
    }

    /// In slots q < n/2 a deviate, in slot q + n/2 its negative times (1 + 2^-6 N); slots are dealt out at random.
    static Fill.Values cancelling(Fill.Site site) {
        return paired(site, (first, noise) -> -first * (1 + 0x1p-6 * noise));
    }

    static Fill.Values repeating(Fill.Site site) {
        return paired(site, (first, noise) -> first);
    }

    private interface Second {
        double of(double first, double noise);
    }

    private static Fill.Values paired(Fill.Site site, Second second) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        int[] slot = permutation(along.length(), site.caseKey());
        int half = slot.length / 2;
        return index -> {
            int q = slot[(int) along.position(index)];
            boolean isSecond = q >= half && q < 2 * half;
            double first = Normal.quantile(random.uniform(along.moved(index, isSecond ? q - half : q), 0));
            return isSecond ? second.of(first, Normal.quantile(random.uniform(index, 1))) : first;
        };
    }

    /// Fisher and Yates' shuffle of 0 ... length-1.
    private static int[] permutation(long length, long key) {
        int[] order = new int[Math.toIntExact(length)];
        Philox random = new Philox(key);
        for (int i = 0; i < order.length; i++) {
            int j = (int) (random.uniform(i, 0) * (i + 1));
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    static Fill.Values outliers(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        long channels = Math.min(OUTLIER_CHANNELS, Math.ceilDiv(along.length(), 8L));
        Set<Long> hot = new HashSet<>();
        int[] order = permutation(Math.max(0, along.length()), site.caseKey());
        for (int i = 0; i < channels && i < order.length; i++) {
            hot.add((long) order[i]);
        }
        return index -> {
            double value = Normal.quantile(random.uniform(index, 0));
            return hot.contains(along.position(index)) ? OUTLIER_FACTOR * value : value;
        };
    }

    static Fill.Values tinyVariance(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        // Deviations whose variance is near the usual epsilon of 1e-5, far below it, nothing, and ordinary.
        double[] deviation = {3e-3, 1e-6, 0, 1};
        return index -> {
            long line = along.line(index);
            double centre = Normal.quantile(random.uniform(line, 1));
            return centre + deviation[(int) (line % deviation.length)] * Normal.quantile(random.uniform(index, 0));
        };
    }

    static Fill.Values peaky(List<Double> p, Fill.Site site) {
        return normal(List.of(0.0, p.get(0)), site);
    }

    static Fill.Values boundary(Fill.Site site) {
        return normal(List.of(0.0, 1.0), site);
    }

    /// Every position once in as many lines as there are positions, and then again from another start.
    static Fill.Values selection(Fill.Site site) {
        Fill.Along along = site.along();
        int[] order = permutation(along.length(), site.caseKey());
        return index -> {
            long line = along.line(index);
            long turn = Math.floorMod(Philox.mix(line / along.length()), along.length());
            int chosen = order[(int) ((line % along.length() + turn) % along.length())];
            return along.position(index) == chosen ? 1 : 0;
        };
    }

    static Fill.Values specials(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        DType dtype = site.spec().dtype();
        double ulpOfOne = dtype.ulp(1);
        // The last line of every cycle stays clean: one special value must not switch off the others' comparison.
        double[] special = {
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0,
            -0.0,
            dtype.minSubnormal(),
            -dtype.minSubnormal(),
            dtype.minNormal(),
            dtype.maxFinite(),
            -dtype.maxFinite(),
            1 + ulpOfOne,
            1 - ulpOfOne / 2
        };
        long shift = Long.remainderUnsigned(site.tensorKey(), special.length + 1);
        return index -> {
            long line = along.line(index);
            int kind = (int) ((line + shift) % (special.length + 1));
            boolean here = along.position(index) == (long) (random.uniform(line, 1) * along.length());
            return here && kind < special.length ? special[kind] : Normal.quantile(random.uniform(index, 0));
        };
    }

    /// The two positions along the sum that hold the large terms.
    private static long[] overflowPositions(Fill.Site site) {
        int[] order = permutation(site.along().length(), site.caseKey());
        return order.length < 2 ? new long[0] : new long[] {order[0], order[1]};
    }

    static Fill.Values overflow(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        long[] at = overflowPositions(site);
        DType dtype = site.spec().dtype();
        // Twice this overflows the type itself, but not the f32 in which a sum of narrower types is kept. It has six
        // bits, which every accumulator holds: all sums would err alike by what it rounds. And it lies close below a
        // power of two: in all lines the partial sums are large between the same two positions, in some orders in all
        // of the sum and not a third of it, as is usual; errors of √3 · 0.69 σ are not too large then (0.69: rms of a
        // rounding there, in units of its mean over all numbers).
        double near = 0.984375 * Math.scalb(1.0, Math.getExponent(dtype.maxFinite()) + 1);
        double large = dtype.maxFinite() < 1e6 ? Math.min(near, dtype.maxFinite()) : dtype.maxFinite() / 4;
        return index -> {
            long position = along.position(index);
            boolean here = at.length == 2 && (position == at[0] || position == at[1]);
            return here ? large : Normal.quantile(random.uniform(index, 0));
        };
    }

    static Fill.Values overflowPartner(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        long[] at = overflowPositions(site);
        return index -> {
            long position = along.position(index);
            if (at.length == 2 && position == at[0]) {
                return 2;
            }
            return at.length == 2 && position == at[1] ? -2 : Normal.quantile(random.uniform(index, 0));
        };
    }

    /// In f32 only 22 bits: kernels that split an operand into two narrow ones keep as many (Ootomo and Yokota, Int. J.
    /// High Perform. Comput. Appl. 36, 2022), and more are nowhere promised.
    static Fill.Values fullMantissa(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        DType dtype = site.spec().dtype();
        int bits = dtype == DType.F32 ? 21 : dtype.precision() - 1;
        double lowest = Math.scalb(1.0, -bits);
        return index -> {
            long code = random.bits(index, 0);
            double size = 1 + lowest * ((code >>> 1 & ((1L << bits) - 1)) | 1);
            return code < 0 ? -size : size;
        };
    }

    static Fill.Values oneHot(Fill.Site site) {
        Fill.Along along = site.along();
        // Lines that follow each other select different positions.
        int[] order = permutation(along.length(), site.caseKey());
        return index -> along.position(index) == order[(int) (along.line(index) % order.length)] ? 1 : 0;
    }

    /// The largest whole number whose square, `terms` times, stays within so many bits.
    private static long largestFor(double bits, Fill.Site site) {
        double square = Math.scalb(1.0, (int) bits) / Math.max(1, site.along().length());
        // Types of 53 bits take more to fill.
        long most = site.spec().dtype() == DType.F64 ? 1 << 20 : SMALL;
        return Math.clamp((long) Math.sqrt(square), 1, most);
    }

    static Fill.Values accumulator(List<Double> p, Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        long largest = largestFor(p.getFirst(), site);
        return index -> (random.bits(index, 1) < 0 ? -1 : 1) * (1 + (long) (random.uniform(index, 0) * largest));
    }

    /// The second half of a sum takes away what the first half adds, but for the terms at the ends: the rounding of a
    /// large result hides nothing that is lost on the way. One product has a quarter of the accumulator's range, so
    /// that short sums fill it too. It and the rest of a line are so small that `Σ|a| max|b|` is within the bits.
    ///
    /// The one recipe that is not shuffled: parts of a sum that lie together are its point.
    static Fill.Values partials(List<Double> p, Fill.Site site, boolean partner) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        int bits = p.getFirst().intValue();
        long half = Math.max(1, along.length() / 2);
        int right = bits * 7 / 24;
        double rest = Math.scalb(1.0, bits - 1 - right) / Math.max(1, along.length());
        boolean large = rest >= 1;
        long most = partner ? 1L << right : Math.clamp((long) rest, 1, SMALL);
        long largest = large ? most : largestFor(bits, site);
        double quarter = Math.scalb(1.0, partner ? right : bits - 2 - right);
        return index -> {
            long position = along.position(index);
            long place = position % half;
            double sign = partner && position >= half ? -1 : 1;
            if (place == 0 || position >= 2 * half) {
                return sign * (1 + (long) (random.uniform(index, 0) * Math.min(3, largest)));
            }
            double size = 1 + (long) (random.uniform(along.line(index) * half + place, 1) * largest);
            return sign * (place == 1 && large ? quarter : size);
        };
    }

    /// The first half of the slots holds large numbers, the other half small ones.
    static Fill.Values ties(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        int[] slot = permutation(along.length(), site.caseKey());
        int large = (slot.length + 1) / 2;
        return index -> {
            long line = along.line(index);
            int mine = slot[(int) along.position(index)];
            int first = (int) (random.uniform(line, 1) * large);
            int second = large + (int) (random.uniform(line, 2) * (slot.length - large));
            return mine == first || mine == second ? 1 : 0;
        };
    }

    /// Large: whole numbers around 1.5 times 2^(p-1), whose ulp is 1. Small: up to 7.5, half a unit off a whole
    /// number or one ulp of their own beside it. In f32 both have 8 bits, which no kernel splits.
    static Fill.Values tiesPartner(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        int[] slot = permutation(along.length(), site.caseKey());
        int large = (slot.length + 1) / 2;
        DType dtype = site.spec().dtype();
        double half = Math.scalb(1.0, dtype.precision() - 1);
        DType own = dtype == DType.F32 ? DType.BF16 : dtype;
        double step = own.ulp(half);
        return index -> {
            long sign = random.bits(index, 1) < 0 ? -1 : 1;
            if (slot[(int) along.position(index)] < large) {
                return sign * (1.25 * half + step * Math.floor(random.uniform(index, 0) * half / 2 / step));
            }
            double middle = Math.floor(random.uniform(index, 0) * Math.min(8, half / 16)) + 0.5;
            double beside = Math.floor(random.uniform(index, 2) * 3) - 1;
            return sign * (middle + beside * own.ulp(middle));
        };
    }

    /// In f32 multiples of the smallest number of bf16, which kernels hold too that split operands.
    /// Each code of the type in turn, from a place and with a stride of the tensor's own, so that codes of several
    /// operands meet in ever other pairs. Of wider types half are random codes and half of everyday size.
    static Fill.Values codes(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        DType dtype = site.spec().dtype();
        if (dtype == DType.BOOL) {
            return index -> random.uniform(index, 0) < 0.5 ? 0 : 1;
        }
        if (dtype.bits() <= 16) {
            long mask = (1L << dtype.bits()) - 1;
            long stride = 2 * Long.remainderUnsigned(Philox.mix(site.tensorKey()), 64) + 1;
            return index -> dtype.decode((index * stride + site.tensorKey()) & mask);
        }
        long mask = -1L >>> (64 - dtype.bits());
        return index -> index % 2 == 0
                ? dtype.decode(random.bits(index, 0) & mask)
                : 8 * Normal.quantile(random.uniform(index, 0));
    }

    static Fill.Values subnormals(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        DType dtype = site.spec().dtype();
        double smallest = (dtype == DType.F32 ? DType.BF16 : dtype).minSubnormal();
        return index -> {
            double size = smallest * (1 + (long) (random.uniform(index, 0) * 7));
            return random.bits(index, 1) < 0 ? -size : size;
        };
    }

    static Fill.Values subnormalsPartner(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        double large = Math.scalb(1.0, site.spec().dtype().precision());
        return index -> {
            double size = (1 + (long) (random.uniform(index, 0) * 3)) * (along.line(index) % 2 == 0 ? 1 : large);
            return random.bits(index, 1) < 0 ? -size : size;
        };
    }

    static Fill.Values stagnating(List<Double> p, Fill.Site site) {
        Fill.Values signed = lognormal(p, site);
        return index -> Math.abs(signed.at(index));
    }

    static Fill.Values plusMinus(Fill.Site site) {
        Philox random = new Philox(site.tensorKey());
        Fill.Along along = site.along();
        int[] slot = permutation(along.length(), site.caseKey());
        int half = slot.length / 2;
        return index -> {
            double size = 0.25 * (1 + (long) (random.uniform(along.line(index), 1) * 15));
            int mine = slot[(int) along.position(index)];
            return mine < half ? size : mine < 2 * half ? -size : 0;
        };
    }
}
