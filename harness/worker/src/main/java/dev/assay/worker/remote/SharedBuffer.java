package dev.assay.worker.remote;

import dev.assay.backend.Buffer;
import dev.assay.worker.remote.SharedPool.Mapped;
import java.lang.foreign.MemorySegment;

/// A buffer that lies in memory which both sides share: nothing is sent when it is written or read.
final class SharedBuffer implements Buffer {
    private final SharedPool pool;
    private final Mapped mapped;
    private final MemorySegment memory;
    private boolean closed;

    SharedBuffer(SharedPool pool, long bytes) {
        this.pool = pool;
        this.mapped = pool.take(bytes);
        this.memory = mapped.shared().memory().asSlice(0, bytes);
    }

    long handle() {
        return mapped.handle();
    }

    @Override
    public long bytes() {
        return memory.byteSize();
    }

    @Override
    public void write(long offset, MemorySegment from) {
        check();
        MemorySegment.copy(from, 0, memory, offset, from.byteSize());
    }

    @Override
    public void read(long offset, MemorySegment to) {
        check();
        MemorySegment.copy(memory, offset, to, 0, to.byteSize());
    }

    private void check() {
        if (closed) {
            throw new IllegalStateException("the buffer is closed");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            pool.giveBack(mapped);
        }
    }
}
