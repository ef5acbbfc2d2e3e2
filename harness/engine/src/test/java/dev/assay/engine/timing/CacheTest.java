package dev.assay.engine.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.Kernel;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTest {
    @Test
    void theLargestCacheCounts(@TempDir Path folder) throws IOException {
        String[] sizes = {"48K", "32K", "1024K", "32768K"};
        for (int i = 0; i < sizes.length; i++) {
            Path cache = Files.createDirectory(folder.resolve("index" + i));
            Files.writeString(cache.resolve("size"), sizes[i] + "\n");
        }
        Files.writeString(folder.resolve("uevent"), "");
        assertEquals(32L << 20, CacheSize.largest(folder));
        Files.writeString(folder.resolve("index3").resolve("size"), "2M");
        assertEquals(2L << 20, CacheSize.largest(folder));
        Files.writeString(folder.resolve("index3").resolve("size"), "unknown");
        assertEquals(1L << 20, CacheSize.largest(folder));
    }

    @Test
    void whereNothingIsToldTheCacheIsTakenForLarge(@TempDir Path folder) throws IOException {
        assertEquals(64L << 20, CacheSize.largest(folder.resolve("none")));
        assertEquals(64L << 20, CacheSize.largest(folder));
        Files.writeString(Files.createDirectory(folder.resolve("index0")).resolve("size"), "many");
        assertEquals(0, CacheSize.largest(folder));
    }

    /// Writes to it are written down instead.
    private static final class DeviceMemory implements Buffer {
        private final long bytes;
        private final List<String> log;

        DeviceMemory(long bytes, List<String> log) {
            this.bytes = bytes;
            this.log = log;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public void write(long offset, MemorySegment from) {
            log.add("write " + offset + " " + from.byteSize());
        }

        @Override
        public void read(long offset, MemorySegment to) {}

        @Override
        public void close() {
            log.add("close " + bytes);
        }
    }

    private record Memory(List<String> log, boolean onHost) implements Backend {
        @Override
        public DeviceInfo device() {
            return DeviceInfo.named("test");
        }

        @Override
        public Support supports(Call call) {
            return Support.no("memory only");
        }

        @Override
        public Kernel prepare(Call call) {
            throw new UnsupportedCallException("memory only");
        }

        @Override
        public Buffer allocate(long bytes) {
            return onHost ? Backend.super.allocate(bytes) : new DeviceMemory(bytes, log);
        }

        @Override
        public void close() {}
    }

    @Test
    void aDevicesCacheIsFlushedThroughItsOwnMemory() {
        List<String> log = new ArrayList<>();
        long bytes;
        try (CacheFlush flush = new CacheFlush(new Memory(log, false))) {
            flush.run();
            bytes = flush.bytes();
        }
        assertTrue(bytes >= 256L << 20 && bytes > CacheSize.lastLevel(), bytes + " bytes");
        assertEquals(List.of("close 1", "write 0 " + bytes, "close " + bytes), log);
    }

    @Test
    void onAHostTwiceTheLastCacheIsWritten() {
        try (CacheFlush flush = new CacheFlush(new Memory(List.of(), true))) {
            assertEquals(2 * CacheSize.lastLevel(), flush.bytes());
            flush.run();
            assertFalse(flush.bytes() == 0);
        }
    }
}
