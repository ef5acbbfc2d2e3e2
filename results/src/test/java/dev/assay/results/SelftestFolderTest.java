package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.assay.HarnessException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelftestFolderTest {
    private static final MutantRow MUTANT = new MutantRow(
            "selftest",
            "matmul/f32.f32-f32/m4.n4.k4/-/normal",
            "matmul",
            "f32.f32-f32",
            "m4.n4.k4",
            "-",
            "normal",
            7,
            "simulated",
            "chip=strict,fault=acc-bf16",
            "strict",
            "acc-bf16",
            "G01",
            Fate.KILLED,
            "bound",
            "bound+rms",
            "exact",
            false,
            16L,
            3L,
            Double.POSITIVE_INFINITY,
            0.1,
            "narrow-accumulator",
            "yes",
            "=wrong, \"everywhere\"",
            "onnx=yes torch=no");
    private static final VariationRow VARIATION = new VariationRow(
            "selftest",
            "matmul/f32.f32-f32/m4.n4.k4/-/normal",
            "matmul",
            "f32.f32-f32",
            "m4.n4.k4",
            "-",
            "normal",
            7,
            1,
            "cpu",
            "",
            "",
            "",
            "",
            12,
            0,
            0,
            null,
            "",
            "",
            "onnx=0/1");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path parent;

    // Both headers are a public interface: a change here is a change of the documentation.
    @Test
    void headersAreTheDocumentedOnes() {
        assertEquals(
                "grid,case_id,operator,dtypes,shapes,attributes,fill,seed,backend,backend_options,chip,fault,catalogue,"
                        + "status,layer,layers,expected_layers,expected_layers_objected,elements,changed,change_ulp,"
                        + "change_noise,diagnosis,diagnosed,reason,criteria\n",
                new CsvTable<>(MutantRow.class).format(List.of()));
        assertEquals(
                "grid,case_id,operator,dtypes,shapes,attributes,fill,seed,seeds,backend,backend_options,chip,variation,"
                        + "catalogue,tensors,alarms,errors,alarm_seed,layer,reason,criteria\n",
                new CsvTable<>(VariationRow.class).format(List.of()));
    }

    @Test
    void rowsComeBackFromTheJournalAndFromTheTables() throws IOException {
        SelftestFolder folder = SelftestFolder.create(parent, Map.of("seed", 7));
        try (Journal journal = folder.journal()) {
            SelftestFolder.add(journal, MUTANT);
            SelftestFolder.add(journal, VARIATION);
        }
        SelftestFolder.Rows rows = folder.rows();
        folder.finish(rows.mutants(), rows.variations(), "fine\n");
        assertEquals(
                rows.mutants(),
                new CsvTable<>(MutantRow.class).read(folder.path().resolve(SelftestFolder.MUTANTS)));
        assertEquals(
                List.of(VARIATION),
                new CsvTable<>(VariationRow.class).read(folder.path().resolve(SelftestFolder.VARIATIONS)));
        assertEquals("'=wrong, \"everywhere\"", rows.mutants().getFirst().reason());
        assertEquals(Fate.KILLED, rows.mutants().getFirst().status());
        assertEquals("fine\n", Files.readString(folder.path().resolve(SelftestFolder.SUMMARY)));
        assertEquals(Map.of("seed", 7), SelftestFolder.of(folder.path()).readSettings(new TypeReference<>() {}));
    }

    @Test
    void aJournalWithAnotherColumnIsRefused() throws IOException {
        SelftestFolder folder = SelftestFolder.create(parent, Map.of());
        try (Journal journal = folder.journal()) {
            SelftestFolder.add(journal, MUTANT);
        }
        Path events = folder.path().resolve(SelftestFolder.EVENTS);
        Files.writeString(events, Files.readString(events).replace("\"fault\"", "\"fautl\""));
        HarnessException refused = assertThrows(HarnessException.class, folder::rows);
        assertTrue(refused.getMessage().contains("[fautl]"), refused.getMessage());
        assertTrue(refused.getMessage().contains("line 1"), refused.getMessage());
        Files.writeString(
                events, Files.readString(events).replace("fautl", "fault").replace("killed", "kild"));
        assertThrows(HarnessException.class, folder::rows);
    }

    @Test
    void aFolderWithoutSettingsIsRefused() {
        assertThrows(HarnessException.class, () -> SelftestFolder.of(parent));
    }
}
