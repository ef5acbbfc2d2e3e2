package dev.assay.results.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SafeNameTest {
    @Test
    void plainTextStays() {
        for (String text : List.of("cpu", "acme-npu", "llama-3.1-8b", "amd-epyc-0cc84da9616f", "a_b")) {
            assertEquals(text, SafeName.of(text));
        }
    }

    @Test
    void nothingLeadsElsewhere() {
        List<String> hostile = List.of(
                "",
                ".",
                "..",
                "../../x",
                "/etc/passwd",
                "a/b",
                "a\\b",
                "C:\\x",
                "-rf",
                "a\0b",
                "a\nb",
                "con",
                "NUL",
                "aux.txt",
                "com1",
                ".git",
                "x.part",
                "x.old",
                "x.",
                " x",
                "x ",
                "x~y",
                "X",
                "é",
                "中",
                "\u202Etxt",
                "=cmd|' /c calc'!A1",
                "a".repeat(300),
                "simulated:chip=edge,fault=drop-last-term");
        for (String text : hostile) {
            String name = SafeName.of(text);
            assertTrue(name.matches("[a-z0-9-]{1,40}~[0-9a-f]{12}"), text + " became " + name);
            Path root = Path.of("/root/published");
            assertEquals(root, root.resolve(name).normalize().getParent());
        }
        assertEquals(
                hostile.size(), hostile.stream().map(SafeName::of).distinct().count());
    }

    @Test
    void nameOfABackendWithOptionsIsStable() {
        assertEquals("simulated-chip-edge~60c60f09c9c3", SafeName.of("simulated:chip=edge"));
        assertNotEquals(SafeName.of("simulated:chip=edge"), SafeName.of("simulated:chip-edge"));
    }
}
