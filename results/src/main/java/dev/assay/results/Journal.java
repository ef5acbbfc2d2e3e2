package dev.assay.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.HarnessException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
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
    private static final ObjectMapper MAPPER = Json.STRICT
            .copy()
            .disable(com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

    private final FileChannel channel;
    private final Path file;

    private Journal(FileChannel channel, Path file) {
        this.channel = channel;
        this.file = file;
    }

    /// Opens a journal for more lines; a cut-off last line is removed.
    public static Journal open(Path file) throws IOException {
        if (Files.exists(file)) {
            truncateToWholeLines(file);
        }
        return new Journal(
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
                file);
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

    /// Appends one event and waits until it is on disk.
    public synchronized void append(Event event) throws IOException {
        byte[] line;
        try {
            line = (MAPPER.writeValueAsString(event) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("our own events can be written", e);
        }
        ByteBuffer bytes = ByteBuffer.wrap(line);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(false);
    }

    public void note(String type, Map<String, String> facts) throws IOException {
        append(new Event(now(), type, null, null, null, facts));
    }

    public void caseFinished(CaseRow row) throws IOException {
        append(new Event(now(), Event.CASE_FINISHED, row, null, null, null));
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
        String text = Files.readString(file, StandardCharsets.UTF_8);
        int line = 0;
        for (int from = 0; from < text.length(); ) {
            int end = text.indexOf('\n', from);
            if (end < 0) {
                break;
            }
            line++;
            try {
                events.add(MAPPER.readValue(text.substring(from, end), Event.class));
            } catch (JsonProcessingException e) {
                throw new HarnessException(
                        "the journal holds what is no event: " + e.getOriginalMessage(),
                        file + ", line " + line,
                        "remove that line by hand if you know why it is there; it is not skipped silently",
                        e);
            }
            from = end + 1;
        }
        return events;
    }

    public Path file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
