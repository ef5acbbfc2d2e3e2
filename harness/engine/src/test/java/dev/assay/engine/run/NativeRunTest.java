package dev.assay.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call;
import dev.assay.engine.judge.DeviceCall;
import dev.assay.engine.plan.Planner;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.engine.plan.Suite;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operators;
import dev.assay.results.CaseRow;
import dev.assay.results.JournalState;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.RunFolder;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import dev.assay.worker.remote.RemoteBackend;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whole runs on a C library that misbehaves: the C sources of the worker's tests, compiled by the system's `cc`.
class NativeRunTest {
    private static final Path WORKER = Path.of("../worker/src").toAbsolutePath().normalize();
    private static final Path MEMORY = Path.of("/dev/shm");

    @TempDir
    static Path folder;

    private static Path host;
    private static Path device;

    @BeforeAll
    static void compile() throws Exception {
        host = compiled("libhost.so");
        device = compiled("libdevice.so", "-DDEVICE_MEMORY", "-DDEVICE_TIME");
    }

    private static Path compiled(String name, String... flags) throws Exception {
        Path library = folder.resolve(name);
        List<String> command = new ArrayList<>(List.of("cc", "-std=c11", "-O1", "-shared", "-fPIC"));
        command.addAll(List.of(flags));
        command.addAll(List.of(
                "-I" + WORKER.resolve("main/c"),
                WORKER.resolve("test/c/wrong_backend.c").toString(),
                "-o",
                library.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String told = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), "cc (apt-get install gcc libc6-dev): " + told);
        return library;
    }

    private static List<CaseRow> rows(Path library, String options, int cases, int timeoutSeconds) throws Exception {
        RunSettings settings = new RunSettings(Mode.VERIFY_ONLY, false, 1, 1, timeoutSeconds);
        return List.copyOf(state(library, options, cases, settings).rows());
    }

    private static JournalState state(Path library, String options, int cases, RunSettings settings) throws Exception {
        Suite suite = Suite.parse(
                """
                {"name": "products", "description": "Small products.", "seed": 1, "cases": [{
                  "operator": "matmul", "inputs": {"A": ["m", 5], "B": [5, 4]}, "sweep": {"m": [%s]},
                  "dtypes": ["f32"], "fills": ["integers(-4,4)"], "why": "many"}]}
                """.formatted(Stream.iterate(1, m -> m + 1)
                        .limit(cases)
                        .map(String::valueOf)
                        .collect(Collectors.joining(","))),
                "products.json",
                OptionalLong.empty());
        BackendRef backend = new Backends().parse("native:lib=" + library + options, "test");
        PlanFile plan = new Planner(settings).plan(List.of(Planner.source(suite)), List.of(backend));
        RunFolder run = RunFolder.create(folder);
        run.writePlan(plan);
        JournalState state = Run.execute(run, RunListener.SILENT);
        assertEquals(
                cases, new HashSet<>(state.rows().stream().map(CaseRow::caseId).toList()).size());
        return state;
    }

    private static CaseRow row(List<CaseRow> rows, int m) {
        return rows.stream()
                .filter(row -> row.caseId().contains("/m" + m + "."))
                .findFirst()
                .orElseThrow();
    }

    // Guard zones lie in the memory of the device, wherever that is.
    @ParameterizedTest
    @CsvSource({"past-end, memory", "no-launch, memory", "changes-input, memory", "nan, exact"})
    void whatAKernelDoesToDeviceMemoryIsSeen(String how, String layer) throws Exception {
        for (Path library : List.of(host, device)) {
            List<CaseRow> rows = rows(library, ",how=" + how + ",rows=2", 3, 60);
            CaseRow wrong = row(rows, 2);
            assertEquals(Verdict.FAIL, wrong.verdict(), wrong.reason());
            assertEquals(layer, wrong.layer(), wrong.reason());
            assertEquals(Verdict.PASS, row(rows, 1).verdict());
            assertEquals(Verdict.PASS, row(rows, 3).verdict());
            assertEquals("wrong 0.1", wrong.backendVersion());
        }
    }

