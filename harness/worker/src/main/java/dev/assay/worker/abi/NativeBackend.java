package dev.assay.worker.abi;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBuffer;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.backend.Timing;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A device that a C library opened.
public final class NativeBackend implements Backend {
    private static final int OK = 0;
    private static final int UNSUPPORTED = 1;
    private static final int OUT_OF_MEMORY = 2;
    private static final int FAILED = 3;

    private final NativeLibrary library;
    private final Functions functions;
    private final MemorySegment device;
    private final DeviceInfo info;

    NativeBackend(NativeLibrary library, BackendOptions options) {
        this.library = library;
        this.functions = new Functions(library);
        this.device = opened(options);
        this.info = described();
    }

    private MemorySegment opened(BackendOptions options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointer = arena.allocate(ValueLayout.ADDRESS);
            int count = options.values().size();
            int status = functions.status(
                    NativeFunction.OPEN,
                    Layouts.texts(options.values().keySet(), count, arena),
                    Layouts.texts(options.values().values(), count, arena),
                    count,
                    pointer);
            check(NativeFunction.OPEN, status, MemorySegment.NULL);
            return pointer.get(ValueLayout.ADDRESS, 0);
        }
    }

    private DeviceInfo described() {
        if (!library.has(NativeFunction.INFO)) {
            return DeviceInfo.named(library.name());
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = arena.allocate(Layouts.DEVICE_INFO, 8);
            check(NativeFunction.INFO, functions.status(NativeFunction.INFO, device, struct), device);
            Map<DType, Double> peaks = new EnumMap<>(DType.class);
            for (DType dtype : DType.values()) {
                double peak = struct.get(ValueLayout.JAVA_DOUBLE, 40 + 8L * Layouts.code(dtype));
                if (peak != 0) {
                    peaks.put(dtype, peak);
                }
            }
            String model = Layouts.text(struct.get(ValueLayout.ADDRESS, 0));
            return new DeviceInfo(
                    model.isBlank() ? library.name() : model,
                    Layouts.text(struct.get(ValueLayout.ADDRESS, 8)),
                    Layouts.text(struct.get(ValueLayout.ADDRESS, 16)),
                    struct.get(ValueLayout.JAVA_LONG, 24),
                    peaks,
                    struct.get(ValueLayout.JAVA_DOUBLE, 32),
                    struct.get(ValueLayout.JAVA_LONG, 232));
        }
    }

    /// Throws what a status says.
    private void check(NativeFunction function, int status, MemorySegment whose) {
        if (status == OK) {
            return;
        }
        String reason = lastError(whose);
        String told = function.label() + "() failed" + (reason.isBlank() ? " and did not say why" : ": " + reason);
        switch (status) {
            case UNSUPPORTED -> throw new UnsupportedCallException(reason);
            case OUT_OF_MEMORY -> throw new OutOfMemoryError(told);
            case FAILED -> throw new NativeException(told);
            default -> throw new NativeException(function.label() + "() answered " + status + ", which is no status");
        }
    }

    private String lastError(MemorySegment whose) {
        return Layouts.text(functions.pointer(NativeFunction.LAST_ERROR, whose));
    }

    /// What the library calls itself.
    public String name() {
        return library.name();
    }

    @Override
    public DeviceInfo device() {
        return info;
    }

    @Override
    public Optional<String> version() {
        return Optional.of(library.name() + " " + library.version());
    }

    @Override
    public Support supports(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            int status = functions.status(NativeFunction.SUPPORTS, device, Layouts.call(call, arena));
            if (status == UNSUPPORTED) {
                return Support.no(lastError(device));
            }
            check(NativeFunction.SUPPORTS, status, device);
            return Support.yes();
        }
    }

    @Override
    public ComputeContract contract(Call call) {
        if (!library.has(NativeFunction.CONTRACT)) {
            return ComputeContract.STRICT;
        }
        try (Arena arena = Arena.ofConfined()) {
            String text = Layouts.text(functions.pointer(NativeFunction.CONTRACT, device, Layouts.call(call, arena)));
            return contract(text);
        }
    }

    /// Fields are separated by commas, some of which stand within parentheses.
    static ComputeContract contract(String text) {
        ComputeContract.Builder contract = ComputeContract.strict();
        if (!text.isBlank()) {
            for (String field : text.split(",(?![^(]*\\))", -1)) {
                int equals = field.indexOf('=');
                if (equals < 1) {
                    throw new NativeException("contract() answered '" + text + "': '" + field + "' is not field=value");
                }
                contract.field(
                        field.substring(0, equals).strip(),
                        field.substring(equals + 1).strip());
            }
        }
        return contract.build();
    }

    @Override
    public Buffer allocate(long bytes) {
        if (!library.has(NativeFunction.ALLOCATE)) {
            return HostBuffer.allocate(bytes);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointer = arena.allocate(ValueLayout.ADDRESS);
            check(NativeFunction.ALLOCATE, functions.status(NativeFunction.ALLOCATE, device, bytes, pointer), device);
            return new NativeBuffer(pointer.get(ValueLayout.ADDRESS, 0), bytes);
        }
    }

    private final class NativeBuffer implements Buffer {
        private final MemorySegment handle;
        private final long bytes;

        NativeBuffer(MemorySegment handle, long bytes) {
            this.handle = handle;
            this.bytes = bytes;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public void write(long offset, MemorySegment from) {
            within(offset, from.byteSize());
            int status = functions.status(NativeFunction.WRITE, device, handle, offset, from, from.byteSize());
            check(NativeFunction.WRITE, status, device);
        }

        @Override
        public void read(long offset, MemorySegment to) {
            within(offset, to.byteSize());
            int status = functions.status(NativeFunction.READ, device, handle, offset, to, to.byteSize());
            check(NativeFunction.READ, status, device);
        }

        private void within(long offset, long count) {
            if (offset < 0 || offset + count > bytes) {
                throw new IndexOutOfBoundsException(
                        count + " bytes at " + offset + " of a buffer of " + bytes + " bytes");
            }
        }

        @Override
        public void close() {
            functions.nothing(NativeFunction.FREE, device, handle);
        }
    }

    @Override
    public Kernel prepare(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointer = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment workspace = arena.allocate(ValueLayout.JAVA_LONG);
            int status =
                    functions.status(NativeFunction.PREPARE, device, Layouts.call(call, arena), pointer, workspace);
            check(NativeFunction.PREPARE, status, device);
            return new NativeKernel(call, pointer.get(ValueLayout.ADDRESS, 0), workspace.get(ValueLayout.JAVA_LONG, 0));
        }
    }

    private final class NativeKernel implements Kernel {
        private final Call call;
        private final MemorySegment handle;
        private final long workspaceBytes;

        NativeKernel(Call call, MemorySegment handle, long workspaceBytes) {
            this.call = call;
            this.handle = handle;
            this.workspaceBytes = workspaceBytes;
        }

        @Override
        public long workspaceBytes() {
            return workspaceBytes;
        }

        @Override
        public Launch bind(Arguments arguments) {
            return new NativeLaunch(call, handle, arguments);
        }

        @Override
        public void close() {
            functions.nothing(NativeFunction.RELEASE, device, handle);
        }
    }

    private final class NativeLaunch implements Launch {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment kernel;
        private final MemorySegment inputs;
        private final MemorySegment outputs;
        private final MemorySegment workspace;

        NativeLaunch(Call call, MemorySegment kernel, Arguments arguments) {
            this.kernel = kernel;
            this.inputs = places(Layouts.present(call.inputs()), arguments.inputs());
            this.outputs = places(Layouts.present(call.outputs()), arguments.outputs());
            this.workspace = arguments.workspace().map(this::place).orElse(MemorySegment.NULL);
        }

        private MemorySegment places(List<Operand> operands, Map<String, Argument> arguments) {
            MemorySegment array = arena.allocate(Layouts.ARGUMENT * operands.size(), 8);
            for (int i = 0; i < operands.size(); i++) {
                Argument argument = arguments.get(operands.get(i).name());
                if (argument == null) {
                    throw new IllegalArgumentException(
                            "operand '" + operands.get(i).name() + "' of the call is not bound");
                }
                write(argument, array.asSlice(i * Layouts.ARGUMENT, Layouts.ARGUMENT));
            }
            return array;
        }

        private MemorySegment place(Argument argument) {
            MemorySegment struct = arena.allocate(Layouts.ARGUMENT, 8);
            write(argument, struct);
            return struct;
        }

        private static void write(Argument argument, MemorySegment struct) {
            MemorySegment pointer = switch (argument.buffer()) {
                case NativeBuffer buffer -> buffer.handle;
                case HostBuffer host -> host.memory();
                default -> throw new IllegalArgumentException("a buffer that this backend did not allocate");
            };
            struct.set(ValueLayout.ADDRESS, 0, pointer);
            struct.set(ValueLayout.JAVA_LONG, 8, argument.offset());
        }

        @Override
        public void run() {
            int status = functions.run(device, kernel, inputs, outputs, workspace);
            if (status != OK) {
                check(NativeFunction.RUN, status, device);
            }
        }

        @Override
        public Timing run(int times) {
            if (!library.has(NativeFunction.DEVICE_TIME)) {
                return Launch.super.run(times);
            }
            long[] nanos = new long[times];
            try (Arena own = Arena.ofConfined()) {
                MemorySegment time = own.allocate(ValueLayout.JAVA_LONG);
                for (int i = 0; i < times; i++) {
                    run();
                    int status = functions.status(NativeFunction.DEVICE_TIME, device, time);
                    check(NativeFunction.DEVICE_TIME, status, device);
                    nanos[i] = time.get(ValueLayout.JAVA_LONG, 0);
                }
            }
            return new Timing(nanos, Timing.Clock.DEVICE);
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    @Override
    public void close() {
        functions.nothing(NativeFunction.CLOSE, device);
    }
}
