package dev.assay.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Host memory in the role of device memory.
public final class HostBuffer implements Buffer {
    private static final long ALIGNMENT = 4096;

    private final Optional<Arena> arena;
    private final MemorySegment memory;
    private boolean closed;

    private HostBuffer(Optional<Arena> arena, MemorySegment memory) {
        this.arena = arena;
        this.memory = memory;
    }

    /// Page-aligned and usable from any thread.
    @SuppressWarnings("MustBeClosedChecker") // the buffer owns the arena and closes it
    public static HostBuffer allocate(long bytes) {
        Arena arena = Arena.ofShared();
        return new HostBuffer(Optional.of(arena), arena.allocate(bytes, ALIGNMENT));
    }

    /// Memory that somebody else owns, such as a file that is mapped; closing the buffer leaves it alone.
    public static HostBuffer over(MemorySegment memory) {
        return new HostBuffer(Optional.empty(), memory);
    }

    public MemorySegment memory() {
        return memory;
    }

    @Override
    public long bytes() {
        return memory.byteSize();
    }

    @Override
    public void write(long offset, MemorySegment from) {
        MemorySegment.copy(from, 0, memory, offset, from.byteSize());
    }

    @Override
    public void read(long offset, MemorySegment to) {
        MemorySegment.copy(memory, offset, to, 0, to.byteSize());
    }

    /// Twice does no harm; reading and writing after it throws IllegalStateException.
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arena.ifPresent(Arena::close);
        }
    }
}
