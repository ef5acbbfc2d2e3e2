package dev.assay.tensor;

import java.lang.foreign.MemorySegment;

/// Pattern around and inside buffers that shows what a kernel wrote.
///
/// The bytes are a hash of their position and a seed, so that a kernel which copies a stretch of guard to another
/// place in it does not go unseen, and two runs with two seeds never agree by accident.
public final class GuardZone {
    private GuardZone() {}

    private static byte pattern(long position, long seed) {
        return (byte) (Philox.mix(position + seed * 0x9E37_79B9_7F4A_7C15L) >>> 56);
    }

    /// Writes the pattern over the whole segment.
    public static void fill(MemorySegment zone, long seed) {
        for (long i = 0; i < zone.byteSize(); i++) {
            zone.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i, pattern(i, seed));
        }
    }

    /// Offset of the first byte that no longer holds the pattern, or -1.
    public static long firstChange(MemorySegment zone, long seed) {
        for (long i = 0; i < zone.byteSize(); i++) {
            if (zone.get(java.lang.foreign.ValueLayout.JAVA_BYTE, i) != pattern(i, seed)) {
                return i;
            }
        }
        return -1;
    }
}
