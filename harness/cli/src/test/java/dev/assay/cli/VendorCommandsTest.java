package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.cli.CommandLineTest.Printed;
import dev.assay.results.CsvTable;
import dev.assay.results.SupportRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `assay reproduce` and `assay list support`, from end to end.
class VendorCommandsTest {
    private static final Path WORKER = Path.of("..", "worker", "src").toAbsolutePath();
    private static final String PRODUCT = "matmul/f32.f32-f32/m5.n7.k9/-/normal";

    /// Refuses f64, and falls over sums: what is asked of it decides, nothing runs.
    private static final String FALLS_OVER = """
            #include "assay_backend.h"
            #include <stdlib.h>
            static int32_t open_device(const char *const *k, const char *const *v, uint32_t n, void **device) {
                (void)k; (void)v; (void)n;
                *device = (void *)"device";
                return ASSAY_OK;
            }
            static void close_device(void *device) { (void)device; }
            static int32_t supports(void *device, const assay_call *call) {
                (void)device;
                if (call->op[0] == 'a') abort();
                return call->inputs[0].dtype == ASSAY_F64 ? ASSAY_UNSUPPORTED : ASSAY_OK;
            }
            static int32_t prepare(void *device, const assay_call *call, void **kernel, uint64_t *bytes) {
                (void)device; (void)call; (void)kernel; (void)bytes;
                return ASSAY_FAILED;
            }
            static void release(void *device, void *kernel) { (void)device; (void)kernel; }
            static int32_t run(void *device, void *kernel, const assay_argument *inputs, const assay_argument *outputs,
                               const assay_argument *workspace) {
                (void)device; (void)kernel; (void)inputs; (void)outputs; (void)workspace;
                return ASSAY_FAILED;
            }
            static const char *last_error(void *device) { (void)device; return "no | f64"; }
            static const assay_backend BACKEND = {
                .abi_version = ASSAY_ABI_VERSION, .struct_size = sizeof(assay_backend), .name = "falls-over",
                .version = "1", .open = open_device, .close = close_device, .supports = supports, .prepare = prepare,
                .release = release, .run = run, .last_error = last_error,
            };
            ASSAY_EXPORT const assay_backend *assay_get_backend(uint32_t version) { (void)version; return &BACKEND; }
            """;

    @TempDir
    private Path folder;

    private String suite = "";

    @BeforeEach
    void writeSuite() throws IOException {
        Path file = Files.writeString(folder.resolve("small.json"), """
                {"name": "small", "description": "Products and sums.", "cases": [{
                  "operator": "matmul", "inputs": {"A": [5, 9], "B": [9, 7]},
                  "dtypes": ["f32", "f64"], "fills": ["normal", "specials"], "why": "small"}, {
                  "operator": "add", "inputs": {"A": [3], "B": [3]},
                  "dtypes": ["f32"], "fills": ["normal"], "why": "small"}]}
                """);
        suite = file.toString();
    }

    private String ran(int code, String... command) throws IOException, InterruptedException {
        Path log = folder.resolve("log.txt");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        int ended = process.waitFor();
        String text = Files.readString(log, StandardCharsets.UTF_8);
        assertEquals(code, ended, text);
        return text;
    }

    private String library(Path source) throws IOException, InterruptedException {
        Path library = folder.resolve("liba.so");
        ran(
                0,
                "cc",
                "-std=c11",
                "-shared",
                "-fPIC",
                "-I" + WORKER.resolve("main/c"),
                source.toString(),
                "-o",
                library.toString(),
                "-lm");
        return library.toString();
    }

    @Test
    void aCaseBecomesAProgramInC() throws IOException, InterruptedException {
        Printed printed =
                Printed.by("reproduce", PRODUCT, suite, "--language", "c", "-o", folder.toString(), "--seed", "3");
        assertEquals(Exit.OK, printed.exit(), printed.err());
        assertTrue(printed.out().contains(PRODUCT + " of small, seed 3, bounds of the contract strict"), printed.out());
        List<String> readme = Files.readAllLines(folder.resolve("README"));
        assertEquals(3, readme.size());
        String compile = readme.get(1).substring(0, readme.get(1).indexOf(" && "));
        ran(0, compile.split(" "));
        String library = library(WORKER.resolve("test/c/sample_backend.c"));
        assertTrue(ran(0, "./reproduce", library).contains("Y: 35 elements, 0 wrong"));
        String wrong = library(WORKER.resolve("test/c/wrong_backend.c"));
        assertTrue(ran(1, "./reproduce", wrong, "how=nan").contains("1 wrong; worst Y[0,0]: expected "));
    }