    @Test
    void rowsHoldNoPath() throws Exception {
        CaseRow row = row(rows(host, ",how=nan", 1, 60), 1);
        assertEquals("how=nan,lib=libhost.so", row.backendOptions());
        assertTrue(!row.toString().contains(folder.toString()), row.toString());
    }

    // It leaks 64 MiB in every run.
    @ParameterizedTest
    @CsvSource({"16777216, false", "1073741824, true"})
    void aProcessThatHasGrownTooLargeIsReplaced(long mostLeaked, boolean stays) throws Exception {
        BackendRef leaking = new Backends().parse("native:lib=" + host + ",how=leak", "test");
        Call call = new CallBuilder(Operators.named("matmul", "test"), "test")
                .input("A", TensorSpec.of(DType.F32, 2, 3))
                .input("B", TensorSpec.of(DType.F32, 3, 2))
                .build();
        try (OpenBackend open = new OpenBackend(
                        () -> new Backends().named("native", "test").open(Backends.options(leaking)), mostLeaked);
                Arena arena = Arena.ofConfined()) {
            long before = pid(open);
            Map<String, Tensor> inputs =
                    CaseInputs.generate(Operators.named("matmul", "test"), call, "normal", "test", 1, arena);
            try (DeviceCall device = DeviceCall.prepare(open.get(), call, inputs, false)) {
                device.launch().run();
            }
            assertEquals(stays, before == pid(open));
        }
    }

    private static long pid(OpenBackend open) {
        return assertInstanceOf(RemoteBackend.class, open.get()).pid();
    }

    // What stands in rows would not find the library again.
    @Test
    void theCommandThatRepeatsARowHoldsThePath() {
        BackendRef backend = new Backends().parse("native:lib=" + host + ",how=nan", "test");
        assertEquals("native:how=nan,lib=libhost.so", backend.label());
        assertEquals("native:how=nan,lib=" + host, Backends.argument(backend));
        assertEquals("cpu", Backends.argument(new BackendRef("cpu", "")));
    }

    // JMH here would time the way to the worker and back.
    @Test
    void aWorkerTimesItselfByItsBestClock() throws Exception {
        RunSettings settings = new RunSettings(Mode.QUICK, false, 1, 1, 60);
        assertEquals(Set.of("worker"), clocks(state(host, "", 2, settings)));
        assertEquals(Set.of("device"), clocks(state(device, "", 2, settings)));
    }

    private static Set<String> clocks(JournalState state) {
        assertEquals(2, state.timings().size());
        state.timings().forEach(timing -> assertTrue(timing.samples() > 100, timing.toString()));
        return state.timings().stream().map(TimingRow::clock).collect(Collectors.toSet());
    }

    // A library that aborts on every twentieth case, hangs on one of a hundred, and leaks on all of them.
    @Test
    void aSweepOverCrashesAndHangsEndsWithAllItsRows() throws Exception {
        List<CaseRow> rows = rows(host, ",how=mixed", 44, 2);
        for (int m = 1; m <= 44; m++) {
            Verdict expected = m % 20 == 0 ? Verdict.CRASH : m == 7 ? Verdict.TIMEOUT : Verdict.PASS;
            CaseRow row = row(rows, m);
            assertEquals(expected, row.verdict(), row.reason());
        }
        assertEquals("exit code 134 (SIGABRT); tried twice", row(rows, 20).reason());
        assertEquals(Set.of(), children());
        assertEquals(List.of(), shared());
    }

    private static Set<String> children() {
        return ProcessHandle.current()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .map(process -> process.info().commandLine().orElse("?"))
                .filter(command -> command.contains("HostMain"))
                .collect(Collectors.toSet());
    }

    private static List<Path> shared() throws IOException {
        try (Stream<Path> files = Files.list(MEMORY)) {
            return files.filter(file -> file.getFileName().toString().startsWith("assay-"))
                    .filter(file -> ProcessHandle.of(
                                    Long.parseLong(file.getFileName().toString().split("-", 3)[1]))
                            .isEmpty())
                    .toList();
        }
    }
}
