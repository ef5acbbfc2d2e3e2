package dev.assay.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call.Operand;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostBackendTest {
    private static final TensorSpec TWO = TensorSpec.of(DType.F32, 2);

    /// Doubles vectors of f32.
    private static final class Doubling extends HostBackend {
        private int runs;

        Doubling() {
            super(DeviceInfo.named("host"));
        }

        @Override
        public Support supports(Call call) {
            return call.operator().equals("double") ? Support.yes() : Support.no("only double");
        }

        @Override
        protected void run(Call call, Arguments arguments) {
            runs++;
            for (long i = 0; i < call.input("x").shape().elements(); i++) {
                arguments
                        .output("y")
                        .tensor()
                        .set(i, 2 * arguments.input("x").tensor().get(i));
            }
        }
    }

    private static Call call(String operator) {
        return new Call(
                operator, List.of(Operand.of("x", TWO)), List.of(Operand.of("y", TWO)), Attributes.NONE, Map.of());
    }

    @Test
    void runsOnOffsetHostMemory() {
        try (Doubling backend = new Doubling();
                Buffer x = backend.allocate(64);
                Buffer y = backend.allocate(64)) {
            Argument in = new Argument(x, 12, TWO);
            Argument out = new Argument(y, 20, TWO);
            in.tensor().set(0, 3);
            in.tensor().set(1, -0.5);
            Arguments arguments = new Arguments(Map.of("x", in), Map.of("y", out), Optional.empty());
            try (Kernel kernel = backend.prepare(call("double"));
                    Launch launch = kernel.bind(arguments)) {
                assertEquals(0, kernel.workspaceBytes());
                launch.run();
                assertEquals(1, backend.runs);
                Timing timing = launch.run(3);
                assertEquals(3, timing.nanos().length);
                assertEquals(Timing.Clock.WORKER, timing.clock());
                assertEquals(4, backend.runs);
            }
            byte[] bytes = new byte[8];
            y.read(20, MemorySegment.ofArray(bytes));
            assertArrayEquals(new byte[] {0, 0, (byte) 0xC0, 0x40, 0, 0, (byte) 0x80, (byte) 0xBF}, bytes);
            y.read(12, MemorySegment.ofArray(bytes));
            assertArrayEquals(new byte[8], bytes, "nothing before the tensor is touched");
        }
    }

    @Test
    void refusalsHaveTheirReason() {
        try (Doubling backend = new Doubling()) {
            UnsupportedCallException e =
                    assertThrows(UnsupportedCallException.class, () -> backend.prepare(call("triple")));
            assertEquals("only double", e.getMessage());
            assertEquals(ComputeContract.STRICT, backend.contract(call("double")));
        }
    }

    @Test
    void argumentsAreNamed() {
        try (Buffer buffer = HostBuffer.allocate(8)) {
            Arguments arguments = new Arguments(Map.of("x", new Argument(buffer, 0, TWO)), Map.of(), Optional.empty());
            IllegalArgumentException input = assertThrows(IllegalArgumentException.class, () -> arguments.input("z"));
            assertTrue(input.toString().contains("no input 'z'"), input.getMessage());
            assertTrue(input.toString().contains("[x]"), input.getMessage());
            IllegalArgumentException output = assertThrows(IllegalArgumentException.class, () -> arguments.output("x"));
            assertTrue(output.toString().contains("no output 'x'"), output.getMessage());
            assertTrue(arguments.workspace().isEmpty());
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> arguments.inputs().clear());
        }
    }

    @Test
    void deviceMemoryIsNotReadAsHostMemory() {
        Buffer device = new Buffer() {
            @Override
            public long bytes() {
                return 8;
            }

            @Override
            public void write(long offset, MemorySegment from) {}

            @Override
            public void read(long offset, MemorySegment to) {}

            @Override
            public void close() {}
        };
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> new Argument(device, 0, TWO).tensor());
        assertTrue(e.toString().contains("f32[2]"), e.getMessage());
    }

    @Test
    void buffersCopyBothWaysAndEndWhenClosed() {
        HostBuffer buffer = HostBuffer.allocate(16);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment four = arena.allocate(4);
            four.set(ValueLayout.JAVA_INT, 0, 0x01020304);
            buffer.write(12, four);
            MemorySegment back = arena.allocate(4);
            buffer.read(12, back);
            assertEquals(0x01020304, back.get(ValueLayout.JAVA_INT, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> buffer.write(13, four));
            assertEquals(0, buffer.memory().address() % 4096);
            assertEquals(16, buffer.bytes());
        }
        buffer.close();
        assertThrows(IllegalStateException.class, () -> buffer.memory().get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void devicesKnowTheirAlignment() {
        DeviceInfo any = DeviceInfo.named("any");
        assertEquals(4, any.alignment(DType.F32));
        assertEquals(1, any.alignment(DType.I4));
        DeviceInfo strict = new DeviceInfo("npu", "", "", 0, Map.of(DType.BF16, 1e12), 0, 32);
        assertEquals(32, strict.alignment(DType.F64));
        assertEquals(Map.of(DType.BF16, 1e12), strict.peakFlopsPerSecond());
    }

    @Test
    void timingsAreCopied() {
        long[] nanos = {1, 2};
        Timing timing = new Timing(nanos, Timing.Clock.DEVICE);
        nanos[0] = 9;
        timing.nanos()[1] = 9;
        assertArrayEquals(new long[] {1, 2}, timing.nanos());
        assertEquals("DEVICE [1, 2]", timing.toString());
    }
}
