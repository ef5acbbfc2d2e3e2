package dev.assay.worker.remote;

import dev.assay.backend.Buffer;
import dev.assay.worker.remote.SharedPool.Mapped;
import java.lang.foreign.MemorySegment;

/// A buffer in the memory of a device: the worker copies it from and to memory that both sides share.
final class DeviceBuffer implements Buffer {
    private static final long LARGEST_COPY = 64L << 20;

    private final Session session;
    private final SharedPool pool;
    private final long handle;
    private final long bytes;
    private boolean closed;

    DeviceBuffer(Session session, SharedPool pool, long bytes) {
        this.session = session;
        this.pool = pool;
        this.bytes = bytes;
        Fields reply = session.ask("allocate", Wire.object().put("bytes", bytes));
        this.handle = session.understood(() -> {
            long buffer = reply.integer("buffer", 1);
            reply.nothingElse();
            return buffer;
        });
    }

    long handle() {
        return handle;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void write(long offset, MemorySegment from) {
        inParts(from.byteSize(), (at, count, staging) -> {
            MemorySegment.copy(from, at, staging.shared().memory(), 0, count);
            copy("write", "from", offset + at, count, staging);
        });
    }

    @Override
    public void read(long offset, MemorySegment to) {
        inParts(to.byteSize(), (at, count, staging) -> {
            copy("read", "to", offset + at, count, staging);
            MemorySegment.copy(staging.shared().memory(), 0, to, at, count);
        });
    }

    /// Copies one part.
    private interface Part {
        void copy(long at, long count, Mapped staging);
    }

    private void inParts(long length, Part part) {
        if (length == 0) {
            return;
        }
        Mapped staging = pool.take(Math.min(length, LARGEST_COPY));
        try {
            for (long at = 0; at < length; at += LARGEST_COPY) {
                part.copy(at, Math.min(LARGEST_COPY, length - at), staging);
            }
        } finally {
            pool.giveBack(staging);
        }
    }

    private void copy(String type, String role, long offset, long count, Mapped staging) {
        Fields reply = session.ask(
                type,
                Wire.object()
                        .put("buffer", handle)
                        .put("offset", offset)
                        .put(role, staging.handle())
                        .put(role + "_offset", 0)
                        .put("bytes", count));
        session.understood(() -> {
            reply.nothingElse();
            return handle;
        });
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            pool.release(handle);
        }
    }
}
