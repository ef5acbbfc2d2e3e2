package dev.assay.results;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/// How results get to the disk: whole files, written beside their place and moved into it.
///
/// Whatever moment a process is killed at, a file is the old one or the new one and never a part of either.
public final class Disk {
    /// Of a file that is not in its place yet.
    public static final String PART = ".part";

    private final Steps steps;

    /// Writes to the disk, and nothing else.
    public Disk() {
        this(path -> {});
    }

    /// For tests.
    ///
    /// @param steps is called before and after everything that changes the disk
    public Disk(Steps steps) {
        this.steps = steps;
    }

    /// Sees the disk as a process leaves it that is killed now.
    public interface Steps {
        void at(Path path) throws IOException;
    }

    /// What a file is made of.
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    public void write(Path file, String text) throws IOException {
        write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// Writes beside the file and moves it into place. Throws [StorageException] if that fails; the old file is there
    /// then.
    public void write(Path file, Content content) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + PART);
        try {
            steps.at(file);
            try (FileChannel channel = FileChannel.open(
                            beside,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING);
                    OutputStream out = new Stream(channel, beside)) {
                content.writeTo(out);
                // Some file systems rename at once and write later: after a power cut the file would be empty.
                channel.force(true);
            }
            move(beside, file);
        } catch (IOException e) {
            Files.deleteIfExists(beside);
            throw new StorageException(
                    file.getFileName() + " cannot be written: " + e.getMessage(), file.toString(), e);
        }
    }

    /// Moves a file over another, or a folder to where nothing is, in one step.
    public void move(Path from, Path to) throws IOException {
        steps.at(to);
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
        steps.at(to);
    }

    public void delete(Path file) throws IOException {
        steps.at(file);
        Files.deleteIfExists(file);
        steps.at(file);
    }

    /// Removes a folder with all that is in it, if it is there; what links point to stays.
    public void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path left, @org.jspecify.annotations.Nullable IOException e)
                    throws IOException {
                if (e != null) {
                    throw e;
                }
                delete(left);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /// Unbuffered: a test sees every piece that gets to the disk.
    private final class Stream extends OutputStream {
        private final FileChannel channel;
        private final Path path;

        Stream(FileChannel channel, Path path) {
            this.channel = channel;
            this.path = path;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            ByteBuffer left = ByteBuffer.wrap(bytes, from, length);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            steps.at(path);
        }
    }
}
