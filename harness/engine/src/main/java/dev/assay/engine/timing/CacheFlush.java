package dev.assay.engine.timing;

import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.backend.HostBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Puts other data into the caches than a kernel's.
///
/// It writes a buffer of the backend that is larger than the caches: on a host through the processor, on a device
/// through the device's own cache, on the way to its memory.
public final class CacheFlush implements AutoCloseable {
    /// More than the largest second-level cache of a device sold today (NVIDIA B200: 126 MB).
    private static final long DEVICE_BYTES = 256L << 20;

    /// Caches that hold what was used last are full of other data after one cache size of it; those that choose at
    /// random keep a share of the old of at most e^-2.
    private static final int CACHES = 2;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment source;
    private final Buffer target;

    /// Allocates both ends.
    public CacheFlush(Backend backend) {
        long host = CACHES * CacheSize.lastLevel();
        Buffer small = backend.allocate(1);
        boolean onHost = small instanceof HostBuffer;
        small.close();
        long bytes = onHost ? host : Math.max(host, DEVICE_BYTES);
        this.source = arena.allocate(bytes, Long.BYTES);
        this.target = allocated(backend, bytes);
    }

    private Buffer allocated(Backend backend, long bytes) {
        try {
            return backend.allocate(bytes);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    long bytes() {
        return target.bytes();
    }

    void run() {
        target.write(0, source);
    }

    @Override
    public void close() {
        try {
            target.close();
        } finally {
            arena.close();
        }
    }
}
