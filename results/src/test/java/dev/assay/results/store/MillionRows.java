package dev.assay.results.store;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvTable;
import dev.assay.results.CsvWriter;
import dev.assay.results.Event;
import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.Sums;
import dev.assay.results.TestRows;
import dev.assay.results.TimingRow;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// Makes a folder with many rows, or verifies one and says how long that took and how much memory; for `.ci/store`.
///
/// `MillionRows make DIR ROWS CASES journal|published`: ROWS rows of CASES cases, on ROWS / CASES backends.
/// `MillionRows verify DIR`
final class MillionRows {
    private static final long SEED = 20261128;

    private MillionRows() {}

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[1]);
        if (args[0].equals("make")) {
            make(folder, Integer.parseInt(args[2]), Integer.parseInt(args[3]), args[4].equals("journal"));
        } else {
            verify(folder);
        }
    }

    private static void verify(Path folder) throws IOException {
        long start = System.nanoTime();
        List<Verified> found = Verification.of(folder);
        double seconds = (double) (System.nanoTime() - start) / 1e9;
        long peak = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP) {
                peak += pool.getPeakUsage().getUsed();
            }
        }
        found.forEach(one -> System.out.println(one.summary() + ", " + one.count() + " problems"));
        System.out.printf(
                Locale.ROOT,
                "verified in %.1f s (%.1f s of processor time), peak heap %d MiB (pools' peaks added; limit %d MiB)%n",
                seconds,
                ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() / 1e3,
                peak >> 20,
                Runtime.getRuntime().maxMemory() >> 20);
    }

    private static void make(Path folder, int rows, int cases, boolean journal) throws IOException {
        Files.createDirectories(folder);
        List<BackendRef> backends = new ArrayList<>();
        for (int i = 0; i < rows / cases; i++) {
            backends.add(new BackendRef(String.format(Locale.ROOT, "npu-%03d", i), ""));
        }
        plan(folder, backends, cases);
        Random random = new Random(SEED);
        List<String> names = new ArrayList<>(RunFolder.ALWAYS);
        try (CsvWriter<CaseRow> table =
                        new CsvTable<>(CaseRow.class).writer(Files.newOutputStream(folder.resolve(RunFolder.CASES)));
                Writer events =
                        journal ? Files.newBufferedWriter(folder.resolve(RunFolder.EVENTS)) : Writer.nullWriter()) {
            for (int i = 0; i < cases; i++) {
                PlannedCase planned = planned(i);
                for (BackendRef backend : backends) {
                    CaseRow row = row(planned, backend, random);
                    table.write(row);
                    if (journal) {
                        events.append(Json.STRICT.writeValueAsString(
                                        new Event("2026-11-28T12:00:00Z", Event.CASE_FINISHED, row, null, null, null)))
                                .append('\n');
                    }
                }
            }
        }
        Files.writeString(folder.resolve(RunFolder.TIMING), new CsvTable<>(TimingRow.class).format(List.of()));
        Files.writeString(folder.resolve(RunFolder.SAMPLES), new CsvTable<>(SampleRow.class).format(List.of()));
        if (journal) {
            names.add(RunFolder.EVENTS);
        }
        RunFolder run = RunFolder.of(folder);
        run.writeEnvironment(Map.of("hw_class_id", "none", "env_id", "none", "devices", Map.of()));
        run.writeManifest(new Manifest(
                Manifest.SCHEMA,
                Manifest.COLUMNS,
                run.id(),
                "0",
                "unknown",
                null,
                "2:00",
                Sums.sha256(run.file(RunFolder.PLAN)),
                List.of(),
                null,
                "",
                "",
                "2026-11-28T12:00:00Z",
                "2026-11-28T13:00:00Z",
                true,
                new TreeMap<>(Map.of("pass", rows)),
                0));
        Files.writeString(run.file(RunFolder.SUMS), Sums.of(folder, names).format());
    }

    /// Case by case, for all of them do not fit into memory.
    private static void plan(Path folder, List<BackendRef> backends, int cases) throws IOException {
        PlanFile head = new PlanFile(
                PlanFile.SCHEMA,
                JsonNodeFactory.instance.objectNode().put("mode", "VERIFY_ONLY"),
                List.of(new SuiteRef("load", "load.json", "00")),
                backends,
                List.of());
        String text = Json.pretty(head);
        int at = text.lastIndexOf("[ ]");
        try (BufferedWriter out = Files.newBufferedWriter(folder.resolve(RunFolder.PLAN))) {
            out.append(text, 0, at).append('[');
            for (int i = 0; i < cases; i++) {
                out.append(i == 0 ? "\n" : ",\n").append(Json.pretty(planned(i)).stripTrailing());
            }
            out.append("]\n}\n");
        }
    }

    private static PlannedCase planned(int number) {
        String shapes = String.format(Locale.ROOT, "m%07d.n4096.k4096", number);
        return new PlannedCase(
                "load",
                "matmul/bf16.bf16-bf16/" + shapes + "/-/normal",
                String.format(Locale.ROOT, "%016x", number),
                "matmul",
                "bf16.bf16-bf16",
                shapes,
                "-",
                "normal",
                SEED,
                "a size",
                21,
                null,
                JsonNodeFactory.instance.objectNode().put("operator", "matmul"));
    }

    private static CaseRow row(PlannedCase planned, BackendRef backend, Random random) {
        CaseRow like = TestRows.PASSED;
        return new CaseRow(
                planned.suite(),
                planned.caseId(),
                planned.caseHash(),
                planned.operator(),
                planned.dtypes(),
                planned.shapes(),
                planned.attributes(),
                planned.fill(),
                planned.seed(),
                backend.id(),
                backend.options(),
                like.backendVersion(),
                "Acme One, 2 threads",
                like.contract(),
                random.nextDouble(),
                like.verdict(),
                "",
                "",
                "",
                random.nextLong(1 << 30),
                0L,
                random.nextDouble(),
                random.nextDouble(),
                random.nextDouble(),
                random.nextGaussian(),
                "Y[" + random.nextInt(4096) + "," + random.nextInt(4096) + "]",
                random.nextGaussian(),
                random.nextGaussian(),
                random.nextDouble(),
                true,
                Json.sha256(planned.caseId()));
    }
}
