package dev.assay.worker;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// What a process prints. It can be read as long as it is open, also when its file has lost its name.
final class Log implements Closeable {
    private static final int LAST_WORDS = 2000;

    private final Path path;
    private final RandomAccessFile file;

    /// Creates the file.
    Log(Path path) throws IOException {
        this.path = path;
        this.file = new RandomAccessFile(path.toFile(), "rw");
    }

    Path file() {
        return path;
    }

    /// The end of it, on one line; empty once it is closed.
    String lastWords() {
        try {
            long length = file.length();
            byte[] tail = new byte[(int) Math.min(LAST_WORDS, length)];
            file.seek(length - tail.length);
            file.readFully(tail);
            int start = 0;
            while (tail.length < length && start < tail.length && (tail[start] & 0xC0) == 0x80) {
                start++; // the rest of a character that the cut went through
            }
            return JvmWords.shortened(new String(tail, start, tail.length - start, StandardCharsets.UTF_8))
                    .strip()
                    .replaceAll("\\s*\\R\\s*", " | ");
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            // It was only read.
            return;
        }
    }
}