    @Test
    void aCaseBecomesAProgramInPython() throws IOException {
        Printed printed = Printed.by(
                "reproduce",
                PRODUCT,
                suite,
                "--language",
                "python",
                "-o",
                folder.toString(),
                "--contract",
                "accumulator=bf16,accumulator_rounding=toward_zero");
        assertEquals(Exit.OK, printed.exit(), printed.err());
        String program = Files.readString(folder.resolve("reproduce.py"));
        assertTrue(program.contains("CONTRACT = \"accumulator=bf16,accumulator_rounding=toward_zero\""), program);
        for (String file : List.of("assay_worker.py", "A.npy", "B.npy", "Y.expected.npy", "Y.bound.npy", "README")) {
            assertTrue(Files.exists(folder.resolve(file)), file);
        }
    }

    @Test
    void whatCannotBeReproducedIsRefused() {
        Printed.by("reproduce", "matmul/none", suite, "--language", "c").refuses("no case 'matmul/none'", "small.json");
        Printed.by("reproduce", PRODUCT, suite).refuses("--language");
        Printed.by("reproduce", PRODUCT, suite, "--language", "rust").refuses("'rust'", "c or python");
        Printed.by("reproduce", PRODUCT, suite, "--language", "c", "--contract", "accumulator=f17")
                .refuses("accumulator is 'f17'", "--contract");
        Printed.by("reproduce", PRODUCT, suite, "--language", "c", "--contract", "strict")
                .refuses("'strict' is not FIELD=VALUE");
    }

    @Test
    void supportIsCountedByOperatorAndType() {
        Printed table = Printed.by("list", "support", "--backend", "simulated", suite);
        assertEquals(Exit.OK, table.exit(), table.err());
        assertTrue(
                table.out().contains("matmul    f64    0/1        1 x this chip has no f64 arithmetic"), table.out());
        assertTrue(table.out().contains("simulated supports 2 of 3 calls of 2 operators"), table.out());
        Printed markdown = Printed.by("list", "support", "--backend", "simulated", suite, "--format", "markdown");
        assertTrue(markdown.out().contains("""
                | operator | f64 | f32 |
                |---|---|---|
                | `add` |  | 1/1 |
                | `matmul` | 0/1 | 1/1 |
                """), markdown.out());
        Printed.by("list", "support", suite, "--format", "xml").refuses("'xml'", "markdown");
    }

    @Test
    void aCrashIsAnEntryAndTheRestGoesOn() throws IOException, InterruptedException {
        String library = library(Files.writeString(folder.resolve("falls_over.c"), FALLS_OVER));
        Printed csv = Printed.by("list", "support", "--backend", "native:lib=" + library, suite, "--format", "csv");
        assertEquals(Exit.INCOMPLETE, csv.exit(), csv.err());
        Path file = Files.writeString(folder.resolve("support.csv"), csv.out());
        List<String> rows = new ArrayList<>();
        for (SupportRow row : new CsvTable<>(SupportRow.class).read(file)) {
            rows.add(row.backend() + " " + row.backendOptions() + " " + row.operator() + " " + row.dtype() + " "
                    + row.calls() + "/" + row.asked() + " " + row.answer() + " "
                    + (row.answer().equals("crash") ? "" : row.reason()));
        }
        assertEquals(
                List.of(
                        "native lib=liba.so add f32 1/1 crash ",
                        "native lib=liba.so matmul f32 1/1 supported ",
                        "native lib=liba.so matmul f64 1/1 unsupported no | f64"),
                rows);
        assertTrue(csv.out().startsWith("backend,backend_options,operator,dtype,asked,answer,calls,reason\n"));
        Printed markdown =
                Printed.by("list", "support", "--backend", "native:lib=" + library, suite, "--format", "markdown");
        assertTrue(markdown.out().contains("- 1 x unsupported: no \\| f64\n"), markdown.out());
    }
}
