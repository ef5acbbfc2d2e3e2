package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CursorTest {
    private static final CsvTable<CaseRow> TABLE = new CsvTable<>(CaseRow.class);

    @TempDir
    private Path folder;

    private Path cases(int count) throws IOException {
        Runs run = new Runs();
        for (int i = 0; i < count; i++) {
            run.passed("a/" + (1_000_000 + i));
        }
        return run.write(folder.resolve("run")).file("cases.csv");
    }

    @Test
    void allRowsComeInOrderAndThenNothing() throws IOException {
        Path file = cases(3001);
        try (Cursor<CaseRow> cursor = new Cursor<>(TABLE, file)) {
            for (int i = 0; i < 3001; i++) {
                CaseRow row = cursor.row();
                assertNotNull(row);
                assertEquals("a/" + (1_000_000 + i), row.caseId());
                cursor.advance();
            }
            assertNull(cursor.row());
            cursor.advance();
            assertNull(cursor.row());
        }
    }

    @Test
    void anErrorComesAfterTheRowsBeforeIt() throws IOException {
        Path file = cases(1200);
        List<String> lines = Files.readAllLines(file);
        lines.set(1100, lines.get(1100).replace(",pass,", ",passed,"));
        Files.writeString(file, String.join("\n", lines) + "\n");
        try (Cursor<CaseRow> cursor = new Cursor<>(TABLE, file)) {
            for (int i = 0; i < 1098; i++) {
                cursor.advance();
            }
            assertNotNull(cursor.row());
            HarnessException told = assertThrows(HarnessException.class, cursor::advance);
            assertTrue(told.getMessage().contains("cases.csv, line 1101"), told.getMessage());
        }
    }

    @Test
    void closingEarlyLeavesNoThreadBehind() throws IOException {
        Path file = cases(9000);
        try (Cursor<CaseRow> cursor = new Cursor<>(TABLE, file)) {
            assertNotNull(cursor.row());
        }
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("reader of " + file)));
    }

    @Test
    void aFileThatIsNoneIsRefusedAtOnce() throws IOException {
        Path file = folder.resolve("cases.csv");
        Files.writeString(file, "something,else\n");
        assertThrows(HarnessException.class, () -> new Cursor<>(TABLE, file).close());
    }
}
