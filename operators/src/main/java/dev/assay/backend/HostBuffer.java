package dev.assay.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Host memory in the role of device memory.
public final class HostBuffer implements Buffer {
    private static final long ALIGNMENT = 4096;

    private final Arena arena;
    private final MemorySegment memory;

    private HostBuffer(Arena arena, MemorySegment memory) {
        this.arena = arena;
        this.memory = memory;
    }

    /// Page-aligned and usable from any thread.
    @SuppressWarnings("MustBeClosedChecker") // the buffer owns the arena and closes it
    public static HostBuffer allocate(long bytes) {
        Arena arena = Arena.ofShared();
        return new HostBuffer(arena, arena.allocate(bytes, ALIGNMENT));
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
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
