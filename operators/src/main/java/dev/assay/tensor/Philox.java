package dev.assay.tensor;

/// Counter-based random numbers: any one can be had alone, on any machine, in any order.
///
/// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
/// Known-answer
/// vectors of its authors are in the tests.
public final class Philox {
    private static final int MULTIPLIER_0 = 0xD251_1F53;
    private static final int MULTIPLIER_1 = 0xCD9E_8D57;
    private static final int WEYL_0 = 0x9E37_79B9;
    private static final int WEYL_1 = 0xBB67_AE85;
    private static final int ROUNDS = 10;

    private final int key0;
    private final int key1;

    public Philox(long key) {
        this.key0 = (int) key;
        this.key1 = (int) (key >>> 32);
    }

    /// One block of 128 bits: two longs, written to `into[0]` and `into[1]`.
    public void block(long counterLow, long counterHigh, long[] into) {
        int c0 = (int) counterLow;
        int c1 = (int) (counterLow >>> 32);
        int c2 = (int) counterHigh;
        int c3 = (int) (counterHigh >>> 32);
        int k0 = key0;
        int k1 = key1;
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = (MULTIPLIER_0 & 0xFFFF_FFFFL) * (c0 & 0xFFFF_FFFFL);
            long p1 = (MULTIPLIER_1 & 0xFFFF_FFFFL) * (c2 & 0xFFFF_FFFFL);
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        into[0] = (c0 & 0xFFFF_FFFFL) | ((long) c1 << 32);
        into[1] = (c2 & 0xFFFF_FFFFL) | ((long) c3 << 32);
    }

    /// The 64 random bits that belong to `index`; `stream` tells apart several numbers for one index.
    public long bits(long index, int stream) {
        long[] block = new long[2];
        block(index >>> 1, stream, block);
        return block[(int) (index & 1)];
    }

    /// Uniform in the open interval (0, 1): an odd multiple of 2^-53.
    public double uniform(long index, int stream) {
        return toUnit(bits(index, stream));
    }

    static double toUnit(long bits) {
        return ((bits >>> 12) + 0.5) * 0x1p-52;
    }

    /// A well-mixed hash of one long (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
    public static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return z ^ (z >>> 31);
    }
}
