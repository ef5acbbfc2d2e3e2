package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChipTest {
    static String shipped(String name) {
        try (InputStream in = ChipTest.class.getResourceAsStream("/chips/" + name + ".json")) {
            if (in == null) {
                throw new IllegalStateException("no chip " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static HarnessException refusal(String text) {
        return assertThrows(HarnessException.class, () -> Chip.parse(text, "mine.json"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"strict", "tensor-core", "tile-npu"})
    void shippedChipsLoadUnderTheirNames(String name) {
        Chip chip = Chip.load(name);
        assertEquals(name, chip.name());
        assertTrue(Chip.SHIPPED.contains(name));
        assertEquals(chip.dtypes().size(), chip.peaks("here").size());
        assertTrue(chip.description().endsWith("."));
    }

    @Test
    void ownDescriptorIsReadFromItsFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("mine.json");
        Files.writeString(file, shipped("strict").replace("\"cores\": 16", "\"cores\": 7"));
        assertEquals(7, Chip.load(file.toString()).cores());
    }

    @Test
    void unknownNameListsTheChips() {
        HarnessException e = assertThrows(HarnessException.class, () -> Chip.load("tpu"));
        assertEquals("no chip 'tpu'", e.what());
        assertTrue(e.where().contains("option chip"), e.where());
        assertTrue(e.fix().contains(Chip.SHIPPED.toString()) && e.fix().contains(".json"), e.fix());
    }

    @ParameterizedTest
    @ValueSource(strings = {"no/such/chip.json", "not\0a path.json"})
    void fileThatIsNotThereIsNamed(String file) {
        HarnessException e = assertThrows(HarnessException.class, () -> Chip.load(file));
        assertEquals(file, e.where());
        assertEquals("give a readable file", e.fix());
    }

    @Test
    void fileThatIsNotUtf8IsRefused(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("latin.json");
        Files.write(file, new byte[] {'{', '"', (byte) 0xE4, '"'});
        HarnessException e = assertThrows(HarnessException.class, () -> Chip.load(file.toString()));
        assertEquals(file.toString(), e.where());
    }

    /// What is replaced, by what, and what the refusal must name: line, field, and a word of the fix.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                // unknown, repeated
                "'cores' | 'kernels' | line 8 | kernels | cores",
                "'tile_m' | 'tile_x' | line 5 | matmul.tile_x | tile_m",
                "'cores': 16, | 'cores': 16, 'cores': 16, | line 8 | | repeated",
                // missing
                "'cores': 16, | | line 14 | cores | missing",
                "'tile_k': 32, | | line 5 | matmul.tile_k | missing",
                "'exp': 'exp', | | line 6 | attention.exp | missing",
                "'normalization': {'summation': 'sequential'}, | | line 14 | normalization | missing",
                // wrong type
                "16, | '16', | line 8 | cores | docs/simulated.md",
                "16, | 16.5, | line 8 | cores | docs/simulated.md",
                "16, | null, | line 8 | cores | docs/simulated.md",
                "16, | [16], | line 8 | cores | docs/simulated.md",
                "16, | 99999999999, | line 8 | cores | docs/simulated.md",
                "'strict' | 5 | line 2 | name | docs/simulated.md",
                "'none' | true | line 5 | matmul.inputs | docs/simulated.md",
                "'none' | null | line 5 | matmul.inputs | docs/simulated.md",
                "32e12, 'f16' | '32e12', 'f16' | line 9 | peak_flops.bf16 | docs/simulated.md",
                "32e12, 'f16' | null, 'f16' | line 9 | peak_flops.bf16 | docs/simulated.md",
                "['f64', | [null, | line 4 | dtypes.0 | docs/simulated.md",
                "['f64', | [64, | line 4 | dtypes.0 | docs/simulated.md",
                // out of range
                "16, | 0, | line 8 | cores | greater than 0",
                "16, | -1, | line 8 | cores | greater than 0",
                "0.4e12 | 0 | line 10 | bandwidth_bytes_per_second | greater than 0",
                "0.4e12 | 1e999 | line 10 | bandwidth_bytes_per_second | finite",
                "34359738368 | 0 | line 11 | memory_bytes | greater than 0",
                "6000 | 0 | line 12 | launch_nanos | greater than 0",
                "6000 | -5 | line 12 | launch_nanos | greater than 0",
                "'alignment_bytes': 0 | 'alignment_bytes': -8 | line 13 | alignment_bytes | 0 or more",
                "'tile_n': 64 | 'tile_n': 0 | line 5 | matmul.tile_n | greater than 0",
                "'tile_q': 64 | 'tile_q': -64 | line 6 | attention.tile_q | greater than 0",
                "32e12, 'f16' | 0, 'f16' | line 9 | peak_flops.bf16 | greater than 0",
                // not one of the words
                "'none' | 'fp8' | line 5 | matmul.inputs | tf32-truncated",
                "'chained' | 'backwards' | line 5 | matmul.summation | pairwise",
                "'chained' | 'lanes' | line 5 | matmul.summation | lanes-N",
                "'chained' | 'lanes-0' | line 5 | matmul.summation | lanes-N",
                "'chained' | 'lanes-99999999999' | line 5 | matmul.summation | lanes-N",
                "'chained' | 'aligned-24' | line 5 | matmul.summation | aligned-F-B",
                "'chained' | 'aligned-41-16' | line 5 | matmul.summation | 40",
                "'chained' | 'aligned-24-1025' | line 5 | matmul.summation | 1024",
                "'sequential' | 'aligned-24-16' | line 7 | normalization.summation | vector units",
                "'sequential' | 'tree' | line 7 | normalization.summation | pairwise",
                "'two-pass' | 'three-pass' | line 6 | attention.softmax | online",
                "'exp': 'exp' | 'exp': 'exp3' | line 6 | attention.exp | exp2-fused",
                "'wide' | 'bf16' | line 6 | attention.probabilities | input",
                "['f64', | ['i8', | line 4 | dtypes | bf16",
                "['f64', | ['f32', | line 4 | dtypes | once",
                "['f64', 'f32', 'f16', 'bf16'] | [] | line 4 | dtypes | at least one",
                "'bf16': 32e12, | | line 9 | peak_flops | each type",
                "{'bf16': | {'f8e4m3': | line 9 | peak_flops | bf16",
                // truncated, trailing, not an object
                "'alignment_bytes': 0 | 'alignment_bytes': | line 14 | | docs/simulated.md",
                "'alignment_bytes': 0 | 'alignment_bytes': 0 } { | line 13 | | docs/simulated.md",
            })
    void wrongDescriptorIsRefusedWithItsPlace(String from, String to, String line, String field, String fix) {
        String text = shipped("strict");
        String json = to == null ? "" : to.replace('\'', '"');
        String wrong = text.replace(from.replace('\'', '"'), json);
        assertTrue(!wrong.equals(text), "the test's own replacement does not apply: " + from);
        HarnessException e = refusal(wrong);
        String all = e.getMessage();
        assertTrue(e.where().startsWith("mine.json"), all);
        assertTrue(e.where().contains(line), all);
        assertTrue(field == null || e.where().endsWith("field " + field), all);
        assertTrue(e.fix().contains(fix), all);
        assertTrue(!e.what().contains("dev.assay"), all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "7", "{", "{\"name\": \"x", "nonsense"})
    void textThatIsNoDescriptorIsRefused(String text) {
        HarnessException e = refusal(text);
        assertTrue(e.where().startsWith("mine.json"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 150, 400, 700, 850})
    void descriptorCutOffAnywhereIsRefusedWithALine(int length) {
        String text = shipped("strict");
        HarnessException e = refusal(text.substring(0, Math.min(length, text.length() - 2)));
        assertTrue(e.where().matches("mine\\.json, line \\d+.*"), e.getMessage());
    }

    @Test
    void everySummationHasAName() {
        for (String name : List.of("chained", "sequential", "pairwise", "lanes-1", "lanes-32", "aligned-40-1024")) {
            Summations.named(name, "here");
        }
    }
}
