package dev.assay.worker.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Attribute;
import dev.assay.backend.Attributes;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import dev.assay.worker.JavaCommand;
import dev.assay.worker.Leftovers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Both sides of the protocol, and the harness's side against workers that do not keep to it.
@Timeout(120)
class RemoteBackendTest {
    private static final String HELLO = "{\"hello\":{\"protocol\":1,\"name\":\"acme\",\"version\":\"2\"}}";
    private static final String OPENED = "{\"id\":ID,\"device\":{\"model\":\"Acme\"},\"memory\":\"host\"}";

    @AfterEach
    void noNameOfSharedMemoryIsLeft() throws IOException {
        try (Stream<Path> files = Files.list(SharedMemory.MEMORY)) {
            assertEquals(
                    List.of(),
                    files.filter(path -> path.getFileName().toString().startsWith(Leftovers.prefix()))
                            .toList());
        }
    }

    private static RemoteBackend echo(Map<String, String> options) {
        List<String> command = new ArrayList<>(JavaCommand.of(HostMain.class.getName(), "64m", 1));
        command.addAll(List.of(HostMain.JAVA, "echo"));
        return RemoteBackend.open(command, Map.of(), BackendOptions.of(options));
    }

    private static RemoteBackend scripted(String... replies) {
        List<String> command = new ArrayList<>(JavaCommand.of(ScriptedWorker.class.getName(), "64m", 1));
        command.addAll(List.of(replies));
        return RemoteBackend.open(command, Map.of(), BackendOptions.NONE);
    }

    private static Call call(String operator, long elements) {
        return new Call(
                operator,
                List.of(Operand.of("X", TensorSpec.of(DType.F32, elements)), Operand.absent("Z")),
                List.of(Operand.of("Y", TensorSpec.of(DType.F32, elements))),
                Attributes.NONE,
                Map.of());
    }

