package dev.assay.worker.abi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Attributes;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.backend.Timing;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import dev.assay.worker.CCompiler;
import dev.assay.worker.bridge.NativeProvider;
import dev.assay.worker.remote.BackendLostException;
import dev.assay.worker.remote.RemoteBackend;
import dev.assay.worker.remote.RemoteException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Libraries that a C compiler made, loaded as a run loads them: in a process of their own.
@Timeout(120)
class NativeBackendTest {
    private static final Call MATMUL = new Call(
            "matmul",
            List.of(Operand.of("A", TensorSpec.of(DType.F32, 2, 3)), Operand.of("B", TensorSpec.of(DType.F32, 3, 2))),
            List.of(Operand.of("Y", TensorSpec.of(DType.F32, 2, 2))),
            Attributes.NONE,
            Map.of());
    private static final float[] A = {1, 2, 3, 4, 5, 6};
    private static final float[] B = {1, 0, 0, 1, 1, 1};
    private static final float[] Y = {4, 5, 10, 11};

    @TempDir
    static Path folder;

    private static RemoteBackend open(Path library, Map<String, String> options) {
        var all = new java.util.HashMap<>(options);
        all.put("lib", library.toString());
        return (RemoteBackend) new NativeProvider().open(BackendOptions.of(all));
    }

