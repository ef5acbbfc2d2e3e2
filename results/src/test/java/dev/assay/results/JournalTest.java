package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.assay.HarnessException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JournalTest {
    @TempDir
    Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("events.ndjson");
    }

    private void write(Journal journal) throws IOException {
        journal.note(Event.RUN_STARTED, Map.of("rows", "0", "device", "太初"));
        journal.caseFinished(TestRows.with(TestRows.passed("é"), "reason", "line\nbreak \uD83D\uDE00"));
        journal.timingFinished(TestRows.timed("é"), TestRows.sampled("é"));
        journal.caseFinished(TestRows.with(TestRows.passed("b"), "worstErrorRatio", Double.POSITIVE_INFINITY));
    }

    @Test
    void aScorecardStandsInTheLineOfItsCase() throws IOException {
        List<ScorecardRow> rows = new ArrayList<>(TestRows.scored("a"));
        rows.set(0, TestRows.with(rows.getFirst(), "measure", Double.NaN));
        try (Journal journal = Journal.open(file)) {
            journal.caseFinished(TestRows.passed("a"), rows);
            journal.caseFinished(TestRows.passed("b"));
        }
        List<Event> events = Journal.read(file);
        assertEquals(2, events.size());
        assertEquals(rows, events.getFirst().scorecard());
        assertNull(events.getLast().scorecard());
    }

    @Test
    void eventsReadBackInOrder() throws IOException {
        try (Journal journal = Journal.open(file)) {
            write(journal);
        }
        List<Event> events = Journal.read(file);
        assertEquals(
                List.of(Event.RUN_STARTED, Event.CASE_FINISHED, Event.TIMING_FINISHED, Event.CASE_FINISHED),
                events.stream().map(Event::type).toList());
        assertEquals(Map.of("rows", "0", "device", "太初"), events.get(0).facts());
        assertEquals(
                TestRows.with(TestRows.passed("é"), "reason", "line\nbreak \uD83D\uDE00"),
                events.get(1).row());
        assertEquals(TestRows.timed("é"), events.get(2).timings());
        assertEquals(TestRows.sampled("é"), events.get(2).samples());
        CaseRow last = events.get(3).row();
        assertNotNull(last);
        assertEquals(Double.POSITIVE_INFINITY, last.worstErrorRatio());
        events.forEach(event -> Instant.parse(event.at()));
        assertEquals(4, Files.readString(file).lines().count(), "one line each");
    }

    @Test
    void newJournalIsEmpty() throws IOException {
        try (Journal journal = Journal.open(file)) {
            assertEquals(file, journal.file());
        }
        assertEquals(List.of(), Journal.read(file));
    }

    @Test
    void openingAgainKeepsWhatIsThere() throws IOException {
        try (Journal journal = Journal.open(file)) {
            write(journal);
        }
        byte[] before = Files.readAllBytes(file);
        try (Journal journal = Journal.open(file)) {
            assertArrayEquals(before, Files.readAllBytes(file));
            journal.caseFinished(TestRows.passed("c"));
        }
        assertArrayEquals(before, Arrays.copyOf(Files.readAllBytes(file), before.length));
        assertEquals(5, Journal.read(file).size());
    }

    // A process may be killed, or the machine lose power, after any byte.
    @Test
    void whereverItIsCutOffAllWholeLinesSurviveAndMoreCanBeAppended() throws IOException {
        try (Journal journal = Journal.open(file)) {
            journal.note("é", Map.of("device", "太初"));
            journal.caseFinished(TestRows.with(TestRows.passed("é"), "reason", "line\nbreak \uD83D\uDE00"));
            journal.note("\uD83D\uDE00", Map.of());
        }
        byte[] whole = Files.readAllBytes(file);
        List<Event> all = Journal.read(file);
        for (int length = 0; length <= whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            int lines = lines(cut);
            Files.write(file, cut);
            assertEquals(all.subList(0, lines), Journal.read(file), "cut to " + length);
            assertArrayEquals(cut, Files.readAllBytes(file), "reading changes nothing");
            try (Journal journal = Journal.open(file)) {
                assertEquals(all.subList(0, lines), Journal.read(file));
                if (length % 7 == 0 || whole[Math.max(0, length - 1)] == '\n') {
                    journal.append(all.get(1));
                    assertEquals(lines + 1, Journal.read(file).size(), "cut to " + length);
                    assertEquals(all.get(1), Journal.read(file).getLast());
                }
            }
        }
    }

    // Some file systems fill what was not written yet with zeros.
    @Test
    void zerosAtTheEndAreAnUnfinishedLine() throws IOException {
        try (Journal journal = Journal.open(file)) {
            write(journal);
        }
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length + 100));
        assertEquals(4, Journal.read(file).size());
        try (Journal journal = Journal.open(file)) {
            journal.note("again", Map.of());
        }
        assertEquals(5, Journal.read(file).size());
    }

    private static int lines(byte[] bytes) {
        int lines = 0;
        for (byte one : bytes) {
            lines += one == '\n' ? 1 : 0;
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "[]",
                "7",
                "{}",
                "{\"at\":\"2026-11-22T00:00:00Z\"}",
                "{\"type\":\"run_started\"}",
                "{\"at\":null,\"type\":\"run_started\"}",
                "{\"at\":\"x\",\"type\":\"run_started\"} {}",
                "{\"at\":\"x\",\"type\":\"run_started\",\"colour\":1}",
                "{\"at\":\"x\",\"type\":\"run_started\",\"type\":\"run_started\"}",
                "{\"at\":\"x\",\"type\":\"case_finished\"}",
                "{\"at\":\"x\",\"type\":\"case_finished\",\"row\":{}}",
                "{\"at\":\"x\",\"type\":\"timing_finished\",\"timings\":[null]}",
                "{\"at\":\"x\",\"type\":\"note\",\"facts\":{\"a\":null}}",
                "\u0000\u0000\u0000"
            })
    void brokenLineInTheMiddleIsAnErrorThatNamesIt(String line) throws IOException {
        try (Journal journal = Journal.open(file)) {
            write(journal);
        }
        List<String> lines = Files.readAllLines(file);
        for (int at = 0; at <= lines.size(); at++) {
            String before = String.join("\n", lines.subList(0, at)) + (at == 0 ? "" : "\n");
            String after = String.join("\n", lines.subList(at, lines.size())) + "\n";
            Files.writeString(file, before + line + "\n" + (at == lines.size() ? "" : after));
            assertBroken(at + 1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = ';',
            value = {
                "\"verdict\":\"pass\"; \"verdict\":\"passed\"",
                "\"verdict\":\"pass\"; \"verdict\":null",
                "\"seed\":20260101; \"seed\":\"20260101\"",
                "\"seed\":20260101; \"seed\":null",
                "\"seed\":20260101,; ``",
                "\"suite\":\"smoke\"; \"suite\":null",
                "\"suite\":\"smoke\",; ``",
                "\"layer\":\"\",; ``",
                "\"mismatches\":0; \"mismatches\":0.5"
            })
    void brokenRowIsAnErrorThatNamesItsLine(String from, String to) throws IOException {
        try (Journal journal = Journal.open(file)) {
            journal.caseFinished(TestRows.passed("a"));
            journal.caseFinished(TestRows.passed("b"));
        }
        List<String> lines = Files.readAllLines(file);
        String changed = lines.get(1).replace(from, to);
        assertFalse(changed.equals(lines.get(1)), lines.get(1));
        Files.writeString(file, lines.get(0) + "\n" + changed + "\n" + lines.get(0) + "\n");
        HarnessException e = assertBroken(2);
        String field = from.substring(1, from.indexOf('"', 1));
        assertTrue(e.what().contains(field), e.what());
    }

    @Test
    void lineThatIsNoUtf8IsAnErrorThatNamesIt() throws IOException {
        try (Journal journal = Journal.open(file)) {
            write(journal);
        }
        byte[] whole = Files.readAllBytes(file);
        ByteArrayOutputStream broken = new ByteArrayOutputStream();
        broken.write(whole);
        broken.write("{\"at\":\"".getBytes(StandardCharsets.UTF_8));
        broken.write(0xE9);
        broken.write("\",\"type\":\"x\"}\n".getBytes(StandardCharsets.UTF_8));
        broken.write(whole);
        Files.write(file, broken.toByteArray());
        assertBroken(5);
    }

    private HarnessException assertBroken(int line) {
        HarnessException e = assertThrows(HarnessException.class, () -> Journal.read(file));
        assertEquals(file + ", line " + line, e.where(), e.getMessage());
        assertFalse(e.fix().isBlank());
        return e;
    }

    @Test
    void everyEventIsForcedToDiskBeforeItsAppendReturns() throws IOException {
        WatchedChannel channel = new WatchedChannel(file);
        try (Journal journal = new Journal(channel, file)) {
            for (int i = 1; i <= 3; i++) {
                journal.caseFinished(TestRows.passed("c" + i));
                assertEquals(i, channel.forced);
                assertEquals(channel.size(), channel.sizeWhenForced, "all of it");
            }
        }
    }

    @Test
    void eventIsWholeEvenIfTheDiskTakesItInPieces() throws IOException {
        WatchedChannel channel = new WatchedChannel(file);
        channel.mostAtOnce = 5;
        try (Journal journal = new Journal(channel, file)) {
            write(journal);
        }
        assertEquals(4, Journal.read(file).size());
    }

    @Test
    void fullDiskIsSaidClearlyAndLeavesWholeLinesOnly() throws IOException {
        WatchedChannel channel = new WatchedChannel(file);
        try (Journal journal = new Journal(channel, file)) {
            journal.caseFinished(TestRows.passed("a"));
            byte[] before = Files.readAllBytes(file);
            channel.room = 50;
            HarnessException e = assertThrows(HarnessException.class, () -> journal.caseFinished(TestRows.passed("b")));
            assertTrue(e.what().contains("No space left on device"), e.what());
            assertTrue(e.where().contains(file.toString()), e.where());
            assertTrue(e.fix().contains("--resume"), e.fix());
            assertArrayEquals(before, Files.readAllBytes(file));
            channel.room = Long.MAX_VALUE;
            journal.caseFinished(TestRows.passed("c"));
        }
        assertEquals(
                List.of("a", "c"),
                JournalState.of(Journal.read(file)).rows().stream()
                        .map(CaseRow::caseId)
                        .toList());
    }

    @Test
    void reallyFullDeviceIsSaidClearly() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "Linux has one");
        Files.createSymbolicLink(file, full);
        try (Journal journal = Journal.open(file)) {
            HarnessException e = assertThrows(HarnessException.class, () -> journal.caseFinished(TestRows.passed("a")));
            assertTrue(e.what().contains("No space left on device"), e.what());
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void linesOfSeveralThreadsDoNotMix() throws Exception {
        AtomicReference<IOException> failure = new AtomicReference<>();
        try (Journal journal = Journal.open(file)) {
            Thread[] threads = new Thread[4];
            for (int t = 0; t < threads.length; t++) {
                String name = "t" + t;
                threads[t] = Thread.ofPlatform().start(() -> {
                    try {
                        for (int i = 0; i < 20; i++) {
                            journal.caseFinished(TestRows.passed(name + "-" + i));
                        }
                    } catch (IOException e) {
                        failure.set(e);
                    }
                });
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertEquals(null, failure.get());
        assertEquals(80, JournalState.of(Journal.read(file)).rows().size());
    }

    @Test
    void twoAtATimeAreRefused(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("events.ndjson");
        try (Journal first = Journal.open(file)) {
            HarnessException thrown = assertThrows(HarnessException.class, () -> Journal.open(file));
            assertTrue(thrown.what().contains("at work"), thrown.what());
            first.note(Event.RUN_STARTED, Map.of());
        }
        Journal.open(file).close();
        assertEquals(1, Journal.read(file).size());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(file), left.toList());
        }
    }
}
