package dev.assay.backend;

import java.lang.foreign.MemorySegment;

/// A stretch of device memory. Offsets and lengths are any number of bytes.
public interface Buffer extends AutoCloseable {
    long bytes();

    /// Copies host memory to the device; complete when it returns.
    void write(long offset, MemorySegment from);

    /// Copies device memory to the host; complete when it returns.
    void read(long offset, MemorySegment to);

    @Override
    void close();
}