    private static Buffer buffer(Backend backend, float... values) {
        Buffer buffer = backend.allocate(4L * values.length);
        try (Arena arena = Arena.ofConfined()) {
            buffer.write(0, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
        }
        return buffer;
    }

    private static float[] values(Buffer buffer) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(buffer.bytes(), 4);
            buffer.read(0, host);
            return host.toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    private static Launch bound(Kernel kernel, Buffer a, Buffer b, Buffer y) {
        return kernel.bind(new Arguments(
                Map.of(
                        "A", new Argument(a, 0, MATMUL.input("A")),
                        "B", new Argument(b, 0, MATMUL.input("B"))),
                Map.of("Y", new Argument(y, 0, MATMUL.output("Y"))),
                Optional.empty()));
    }

    private static void multiply(Backend backend) {
        try (Buffer a = buffer(backend, A);
                Buffer b = buffer(backend, B);
                Buffer y = buffer(backend, new float[4]);
                Kernel kernel = backend.prepare(MATMUL);
                Launch launch = bound(kernel, a, b, y)) {
            launch.run();
            assertArrayEquals(Y, values(y));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-DHOST_MEMORY", "-DDEVICE_MEMORY"})
    void multipliesAndTellsAboutItself(String flag) {
        Path library = CCompiler.library(folder, "sample_backend.c", flag);
        try (RemoteBackend backend = open(library, Map.of())) {
            assertEquals("plain loops", backend.device().model());
            assertEquals(Optional.of("sample 1.0"), backend.version());
            assertEquals("strict", backend.contract(MATMUL).toString());
            assertInstanceOf(Support.Yes.class, backend.supports(MATMUL));
            multiply(backend);
            Call other = new Call("gelu", MATMUL.inputs(), MATMUL.outputs(), Attributes.NONE, Map.of());
            Support.No no = assertInstanceOf(Support.No.class, backend.supports(other));
            assertEquals("only matmul, rms_normalization and attention are there", no.reason());
            assertEquals(
                    no.reason(),
                    assertThrows(UnsupportedCallException.class, () -> backend.prepare(other))
                            .getMessage());
            multiply(backend);
        }
    }

    @Test
    void twoKernelsAtOnceAndTimesOfEachRun() {
        Path library = CCompiler.library(folder, "sample_backend.c", "-DDEVICE_MEMORY");
        try (RemoteBackend backend = open(library, Map.of());
                Buffer a = buffer(backend, A);
                Buffer b = buffer(backend, B);
                Buffer y = buffer(backend, new float[4]);
                Buffer other = buffer(backend, new float[4]);
                Kernel first = backend.prepare(MATMUL);
                Kernel second = backend.prepare(MATMUL);
                Launch one = bound(first, a, b, y);
                Launch two = bound(second, a, b, other)) {
            two.run();
            Timing timing = one.run(7);
            assertEquals(Timing.Clock.DEVICE, timing.clock());
            assertEquals(7, timing.nanos().length);
            assertArrayEquals(Y, values(y));
            assertArrayEquals(Y, values(other));
            assertTrue(one.timesItself());
        }
    }

    // LeakSanitizer is left out: it would report the JVM.
    @Test
    void runsUnderAddressAndUndefinedBehaviourSanitizer() {
        String asan =
                CCompiler.run(List.of("cc", "-print-file-name=libasan.so")).strip();
        String[] flags = {"-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"};
        Path sample = CCompiler.library(folder, "sample_backend.c", flags);
        try (RemoteBackend backend = open(sample, Map.of("preload", asan))) {
            multiply(backend);
        }
        // And it is there: this library writes past the end of memory of its own.
        Path wrong = CCompiler.library(folder, "wrong_backend.c", flags);
        try (RemoteBackend backend = open(wrong, Map.of("preload", asan, "how", "overrun-of-its-own"))) {
            BackendLostException e = assertThrows(BackendLostException.class, () -> multiply(backend));
            assertTrue(e.how().contains("AddressSanitizer") || e.how().contains("runtime error: store"), e.how());
        }
    }

    private static String refusal(Path library, Map<String, String> options) {
        RemoteException e = assertThrows(RemoteException.class, () -> open(library, options));
        String told = String.valueOf(e.getMessage());
        assertTrue(!told.contains("Exception"), told);
        return told;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-DABI=2       | its abi_version is 2, and this Assay has version 1",
                "-DNO_SYMBOL   | it exports no symbol assay_get_backend",
                "-DNO_RUN      | functions of its table are null: [run]",
                "-DNAME=\"A b\" | it calls itself 'A b'",
            })
    void aLibraryThatDoesNotFitIsRefusedInASentence(String flag, String reason) {
        String told = refusal(CCompiler.library(folder, "wrong_backend.c", flag), Map.of());
        assertTrue(told.contains(reason), told);
    }

    @Test
    void aLibraryOfAnotherMachineIsRefusedInASentence() throws IOException {
        Path library = CCompiler.library(folder, "sample_backend.c");
        byte[] elf = Files.readAllBytes(library);
        Path small = folder.resolve("small.so");
        elf[4] = 1;
        Files.write(small, elf);
        assertTrue(refusal(small, Map.of()).contains("it is a 32-bit library"), refusal(small, Map.of()));
        elf[4] = 2;
        elf[18] = (byte) 243;
        Path foreign = folder.resolve("foreign.so");
        Files.write(foreign, elf);
        assertTrue(refusal(foreign, Map.of()).contains("it is for riscv64, and this machine is "));
        Path text = Files.writeString(folder.resolve("text.so"), "#include <stdio.h>\n");
        assertTrue(refusal(text, Map.of()).contains("it is no shared library"));
        assertTrue(refusal(folder.resolve("absent.so"), Map.of()).contains("there is no readable file"));
    }

    @Test
    void aNameOfAnInstalledBackendIsRefused() {
        Path library = CCompiler.library(folder, "wrong_backend.c", "-DNAME=\"native\"");
        HarnessException e = assertThrows(HarnessException.class, () -> open(library, Map.of()));
        assertEquals("it calls itself 'native', as an installed backend does", e.what());
    }

    @Test
    void optionsGoToTheLibraryWhichRefusesThem() {
        Path library = CCompiler.library(folder, "wrong_backend.c");
        assertTrue(refusal(library, Map.of("stream", "3")).contains("the options are how and rows"));
        assertTrue(refusal(library, Map.of("how", "does-not-open")).contains("no device 0"));
    }

    private static Throwable thrown(String how, Class<? extends Throwable> type) {
        Path library = CCompiler.library(folder, "wrong_backend.c");
        try (RemoteBackend backend = open(library, Map.of("how", how))) {
            Throwable e = assertThrows(type, () -> multiply(backend));
            if (!(e instanceof BackendLostException)) {
                // Still of use.
                assertInstanceOf(Support.Yes.class, backend.supports(MATMUL));
            }
            return e;
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "segfault | SIGSEGV in [libwrong.so",
                "abort    | exit code 134 (SIGABRT); last words: acme: assertion failed: tiles > 0",
                "exit     | exit code 17",
            })
    void aCrashIsToldInWordsThatDoNotChange(String how, String words) {
        BackendLostException e = (BackendLostException) thrown(how, BackendLostException.class);
        assertEquals(BackendLostException.Kind.CRASH, e.kind());
        assertTrue(e.how().contains(words), e.how());
        assertTrue(!e.how().contains("pid"), e.how());
    }

    @Test
    void failuresAreToldInTheLibrarysWordsAndItGoesOn() {
        assertEquals(
                "run() failed: stream 0 is in a sticky error state",
                thrown("fails", RemoteException.class).getMessage());
        assertEquals(
                "run() answered 42, which is no status",
                thrown("wrong-status", RemoteException.class).getMessage());
        assertEquals(
                "run() failed: the device has no 4 TiB",
                thrown("out-of-memory", OutOfMemoryError.class).getMessage());
    }

    @Test
    void aHangEndsAtTheLimitAndIsToldFromAProcessThatIsStuck() {
        Path library = CCompiler.library(folder, "wrong_backend.c");
        try (RemoteBackend backend = open(library, Map.of("how", "hang"))) {
            backend.limit(Duration.ofSeconds(3));
            BackendLostException e = assertThrows(BackendLostException.class, () -> multiply(backend));
            assertEquals(BackendLostException.Kind.TIMEOUT, e.kind());
            assertEquals(
                    "no answer to run within 3 s; the process was alive and went on: what it ran was too slow, or hangs",
                    e.how());
        }
    }

    @Test
    void timeThatNobodyHadIsAViolation() {
        Path library = CCompiler.library(folder, "wrong_backend.c", "-DDEVICE_TIME");
        try (RemoteBackend backend = open(library, Map.of("how", "impossible-time"))) {
            BackendLostException e = assertThrows(BackendLostException.class, () -> multiply(backend));
            assertEquals(BackendLostException.Kind.VIOLATION, e.kind());
            assertTrue(e.how().contains("the runs took 1000000000000 ns by its own account"), e.how());
        }
    }
}
