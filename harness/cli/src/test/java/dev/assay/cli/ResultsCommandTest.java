package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsCommandTest {
    @TempDir
    Path parent;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int assay(String... args) {
        return Assay.execute(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    /// A run of nothing, which is the smallest that is sound.
    private Path run() throws IOException {
        RunFolder run = RunFolder.create(parent.resolve("runs"));
        run.writePlan(new PlanFile(
                PlanFile.SCHEMA,
                JsonNodeFactory.instance.objectNode(),
                List.of(new SuiteRef("smoke", "smoke.json", "00")),
                List.of(new BackendRef("cpu", "")),
                List.of()));
        run.writeEnvironment(Map.of("hw_class_id", "some-class", "env_id", "some", "devices", Map.of()));
        Files.writeString(run.file(RunFolder.EVENTS), "");
        Manifest begun = new Manifest(
                Manifest.SCHEMA,
                Manifest.COLUMNS,
                run.id(),
                "0.1.0",
                "unknown",
                null,
                "2:00",
                Json.sha256(Files.readAllBytes(run.file(RunFolder.PLAN))),
                List.of(),
                null,
                "",
                "",
                "2026-11-28T12:00:00Z",
                "",
                false,
                Map.of(),
                0);
        run.finish(List.of(), List.of(), List.of(), begun.ended("2026-11-28T13:00:00Z", true, Map.of(), 0));
        return run.path();
    }

    @Test
    void soundFolderIsSaidOnOneLineAndExits0() throws IOException {
        Path run = run();
        assertEquals(Exit.OK, assay("results", "verify", run.toString()));
        assertEquals(
                run + ": sound: nothing of 0 planned, 0 timings, 7 files" + System.lineSeparator(), out.toString());
        assertEquals("", err.toString());
    }

    @Test
    void problemsAreListedAndExit8() throws IOException {
        Path run = run();
        Files.writeString(run.resolve("timing.csv"), "");
        Files.delete(run.resolve("env.json"));
        assertEquals(Exit.VERIFICATION, assay("results", "verify", run.toString()));
        List<String> lines = out.toString().lines().toList();
        assertTrue(lines.contains(run + "/env.json: missing, and in SHA256SUMS"), out.toString());
        assertTrue(lines.contains(run + "/timing.csv, line 1: the file is empty"), out.toString());
        assertTrue(lines.getLast().startsWith(run + ": 3 problems: "), out.toString());
        assertEquals(8, Exit.VERIFICATION);
    }

    @Test
    void noResultsExit2() {
        assertEquals(Exit.USAGE, assay("results", "verify", parent.toString()));
        assertTrue(err.toString().contains("no results in"), err.toString());
        assertEquals(Exit.USAGE, assay("results"));
    }

    @Test
    void mergedFolderIsPrintedAndSound() throws IOException {
        Path merged = parent.resolve("merged");
        assertEquals(Exit.OK, assay("results", "merge", run().toString(), run().toString(), "-o", merged.toString()));
        assertEquals(merged.toString(), out.toString().strip());
        assertEquals(Exit.OK, assay("results", "verify", merged.toString()));
        assertEquals(Exit.USAGE, assay("results", "merge", run().toString(), "-o", merged.toString()));
        assertTrue(err.toString().contains("is there already"), err.toString());
    }

    @Test
    void unsoundRunIsNotPublishedAndExits8() throws IOException {
        Path run = run();
        Files.delete(run.resolve("SHA256SUMS"));
        Path to = parent.resolve("published");
        assertEquals(Exit.VERIFICATION, assay("results", "publish", run.toString(), "--to", to.toString()));
        assertTrue(err.toString().contains("is not sound"), err.toString());
    }
}
