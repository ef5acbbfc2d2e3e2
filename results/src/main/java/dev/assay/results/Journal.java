package dev.assay.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.HarnessException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The journal of a run: one JSON object per line, on disk before the next case starts.
///
/// A process that is killed leaves at most one unfinished last line, which is cut off when the run is resumed.
public final class Journal implements Closeable {
    private static final ObjectMapper MAPPER =
            Json.FILES.copy().disable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);
    private static final String FIX =
            "remove that line by hand if you know why it is there; it is not skipped silently";

    private final FileChannel channel;
    private final Path file;
    private final Closeable lock;

    /// For tests: over any channel.
    Journal(FileChannel channel, Path file) {
        this(channel, file, () -> {});
    }

    private Journal(FileChannel channel, Path file, Closeable lock) {
        this.channel = channel;
        this.file = file;
        this.lock = lock;
    }

    /// Opens a journal for more lines; a cut-off last line is removed, and a finished run is unfinished again.
    /// Throws [HarnessException] while another process, or this one, has it open, and for results that never
    /// had one.
    public static Journal open(Path file) throws IOException {
        Closeable lock = lock(file);
        try {
            reopen(file);
            if (Files.exists(file)) {
                truncateToWholeLines(file);
            }
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            return new Journal(channel, file, lock);
        } catch (IOException | HarnessException e) {
            lock.close();
            throw e;
        }
    }

    /// A file beside the journal is locked and not the journal itself: the system drops a process's lock when it
    /// closes any of its channels to that file, which every reading does. It drops it too when the process dies.
    private static Closeable lock(Path file) throws IOException {
        Path beside = file.resolveSibling("." + file.getFileName() + ".lock");
        FileChannel channel = FileChannel.open(beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return () -> {
                    Files.deleteIfExists(beside);
                    channel.close();
                };
            }
        } catch (OverlappingFileLockException e) {
            // This process itself; refused below.
        }
        channel.close();
        throw new HarnessException(
                "somebody is at work on this run", file.toString(), "wait until it has ended, or stop it first");
    }

    private static void reopen(Path file) throws IOException {
        Path sums = file.resolveSibling(RunFolder.SUMS);
        if (!Files.exists(sums)) {
            return;
        }
        if (!Files.exists(file)) {
            throw new HarnessException(
                    "these results were merged or published; there is no journal to go on with",
                    file.toString(),
                    "go on with the run that they were made from");
        }
        // First of all: sums that no longer fit must not be there at any time.
        Files.delete(sums);
    }

    private static void truncateToWholeLines(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            long end = channel.size();
            while (end > 0) {
                one.clear();
                channel.read(one, end - 1);
                if (one.get(0) == '\n') {
                    break;
                }
                end--;
            }
            channel.truncate(end);
        }
    }

    /// Appends one event and waits until it is on disk. Throws [HarnessException] if it cannot be written; then
    /// nothing of it is there.
    public synchronized void append(Event event) throws IOException {
        byte[] line;
        try {
            line = (MAPPER.writeValueAsString(event) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("our own events can be written", e);
        }
        long before = channel.size();
        try {
            ByteBuffer bytes = ByteBuffer.wrap(line);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(false);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            takeBack(before, e);
            throw new StorageException("the journal cannot be written: " + e.getMessage(), file.toString(), e);
        }
    }

    /// Removes the beginning of a line that could not be finished: the next one must not continue it.
    private void takeBack(long size, IOException cause) {
        try {
            if (channel.size() > size) {
                channel.truncate(size);
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    public void note(String type, Map<String, String> facts) throws IOException {
        append(new Event(now(), type, null, null, null, facts));
    }

    public void caseFinished(CaseRow row) throws IOException {
        caseFinished(row, List.of());
    }

    /// Both in one line, so that neither is there without the other.
    ///
    /// @param scorecard empty if no criterion was asked
    public void caseFinished(CaseRow row, List<ScorecardRow> scorecard) throws IOException {
        append(new Event(now(), Event.CASE_FINISHED, row, null, null, scorecard, null));
    }

    public void timingFinished(List<TimingRow> timings, List<SampleRow> samples) throws IOException {
        append(new Event(now(), Event.TIMING_FINISHED, null, timings, samples, null));
    }

    private static String now() {
        return Instant.now().toString();
    }

    /// All whole lines so far. Throws [HarnessException] with file and line for one that cannot be read.
    public static List<Event> read(Path file) throws IOException {
        List<Event> events = new ArrayList<>();
        try (JournalEvents lines = new JournalEvents(file)) {
            while (lines.advance()) {
                events.add(lines.event());
            }
        }
        return events;
    }

    /// Throws [HarnessException] for a line that is no event.
    static Event event(byte[] line, Path file, long number) {
        // Decoded line by line, for an unfinished last one may end within a character.
        String text = Utf8.decode(line, file, number, FIX);
        try {
            Event event = MAPPER.readValue(text, Event.class);
            if (event != null) {
                return event;
            }
        } catch (JsonProcessingException e) {
            throw new HarnessException(
                    "the journal holds what is no event: " + Json.problem(e), file + ", line " + number, FIX, e);
        }
        throw new HarnessException("the journal holds what is no event: null", file + ", line " + number, FIX);
    }

    public Path file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        lock.close();
    }
}
