package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.QuoteMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvRowsTest {
    private static final CsvTable<CaseRow> CASES = new CsvTable<>(CaseRow.class);
    private static final CsvTable<SampleRow> SAMPLES = new CsvTable<>(SampleRow.class);

    @TempDir
    Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("cases.csv"), text);
    }

    @Test
    void rowsComeOneByOneWithTheirLines() throws IOException {
        List<CaseRow> all = List.of(TestRows.passed("a"), TestRows.passed("b"), TestRows.passed("c"));
        try (CsvRows<CaseRow> rows = CASES.open(file(CASES.format(all)))) {
            assertThrows(IllegalStateException.class, rows::row, "nothing was asked for yet");
            for (int i = 0; i < all.size(); i++) {
                assertTrue(rows.advance());
                assertEquals(all.get(i), rows.row());
                assertEquals(i + 2, rows.line());
            }
            assertFalse(rows.advance());
            assertFalse(rows.advance(), "nor later");
            assertThrows(IllegalStateException.class, rows::row);
        }
    }

    @Test
    void everyWrongRowIsSaidAndTheOthersAreRead() throws IOException {
        List<String> lines =
                new ArrayList<>(CASES.format(List.of(TestRows.passed("a"), TestRows.passed("b"), TestRows.passed("c")))
                        .lines()
                        .toList());
        lines.set(2, lines.get(2).replace(",pass,", ",passed,"));
        lines.add(lines.get(3));
        lines.add(lines.get(1));
        lines.add("x");
        List<String> read = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        Path file = file(String.join("\n", lines));
        try (CsvRows<CaseRow> rows = CASES.open(file)) {
            boolean more = true;
            while (more) {
                try {
                    more = rows.advance();
                    read.add(more ? rows.row().caseId() : "end");
                } catch (HarnessException e) {
                    refused.add(e.where().replaceAll(".*, ", "") + ": " + e.what());
                }
            }
        }
        assertEquals(List.of("a", "c", "end"), read);
        assertEquals(4, refused.size(), refused.toString());
        assertEquals("line 3: column verdict holds 'passed'", refused.get(0));
        assertTrue(refused.get(1).startsWith("line 5: the key stands in line 4 already: RowKey["), refused.get(1));
        assertTrue(refused.get(2).startsWith("line 6: the order of the rows"), refused.get(2));
        assertEquals("line 7: the last line has no end: the file was cut off", refused.get(3));
    }

    @Test
    void twoRowsOfOneKeyAndPartAreRefused() throws IOException {
        SampleRow other = TestRows.with(TestRows.SAMPLE, "value", 7.5);
        String line = SAMPLES.line(TestRows.SAMPLE);
        Path file = file(SAMPLES.format(List.of(TestRows.SAMPLE)) + SAMPLES.line(other));
        HarnessException e = assertThrows(HarnessException.class, () -> SAMPLES.read(file));
        assertEquals(file + ", line 3", e.where());
        assertTrue(e.what().contains("line 2 already"), e.what());
        assertTrue(e.what().contains("run/jmh/0/0/0"), e.what());
        assertTrue(line.endsWith("\n"), line);
    }

    @Test
    void headerThatIsWrongEndsTheReading() throws IOException {
        try (CsvRows<CaseRow> rows = CASES.open(file("suite\nx\n"))) {
            assertThrows(HarnessException.class, rows::advance);
            assertFalse(rows.advance());
        }
    }

    @Test
    void byteOrderMarkIsNamed() throws IOException {
        Path file = file("\uFEFF" + CASES.format(List.of(TestRows.PASSED)));
        HarnessException e = assertThrows(HarnessException.class, () -> CASES.read(file));
        assertEquals(file + ", line 1", e.where());
        assertTrue(e.what().contains("byte order mark"), e.what());
    }

    @Test
    void longCellIsRefusedWithItsColumnAndCutInTheMessage() throws IOException {
        String text = CASES.format(List.of(TestRows.PASSED));
        for (int length : new int[] {4001, 65536, 65537}) {
            Path file = file(text.replace(",Acme One,", "," + "x".repeat(length) + ","));
            HarnessException e = assertThrows(HarnessException.class, () -> CASES.read(file));
            assertEquals(file + ", line 2", e.where());
            assertTrue(e.what().contains("column device"), e.what());
            assertTrue(e.what().contains("" + length), e.what());
            assertTrue(e.getMessage().length() < 500, e.getMessage());
        }
    }

    // Ten million bytes; what is kept of them is one buffer.
    @Test
    void hugeCellIsRefusedWithItsLineAndTheNextRowIsRead() throws IOException {
        String text = CASES.format(List.of(TestRows.passed("a"), TestRows.passed("b"), TestRows.passed("c")));
        String huge = "x".repeat(10 << 20);
        Path file = file(text.replace(",b,", "," + huge + ","));
        try (CsvRows<CaseRow> rows = CASES.open(file)) {
            assertTrue(rows.advance());
            HarnessException e = assertThrows(HarnessException.class, rows::advance);
            assertEquals(file + ", line 3", e.where());
            assertTrue(e.what().contains("longer than 1048576 bytes"), e.what());
            assertTrue(e.getMessage().length() < 500);
            assertTrue(rows.advance());
            assertEquals("c", rows.row().caseId());
            assertFalse(rows.advance());
        }
    }

    // The end of the buffer falls on every place of a line, and reads give one byte or many.
    @Test
    void linesAreFoundWhereverTheBufferEnds() throws IOException {
        Random random = new Random(20261128);
        for (int round = 0; round < 40; round++) {
            StringBuilder text = new StringBuilder();
            List<String> expected = new ArrayList<>();
            int longest = 1 + random.nextInt(100_000);
            for (int i = 0; i < 20; i++) {
                int length = random.nextInt(4) == 0 ? random.nextInt(200_000) : random.nextInt(300);
                String line = "x".repeat(length);
                expected.add(length > longest ? "too long" : line);
                text.append(line).append('\n');
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            List<String> found = new ArrayList<>();
            try (LineReader lines = new LineReader(new Dribble(bytes, random), longest)) {
                while (lines.advance()) {
                    assertTrue(lines.isWhole());
                    String line =
                            new String(lines.bytes(), lines.from(), lines.to() - lines.from(), StandardCharsets.UTF_8);
                    found.add(line.length() > longest ? "too long" : line);
                    assertEquals(found.size(), lines.number());
                }
            }
            assertEquals(expected, found);
        }
    }

    /// Gives some of the bytes at a time.
    private static final class Dribble extends InputStream {
        private final byte[] bytes;
        private final Random random;
        private int at;

        Dribble(byte[] bytes, Random random) {
            this.bytes = bytes;
            this.random = random;
        }

        @Override
        public int read() {
            return at == bytes.length ? -1 : bytes[at++];
        }

        @Override
        public int read(byte[] into, int from, int length) {
            if (at == bytes.length) {
                return -1;
            }
            int count = Math.min(Math.min(length, bytes.length - at), 1 + random.nextInt(20_000));
            System.arraycopy(bytes, at, into, from, count);
            at += count;
            return count;
        }
    }

    @Test
    void quotesAreThoseOfTheLibrary() throws IOException {
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setRecordSeparator('\n')
                .setQuoteMode(QuoteMode.MINIMAL)
                .get();
        Random random = new Random(20261128);
        String alphabet = "ab,\"'#$! ~-=é中";
        for (int i = 0; i < 20_000; i++) {
            List<String> cells = new ArrayList<>();
            for (int k = 0; k < 3; k++) {
                StringBuilder cell = new StringBuilder();
                for (int length = random.nextInt(4); length > 0; length--) {
                    cell.append(alphabet.charAt(random.nextInt(alphabet.length())));
                }
                cells.add(cell.toString());
            }
            StringBuilder theirs = new StringBuilder();
            try (CSVPrinter printer = new CSVPrinter(theirs, format)) {
                printer.printRecord(cells);
            }
            StringBuilder ours = new StringBuilder();
            CsvLine.append(ours, cells);
            assertEquals(theirs.toString(), ours.toString());
        }
    }

    @Test
    void keysAreInTheOrderOfTheirBytes() {
        Random random = new Random(20261128);
        int[] points = {'a', 'b', '/', 0x7F, 0xE9, 0xFFFD, 0xFF5E, 0xD7FF, 0xE000, 0x10000, 0x1F600, 0x10FFFF};
        for (int i = 0; i < 20_000; i++) {
            String a = text(points, random);
            String b = text(points, random);
            int bytes = Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
            assertEquals(Integer.signum(bytes), Integer.signum(Utf8.compare(a, b)), a + " " + b);
        }
    }

    private static String text(int[] points, Random random) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(4); length > 0; length--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString();
    }

    @Test
    void writerTakesNoRowTwiceAndNoneOutOfOrder() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (CsvWriter<CaseRow> writer = CASES.writer(out)) {
            writer.write(TestRows.passed("b"));
            assertThrows(IllegalArgumentException.class, () -> writer.write(TestRows.passed("b")));
            assertThrows(IllegalArgumentException.class, () -> writer.write(TestRows.passed("a")));
            writer.write(TestRows.passed("c"));
        }
        assertEquals(
                CASES.format(List.of(TestRows.passed("c"), TestRows.passed("b"))),
                out.toString(StandardCharsets.UTF_8));
    }
}
