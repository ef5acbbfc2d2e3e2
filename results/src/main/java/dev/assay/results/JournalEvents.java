package dev.assay.results;

import dev.assay.HarnessException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The events of a journal, one at a time; memory is bounded by one of them.
public final class JournalEvents implements Closeable {
    /// Of a line, in bytes: an event with all the samples of a case.
    private static final int LONGEST = 64 << 20;

    private final Path file;
    private final LineReader lines;
    private @Nullable Event event;
    private boolean isCutOff;

    public JournalEvents(Path file) throws IOException {
        this.file = file;
        this.lines = new LineReader(Files.newInputStream(file), LONGEST);
    }

    /// Goes to the next event; false after the last whole line. Throws [HarnessException] with file and line for what
    /// is no event; after that it goes on behind it.
    public boolean advance() throws IOException {
        event = null;
        if (!lines.advance()) {
            return false;
        }
        if (!lines.isWhole()) {
            isCutOff = true;
            return false;
        }
        if (lines.isTooLong()) {
            throw new HarnessException(
                    "the journal holds a line of more than " + LONGEST + " bytes",
                    file + ", line " + lines.number(),
                    "remove it by hand if you know why it is there");
        }
        event = Journal.event(Arrays.copyOfRange(lines.bytes(), lines.from(), lines.to()), file, lines.number());
        return true;
    }

    /// The event that [#advance] went to. Throws IllegalStateException if there is none.
    public Event event() {
        Event current = event;
        if (current == null) {
            throw new IllegalStateException("no event: advance() was not called, or did not return true");
        }
        return current;
    }

    public long line() {
        return lines.number();
    }

    /// Whether the last line is not whole, as a process leaves it that is killed while it writes.
    public boolean isCutOff() {
        return isCutOff;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
