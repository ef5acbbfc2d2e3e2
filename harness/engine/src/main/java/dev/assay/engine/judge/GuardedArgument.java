package dev.assay.engine.judge;

import dev.assay.backend.Argument;
import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.tensor.GuardZone;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// A tensor in device memory with guard zones on both sides.
///
/// The tensor starts at an odd multiple of the alignment that the device declares, so that a kernel which needs more
/// shows it.
public final class GuardedArgument implements AutoCloseable {
    private static final long ZONE = 4096;
    private static final long CHUNK = 16 << 20;

    private final Buffer buffer;
    private final Argument argument;
    private final long bytes;
    private final long front;
    private final long back;

    /// Allocates it.
    ///
    /// @param aligned whether to start at an even multiple instead, for timing: a page, if the alignment
    ///     divides one
    public GuardedArgument(Backend backend, TensorSpec spec, boolean aligned) {
        long alignment = backend.device().alignment(spec.dtype());
        this.bytes = spec.byteSize();
        // An even multiple, whatever the alignment is: devices may ask for 96 bytes.
        long even = Math.ceilDiv(ZONE, 2 * alignment) * 2 * alignment;
        this.front = aligned ? even : even + alignment;
        this.back = ZONE;
        long needed = front + bytes + back;
        this.buffer = DeviceCall.required(backend.allocate(needed), "allocate()");
        if (buffer.bytes() < needed) {
            throw new IllegalStateException(
                    "allocate(" + needed + ") answered a buffer of " + buffer.bytes() + " bytes");
        }
        this.argument = new Argument(buffer, front, spec);
    }

    public Argument argument() {
        return argument;
    }

    /// Writes the pattern into both zones.
    public void guard(long seed) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zone = arena.allocate(Math.max(front, back));
            GuardZone.fill(zone.asSlice(0, front), seed);
            buffer.write(0, zone.asSlice(0, front));
            GuardZone.fill(zone.asSlice(0, back), seed + 1);
            buffer.write(front + bytes, zone.asSlice(0, back));
        }
    }

    /// Where the zones were written to, in words.
    public Optional<String> damage(long seed) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zone = arena.allocate(Math.max(front, back));
            buffer.read(0, zone.asSlice(0, front));
            long before = GuardZone.firstChange(zone.asSlice(0, front), seed);
            if (before >= 0) {
                return Optional.of("wrote " + (front - before) + " bytes before its start");
            }
            buffer.read(front + bytes, zone.asSlice(0, back));
            long behind = GuardZone.firstChange(zone.asSlice(0, back), seed + 1);
            return behind >= 0 ? Optional.of("wrote " + (behind + 1) + " bytes behind its end") : Optional.empty();
        }
    }

    /// Copies the tensor's bytes to the device.
    public void write(MemorySegment from) {
        if (bytes > 0) {
            buffer.write(front, from.asSlice(0, bytes));
        }
    }

    /// Copies the tensor's bytes from the device.
    public void read(MemorySegment to) {
        if (bytes > 0) {
            buffer.read(front, to.asSlice(0, bytes));
        }
    }

    /// Offset of the first byte that differs from `expected`, or -1.
    public long firstDifference(MemorySegment expected) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(Math.max(1, Math.min(CHUNK, bytes)));
            for (long at = 0; at < bytes; at += CHUNK) {
                long count = Math.min(CHUNK, bytes - at);
                MemorySegment part = chunk.asSlice(0, count);
                buffer.read(front + at, part);
                long difference = part.mismatch(expected.asSlice(at, count));
                if (difference >= 0) {
                    return at + difference;
                }
            }
            return -1;
        }
    }

    @Override
    public void close() {
        buffer.close();
    }
}