    private static void run(RemoteBackend backend, String operator) {
        long elements = 5;
        try (Arena arena = Arena.ofConfined();
                Buffer x = backend.allocate(4 * elements + 64);
                Buffer y = backend.allocate(4 * elements + 64);
                Kernel kernel = backend.prepare(call(operator, elements))) {
            MemorySegment values = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, Float.NaN, -0.0f);
            x.write(16, values);
            try (Launch launch = kernel.bind(new Arguments(
                    Map.of("X", new Argument(x, 16, TensorSpec.of(DType.F32, elements))),
                    Map.of("Y", new Argument(y, 32, TensorSpec.of(DType.F32, elements))),
                    Optional.empty()))) {
                launch.run();
            }
            MemorySegment back = arena.allocate(4 * elements, 4);
            y.read(32, back);
            assertEquals(-1, values.mismatch(back));
        }
    }

    @Test
    void theOtherProcessIsABackendLikeAnyOther() {
        try (RemoteBackend backend = echo(Map.of("model", "Écho 1"))) {
            DeviceInfo device = backend.device();
            assertEquals("Écho 1", device.model());
            assertEquals(16, device.alignmentBytes());
            assertEquals(1L << 40, device.memoryBytes());
            assertEquals(Map.of(DType.F32, 1e12), device.peakFlopsPerSecond());
            assertTrue(Double.isNaN(device.bandwidthBytesPerSecond()), "numbers that JSON has not");
            assertEquals(ComputeContract.strict().expUlps(3.5).build(), backend.contract(call("identity", 5)));
            assertEquals(Support.no("not \"this\" one"), backend.supports(call("refused", 5)));
            run(backend, "identity");
            run(backend, "identity");
            assertEquals(
                    "not \"this\" one",
                    assertThrows(UnsupportedCallException.class, () -> backend.prepare(call("refused", 5)))
                            .getMessage());
            assertEquals(
                    "run(): on purpose",
                    assertThrows(RemoteException.class, () -> run(backend, "throws"))
                            .getMessage());
            assertEquals(
                    "run(): no more",
                    assertThrows(OutOfMemoryError.class, () -> run(backend, "memory"))
                            .getMessage());
            run(backend, "identity");
            assertEquals(Optional.empty(), backend.lost());
        }
    }

    @Test
    void aBackendThatDoesNotOpenSaysWhy() {
        RemoteException e = assertThrows(RemoteException.class, () -> echo(Map.of("model", "none")));
        assertEquals("open(): no device", e.getMessage());
    }

    @Test
    void aProcessThatEndsIsLostAndClosingWhatWasInItDoesNothing() {
        try (RemoteBackend backend = echo(Map.of())) {
            BackendLostException e = assertThrows(BackendLostException.class, () -> run(backend, "halt"));
            assertEquals("exit code 3", e.how());
            assertEquals(BackendLostException.Kind.CRASH, e.kind());
            assertEquals(Optional.of(e), backend.lost());
            assertEquals(e, assertThrows(BackendLostException.class, () -> backend.supports(call("identity", 1))));
            assertFalse(ProcessHandle.of(backend.pid()).isPresent());
        }
    }

    // A pool that hands out memory again must not hand it out twice.
    @Test
    void buffersAreTheirOwnAndReused() {
        try (RemoteBackend backend = echo(Map.of());
                Arena arena = Arena.ofConfined()) {
            MemorySegment ones = arena.allocate(1000);
            ones.fill((byte) 1);
            MemorySegment back = arena.allocate(1000);
            for (int round = 0; round < 3; round++) {
                try (Buffer first = backend.allocate(1000);
                        Buffer second = backend.allocate(1000)) {
                    second.write(0, ones);
                    first.write(0, back.fill((byte) 0));
                    second.read(0, back);
                    assertEquals(-1, ones.mismatch(back));
                    assertEquals(1000, first.bytes());
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "this is no JSON                             | a message that is no JSON",
                "[1,2]                                       | the first message is no JSON object",
                "{\"hello\":{\"protocol\":2,\"name\":\"a\"}}         | it speaks version 2, and this is version 1",
                "{\"hello\":{\"protocol\":1,\"name\":\"a\",\"x\":0}}   | the first message, field hello has unknown fields [x]",
                "{\"hello\":{\"protocol\":1,\"protocol\":1}}         | Duplicate field 'protocol'",
                "{\"hello\":{\"protocol\":\"1\",\"name\":\"a\"}}       | field protocol: no whole number: \"1\"",
            })
    void whoGreetsWronglyIsEndedAndTold(String hello, String reason) {
        BackendLostException e = assertThrows(BackendLostException.class, () -> scripted(hello.strip()));
        assertEquals(BackendLostException.Kind.VIOLATION, e.kind());
        assertTrue(e.how().contains(reason), e.how());
    }

    @Test
    void aMessageNestedTooDeepIsNotRead() {
        String deep = "[".repeat(1000) + "]".repeat(1000);
        BackendLostException e = assertThrows(BackendLostException.class, () -> scripted(deep));
        assertTrue(e.how().contains("nesting depth"), e.how());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"id\":7,\"supported\":true}                       | a reply to request 7 when 2 was asked",
                "{\"id\":ID}                                        | the reply to supports has no field 'supported'",
                "{\"id\":ID,\"supported\":1}                         | field supported: neither true nor false: 1",
                "{\"id\":ID,\"supported\":true,\"extra\":1}           | has unknown fields [extra]",
                "{\"id\":ID,\"error\":{\"kind\":\"failed\"}}            | field error has no field 'message'",
            })
    void aReplyThatIsNoneEndsTheWorker(String reply, String reason) {
        try (RemoteBackend backend = scripted(HELLO, OPENED, reply.strip())) {
            BackendLostException e =
                    assertThrows(BackendLostException.class, () -> backend.supports(call("identity", 1)));
            assertEquals(BackendLostException.Kind.VIOLATION, e.kind());
            assertTrue(e.how().contains(reason), e.how());
            assertFalse(ProcessHandle.of(backend.pid()).isPresent());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"id\":ID,\"kernel\":0}                             | field kernel: out of range: 0",
                "{\"id\":ID,\"kernel\":9007199254740994}              | field kernel: out of range",
                "{\"id\":ID,\"kernel\":3,\"workspace_bytes\":-1}       | field workspace_bytes: out of range: -1",
            })
    void aHandleOutOfRangeEndsTheWorker(String reply, String reason) {
        try (RemoteBackend backend = scripted(HELLO, OPENED, reply.strip())) {
            BackendLostException e =
                    assertThrows(BackendLostException.class, () -> backend.prepare(call("identity", 1)));
            assertTrue(e.how().contains(reason), e.how());
        }
    }

    // Frames of the kernel's, of signs of life, and then nothing: slow is told from stuck.
    @Test
    void silenceEndsAtTheLimit() {
        try (RemoteBackend backend = scripted(HELLO, OPENED)) {
            backend.limit(Duration.ofMillis(300));
            BackendLostException e =
                    assertThrows(BackendLostException.class, () -> backend.supports(call("identity", 1)));
            assertEquals(BackendLostException.Kind.TIMEOUT, e.kind());
            assertEquals("no answer to supports within 300 ms", e.how());
        }
    }

    @Test
    void everyKindOfAttributeAndSpecGoesThere() {
        Call call = new Call(
                "any",
                List.of(
                        Operand.of("A", TensorSpec.of(DType.I4, 3, 5)),
                        Operand.of("B", TensorSpec.of(DType.F64, 2, 3).transposed(0, 1)),
                        Operand.absent("C")),
                List.of(new Operand("Y", Optional.of(TensorSpec.of(DType.F64)), Optional.of("B"))),
                Attributes.of(Map.of(
                        "int", new Attribute.Int(Long.MIN_VALUE),
                        "real", new Attribute.Real(Double.NEGATIVE_INFINITY),
                        "text", new Attribute.Text("a,\"b\"\u4e2d"),
                        "ints", new Attribute.Ints(List.of(1L, Long.MAX_VALUE)),
                        "none", new Attribute.Ints(List.of()),
                        "reals", new Attribute.Reals(List.of(0.1, Double.NaN)))),
                Map.of("A", List.of(-1L, 2L)));
        String text = Wire.text(Wire.call(call));
        assertEquals(call, Wire.call(new Fields(Wire.parse(text), "call")));
    }
}
