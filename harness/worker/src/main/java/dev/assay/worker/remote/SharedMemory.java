package dev.assay.worker.remote;

import dev.assay.worker.Leftovers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Memory that two processes share: a file that both map, and whose name is gone as soon as both have done so.
///
/// Only the user can open it, and its name cannot be guessed.
final class SharedMemory implements AutoCloseable {
    /// Holds files in memory; a folder on a disk does as well, at the price of writing to it.
    static final Path MEMORY = Path.of("/dev/shm");

    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final int CHUNK = 1 << 20;

    private final Path path;
    private final Arena arena;
    private final MemorySegment memory;

    private SharedMemory(Path path, Arena arena, MemorySegment memory) {
        this.path = path;
        this.arena = arena;
        this.memory = memory;
    }

    /// Memory that is really there: a file with holes would end the process that touches one when the space is used
    /// up. Throws OutOfMemoryError if there is not enough.
    @SuppressWarnings("MustBeClosedChecker") // it owns the arena and closes it
    static SharedMemory create(long bytes) {
        Arena arena = Arena.ofShared();
        try {
            Path path = Files.createTempFile(folder(bytes), Leftovers.prefix(), "", PRIVATE);
            try (FileChannel file = FileChannel.open(path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE))) {
                ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(CHUNK, bytes));
                for (long at = 0; at < bytes; at += zeros.limit()) {
                    file.write(zeros.clear().limit((int) Math.min(CHUNK, bytes - at)));
                }
                return new SharedMemory(path, arena, file.map(MapMode.READ_WRITE, 0, bytes, arena));
            } catch (IOException e) {
                Files.deleteIfExists(path);
                throw e;
            }
        } catch (IOException e) {
            arena.close();
            OutOfMemoryError error = new OutOfMemoryError(
                    "no shared memory of " + bytes + " bytes: " + e.getMessage() + "; make room in " + MEMORY);
            error.initCause(e);
            throw error;
        }
    }

    private static Path folder(long bytes) throws IOException {
        if (Files.isDirectory(MEMORY) && Files.isWritable(MEMORY)) {
            FileStore store = Files.getFileStore(MEMORY);
            if (store.getUsableSpace() > bytes) {
                return MEMORY;
            }
        }
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    /// Maps what the other side created.
    @SuppressWarnings("MustBeClosedChecker") // it owns the arena and closes it
    static SharedMemory open(Path path, long bytes) throws IOException {
        try (FileChannel file = FileChannel.open(path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE))) {
            if (file.size() < bytes) {
                throw new IOException(path + " has " + file.size() + " bytes, not " + bytes);
            }
            Arena arena = Arena.ofShared();
            return new SharedMemory(path, arena, file.map(MapMode.READ_WRITE, 0, bytes, arena));
        }
    }

    Path path() {
        return path;
    }

    MemorySegment memory() {
        return memory;
    }

    /// Removes the name; the memory stays until both have let go of it.
    void forgetName() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
