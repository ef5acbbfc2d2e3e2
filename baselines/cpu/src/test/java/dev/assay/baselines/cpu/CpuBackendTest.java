package dev.assay.baselines.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.backend.Attributes;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CpuBackendTest {
    private static Backend open(String key, String value) {
        return new CpuBackendProvider().open(BackendOptions.of(Map.of(key, value)));
    }

    private static Trial matmul(DType dtype, long m, long n, long k) {
        return Trial.of("matmul").input("A", dtype, m, k).input("B", dtype, k, n);
    }

    @Test
    void askingForOptionsLoadsNoNd4j(@TempDir Path folder) throws IOException, InterruptedException {
        Path log = folder.resolve("classes");
        String output = Child.run(List.of("-Xlog:class+load:file=" + log), "options");
        assertTrue(output.contains("options 1"), output);
        String classes = Files.readString(log);
        assertTrue(classes.contains("CpuBackendProvider"));
        assertFalse(classes.contains("org.nd4j") || classes.contains("org.bytedeco"));
    }

    /// 410 MB as measured: 324 of ND4J, and OpenBLAS twice, once for each name by which ND4J asks for it.
    @Test
    void opensWithAnEmptyCacheAndCopiesLittle(@TempDir Path folder) throws IOException, InterruptedException {
        String output = Child.run(List.of("-Dorg.bytedeco.javacpp.cachedir=" + folder), "open");
        assertTrue(output.contains("wrong []"), output);
        assertTrue(output.contains("threads 1"), output);
        long bytes;
        try (Stream<Path> files = Files.walk(folder)) {
            bytes = files.filter(file -> Files.isRegularFile(file) && !Files.isSymbolicLink(file))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
        assertTrue(bytes > 100e6, () -> "the cache is elsewhere");
        assertTrue(bytes < 450e6, () -> bytes + " bytes were copied");
    }

    @Test
    void aCacheThatCannotBeWrittenIsExplained(@TempDir Path folder) throws IOException {
        // JavaCPP tries three places.
        Path file = Files.createFile(folder.resolve("file"));
        List<String> nowhere = Stream.of("org.bytedeco.javacpp.cachedir", "user.home", "java.io.tmpdir")
                .map(property -> "-D" + property + "=" + file.resolve("cache"))
                .toList();
        IllegalStateException error = assertThrows(IllegalStateException.class, () -> Child.run(nowhere, "open"));
        assertTrue(
                String.valueOf(error.getMessage()).contains("org.bytedeco.javacpp.cachedir=FOLDER"), error::getMessage);
    }

    @Test
    void unknownOptionsAreRefusedByName() {
        HarnessException error = assertThrows(HarnessException.class, () -> open("thread", "1"));
        assertTrue(String.valueOf(error.getMessage()).contains("'thread'"));
        assertTrue(String.valueOf(error.getMessage()).contains("[threads]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "two", " 1", "999999", "99999999999"})
    void badNumbersOfThreadsAreRefused(String value) {
        HarnessException error = assertThrows(HarnessException.class, () -> open("threads", value));
        assertTrue(String.valueOf(error.getMessage()).contains("'" + value + "'"));
    }

    @Test
    void everyOptionIsExplained() {
        for (BackendOption option : new CpuBackendProvider().options()) {
            assertFalse(option.meaning().isBlank());
        }
    }

    @Test
    void eachBackendKeepsItsThreads() {
        try (Backend one = CpuBackend.open(1);
                Backend three = CpuBackend.open(3)) {
            assertTrue(three.device().model().endsWith("3 threads"));
            assertEquals(List.of(), matmul(DType.F32, 20, 20, 20).run(one));
            assertEquals(1, openblas_nolapack.blas_get_num_threads());
            assertEquals(List.of(), matmul(DType.F32, 20, 20, 20).run(three));
            assertEquals(3, openblas_nolapack.blas_get_num_threads());
        }
    }

    /// BLAS of several threads splits sums in other ways, and how many it has is the JVM's.
    @Test
    void backendsSideBySideKeepTheirBits() throws InterruptedException {
        AtomicBoolean ended = new AtomicBoolean();
        try (Backend one = CpuBackend.open(1);
                Backend three = CpuBackend.open(3)) {
            Thread other = new Thread(() -> {
                while (!ended.get()) {
                    Trial.runOnly(three, matmul(DType.F32, 70, 70, 70).call());
                }
            });
            other.start();
            List<String> wrong = new ArrayList<>();
            try (Arena arena = Arena.ofShared()) {
                Trial trial = Trial.of("attention")
                        .input("Q", DType.F32, 1, 8, 70, 64)
                        .input("K", DType.F32, 1, 2, 70, 64)
                        .input("V", DType.F32, 1, 2, 70, 64)
                        .output("Y");
                Map<String, Tensor> inputs = trial.inputs(arena);
                for (int i = 0; i < 100; i++) {
                    Trial.outputs(one, trial.call(), inputs, arena, wrong);
                }
            }
            ended.set(true);
            other.join();
            assertEquals(List.of(), wrong);
        }
    }

    @Test
    void refusalsHaveReasonsAndPrepareAgrees() {
        TensorSpec small = TensorSpec.of(DType.F32, 2, 2);
        TensorSpec transposed = small.transposed(0, 1);
        TensorSpec huge = new TensorSpec(DType.F32, Shape.of(1L << 32, 2), List.of(0L, 0L));
        try (Backend backend = CpuBackend.open(1)) {
            for (Call call : List.of(
                    call("no_such_operator", small, small, small),
                    call("matmul", TensorSpec.of(DType.I8, 2, 2), small, small),
                    call("matmul", TensorSpec.of(DType.BOOL, 2, 2), small, small),
                    call("matmul", small, small, transposed),
                    call("matmul", huge, small, small))) {
                Support.No no = assertInstanceOf(Support.No.class, backend.supports(call), call::toString);
                assertFalse(no.reason().isBlank());
                UnsupportedCallException error =
                        assertThrows(UnsupportedCallException.class, () -> backend.prepare(call));
                assertEquals(no.reason(), error.getMessage());
            }
        }
    }

    private static Call call(String operator, TensorSpec a, TensorSpec b, TensorSpec y) {
        return new Call(
                operator,
                List.of(Operand.of("A", a), Operand.of("B", b)),
                List.of(Operand.of("Y", y)),
                Attributes.NONE,
                Map.of());
    }

    @Test
    void contractsSayWhatIsDone() {
        try (Backend backend = CpuBackend.open(1)) {
            assertEquals("deterministic=true", contract(backend, matmul(DType.BF16, 2, 2, 2)));
            assertEquals("deterministic=true", contract(backend, matmul(DType.F64, 2, 2, 2)));
            assertEquals(
                    "exp_ulps=0.5;divide_ulps=0.0;tanh_ulps=0.0;deterministic=true",
                    contract(backend, attention(DType.F16)));
            assertEquals(
                    "exp_ulps=1.0;divide_ulps=1.0;tanh_ulps=1.25;deterministic=true",
                    contract(backend, attention(DType.F64)));
            Trial normalization =
                    Trial.of("layer_normalization").input("X", DType.F32, 2, 3).input("Scale", DType.F32, 3);
            assertEquals("deterministic=true", contract(backend, normalization));
            Trial narrow =
                    Trial.of("layer_normalization").input("X", DType.F16, 2, 3).input("Scale", DType.F16, 3);
            assertEquals("accumulator=f64;rsqrt_ulps=1.0;deterministic=true", contract(backend, narrow));
        }
    }

    private static String contract(Backend backend, Trial trial) {
        return backend.contract(trial.call()).toString();
    }

    private static Trial attention(DType dtype) {
        return Trial.of("attention")
                .input("Q", dtype, 1, 1, 2, 4)
                .input("K", dtype, 1, 1, 3, 4)
                .input("V", dtype, 1, 1, 3, 4);
    }

    /// Each of these runs binds 3 MB; what stays is what the collector has not met yet.
    @Test
    void repeatedCallsLeaveNoMemoryBehind() throws IOException {
        Path status = Path.of("/proc/self/status");
        Assumptions.assumeTrue(Files.isReadable(status), "the resident size is read from /proc");
        try (Backend backend = CpuBackend.open(1)) {
            Call call = matmul(DType.BF16, 500, 500, 4).call();
            Trial small = matmul(DType.BF16, 500, 500, 4);
            for (int i = 0; i < 20; i++) {
                small.run(backend);
            }
            long before = residentKilobytes(status);
            for (int i = 0; i < 100; i++) {
                Trial.runOnly(backend, call);
            }
            long grown = residentKilobytes(status) - before;
            assertTrue(grown < 300_000, () -> grown + " kB more after 300 calls");
        }
    }

    private static long residentKilobytes(Path status) throws IOException {
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
