package dev.assay.results;

import java.nio.charset.StandardCharsets;

/// 64 bits that stand for a text where millions of texts are held against each other: FNV-1a with the finalizer of
/// MurmurHash3.
///
/// Two different texts share one by chance once in 2^64. It is no protection against somebody who looks for two that
/// do; SHA-256 is for that.
public final class Fingerprint {
    /// From the reference of FNV (Fowler, Noll, Vo), 64 bits.
    private static final long BASIS = 0xcbf29ce484222325L;

    private static final long PRIME = 0x100000001b3L;

    private Fingerprint() {}

    public static long of(byte[] bytes, int from, int to) {
        long hash = BASIS;
        for (int i = from; i < to; i++) {
            hash = (hash ^ (bytes[i] & 0xFF)) * PRIME;
        }
        return mixed(hash);
    }

    /// Of texts in a row, each of them harmless as in a table.
    public static long of(String... texts) {
        long hash = BASIS;
        for (String text : texts) {
            byte[] bytes = CellText.harmless(text).getBytes(StandardCharsets.UTF_8);
            for (byte one : bytes) {
                hash = (hash ^ (one & 0xFF)) * PRIME;
            }
            hash = (hash ^ 0xFF) * PRIME;
        }
        return mixed(hash);
    }

    /// Of one more in a sequence.
    public static long then(long before, long next) {
        return mixed((before ^ next) * PRIME + 1);
    }

    private static long mixed(long hash) {
        long mixed = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }
}
