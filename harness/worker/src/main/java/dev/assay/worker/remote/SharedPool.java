package dev.assay.worker.remote;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Shared memory that is handed out again after it was given back: both sides have mapped and touched it already.
final class SharedPool implements AutoCloseable {
    /// What lies idle beyond this is returned to the system.
    private static final long MOST_IDLE = 2L << 30;

    private static final long PAGE = 4096;

    private final Session session;
    private final NavigableMap<Long, Deque<Mapped>> idle = new TreeMap<>();
    private long idleBytes;
    private boolean closed;

    /// Shared memory under its handle.
    record Mapped(SharedMemory shared, long handle) {
        long capacity() {
            return shared.memory().byteSize();
        }
    }

    SharedPool(Session session) {
        this.session = session;
    }

    /// At least so many bytes, with anything in them.
    Mapped take(long bytes) {
        long capacity = capacity(bytes);
        Deque<Mapped> fitting = idle.get(capacity);
        if (fitting != null && !fitting.isEmpty()) {
            idleBytes -= capacity;
            return fitting.pop();
        }
        return map(capacity);
    }

    /// Sizes are rounded up to eighths of a power of two, so that similar ones share memory.
    private static long capacity(long bytes) {
        long step = Math.max(PAGE, Long.highestOneBit(Math.max(1, bytes)) / 8);
        return Math.ceilDiv(bytes, step) * step;
    }

    private Mapped map(long bytes) {
        SharedMemory shared = SharedMemory.create(bytes);
        try {
            Fields reply = session.ask(
                    "map", Wire.object().put("path", shared.path().toString()).put("bytes", bytes));
            return session.understood(() -> {
                long handle = reply.integer("buffer", 1);
                reply.nothingElse();
                return new Mapped(shared, handle);
            });
        } catch (RuntimeException | Error e) {
            shared.close();
            throw e;
        } finally {
            shared.forgetName();
        }
    }

    void giveBack(Mapped mapped) {
        if (closed || session.isLost() || idleBytes + mapped.capacity() > MOST_IDLE) {
            release(mapped.handle());
            mapped.shared().close();
            return;
        }
        idle.computeIfAbsent(mapped.capacity(), capacity -> new ArrayDeque<>()).push(mapped);
        idleBytes += mapped.capacity();
    }

    /// Tells the worker that a kernel, launch or buffer is no longer needed; one that is gone needs nothing.
    void release(long handle) {
        if (!closed && !session.isLost()) {
            Fields reply = session.ask("release", Wire.object().put("handle", handle));
            session.understood(() -> {
                reply.nothingElse();
                return handle;
            });
        }
    }

    /// Lets go of what lies idle; the worker's side of it ends with the worker.
    @Override
    public void close() {
        closed = true;
        for (Map.Entry<Long, Deque<Mapped>> each : idle.entrySet()) {
            each.getValue().forEach(mapped -> mapped.shared().close());
        }
        idle.clear();
        idleBytes = 0;
    }
}
