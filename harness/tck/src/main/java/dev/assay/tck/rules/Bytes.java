package dev.assay.tck.rules;

import dev.assay.backend.Buffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.SplittableRandom;

/// Bytes on their way to a device and back.
final class Bytes {
    private Bytes() {}

    static byte[] random(int count, long seed) {
        byte[] bytes = new byte[count];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    static void write(Buffer buffer, long offset, byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocate(Math.max(1, bytes.length)).asSlice(0, bytes.length);
            from.copyFrom(MemorySegment.ofArray(bytes));
            buffer.write(offset, from);
        }
    }

    /// The first byte that differs from what should be there, in words.
    static Optional<String> differs(Buffer buffer, long offset, byte[] expected) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(Math.max(1, expected.length)).asSlice(0, expected.length);
            buffer.read(offset, into);
            long at = into.mismatch(MemorySegment.ofArray(expected));
            return at < 0 ? Optional.empty() : Optional.of("byte " + (offset + at) + " of " + buffer.bytes());
        }
    }
}
