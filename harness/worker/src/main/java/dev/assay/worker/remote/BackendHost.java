package dev.assay.worker.remote;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.HarnessException;
import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.HostBuffer;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.backend.Timing;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tensor.TensorSpec;
import dev.assay.worker.WorkerConnection;
import dev.assay.worker.abi.NativeBackend;
import dev.assay.worker.abi.NativeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Serves a backend of this process to a harness in another one. One request at a time, always in the same thread.
public final class BackendHost {
    private static final long HEARTBEAT_MILLIS = 1000;
    private static final String HEARTBEAT = "{\"heartbeat\":true}";

    private final WorkerConnection connection;
    private final Opening opening;
    private final Map<Long, Held> held = new HashMap<>();
    private @Nullable Backend backend;
    private boolean hostMemory;
    private long handles;
    private volatile boolean working;

    private BackendHost(WorkerConnection connection, Opening opening) {
        this.connection = connection;
        this.opening = opening;
    }

    /// How the backend comes about.
    public interface Opening {
        /// Opens it; whatever it throws is told to the harness.
        Backend open(BackendOptions options);
    }

    /// What stands behind a handle.
    private sealed interface Held {
        /// A kernel with the call that it was prepared for.
        record Prepared(Kernel kernel, Call call) implements Held {}

        record Bound(Launch launch) implements Held {}

        /// A buffer, and the shared memory that it lies in if it does.
        record Memory(Buffer buffer, Optional<SharedMemory> shared) implements Held {}
    }

    /// Serves until the harness hangs up, which ends the process.
    ///
    /// @param name of the backend
    /// @param version of the backend, or empty text
    public static void serve(WorkerConnection connection, String name, String version, Opening opening)
            throws IOException, InterruptedException {
        ObjectNode hello = Wire.object();
        hello.putObject("hello").put("protocol", Wire.VERSION).put("name", name).put("version", version);
        connection.send(Wire.text(hello));
        BackendHost host = new BackendHost(connection, opening);
        Thread.ofPlatform().daemon().name("assay-heartbeat").start(host::beat);
        while (true) {
            String request = connection.receive();
            host.working = true;
            String reply = host.answer(request);
            host.working = false;
            connection.send(reply);
        }
    }

    private void beat() {
        try {
            while (true) {
                Thread.sleep(HEARTBEAT_MILLIS);
                if (working) {
                    connection.send(HEARTBEAT);
                }
            }
        } catch (IOException | InterruptedException e) {
            // Without a connection the process ends anyway.
            return;
        }
    }

    private String answer(String message) {
        Fields request = new Fields(Wire.parse(message), "a request");
        ObjectNode reply = Wire.object().put("id", request.integer("id", 0));
        try {
            perform(request, reply);
        } catch (UnsupportedCallException e) {
            error(reply, "unsupported", String.valueOf(e.getMessage()));
        } catch (OutOfMemoryError e) {
            error(reply, "out_of_memory", String.valueOf(e.getMessage()));
        } catch (HarnessException e) {
            error(reply, "failed", e.what() + "; " + e.fix());
        } catch (NativeException e) {
            error(reply, "failed", String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException | IllegalStateException e) {
            error(reply, "failed", String.valueOf(e.getMessage()));
        } catch (RuntimeException | IOException | Error e) {
            error(reply, "failed", e.toString());
        }
        return Wire.text(reply);
    }

    private static void error(ObjectNode reply, String kind, String message) {
        reply.putObject("error").put("kind", kind).put("message", message);
    }

    private void perform(Fields request, ObjectNode reply) throws IOException {
        String type = request.text("type");
        switch (type) {
            case "open" -> open(request, reply);
            case "supports" -> supports(Wire.call(request.object("call")), reply);
            case "contract" ->
                reply.set("contract", Wire.contract(opened().contract(Wire.call(request.object("call")))));
            case "prepare" -> prepare(Wire.call(request.object("call")), reply);
            case "map" -> map(Path.of(request.text("path")), request.integer("bytes", 1), reply);
            case "allocate" -> {
                Buffer buffer = opened().allocate(request.integer("bytes", 1));
                reply.put("buffer", hold(new Held.Memory(buffer, Optional.empty())));
            }
            case "write", "read" -> copy(request, type.equals("write"));
            case "bind" -> bind(request, reply);
            case "run" -> run(request, reply);
            case "release" -> release(request.integer("handle", 1));
            case "close" -> close();
            default -> throw new IllegalArgumentException("no request '" + type + "'");
        }
    }

    private Backend opened() {
        if (backend == null) {
            throw new IllegalStateException("the device is not open");
        }
        return backend;
    }

    private void open(Fields request, ObjectNode reply) {
        if (backend != null) {
            throw new IllegalStateException("the device is open already");
        }
        Backend made = opening.open(
                new BackendOptions(new TreeMap<>(request.object("options").texts())));
        backend = made;
        try (Buffer smallest = made.allocate(1)) {
            hostMemory = smallest instanceof HostBuffer;
        }
        reply.set("device", Wire.device(made.device()));
        reply.put("memory", hostMemory ? Wire.HOST : Wire.DEVICE);
        made.version().ifPresent(version -> reply.put("version", version));
        if (made instanceof NativeBackend library) {
            reply.put("name", library.name());
        }
    }

    private void supports(Call call, ObjectNode reply) {
        Support answer = opened().supports(call);
        reply.put("supported", answer instanceof Support.Yes);
        if (answer instanceof Support.No(String reason)) {
            reply.put("reason", reason);
        }
    }

    private void prepare(Call call, ObjectNode reply) {
        Kernel kernel = opened().prepare(call);
        reply.put("kernel", hold(new Held.Prepared(kernel, call))).put("workspace_bytes", kernel.workspaceBytes());
    }

    private void map(Path path, long bytes, ObjectNode reply) throws IOException {
        SharedMemory shared = SharedMemory.open(path, bytes);
        reply.put("buffer", hold(new Held.Memory(HostBuffer.over(shared.memory()), Optional.of(shared))));
    }

    private void copy(Fields request, boolean write) {
        Held.Memory device = memory(request.integer("buffer", 1));
        String role = write ? "from" : "to";
        Held.Memory host = memory(request.integer(role, 1));
        if (host.shared().isEmpty()) {
            throw new IllegalArgumentException("field " + role + " names no shared memory");
        }
        long offset = request.integer("offset", 0);
        var part =
                host.shared().get().memory().asSlice(request.integer(role + "_offset", 0), request.integer("bytes", 0));
        if (write) {
            device.buffer().write(offset, part);
        } else {
            device.buffer().read(offset, part);
        }
    }

    private void bind(Fields request, ObjectNode reply) {
        if (!(held(request.integer("kernel", 1)) instanceof Held.Prepared(Kernel kernel, Call call))) {
            throw new IllegalArgumentException("field kernel names no kernel");
        }
        Optional<Argument> workspace = request.findObject("workspace")
                .map(place -> argument(place, TensorSpec.of(dev.assay.tensor.DType.U8, kernel.workspaceBytes())));
        Launch launch = kernel.bind(new Arguments(
                arguments(request.objects("inputs"), call.inputs()),
                arguments(request.objects("outputs"), call.outputs()),
                workspace));
        reply.put("launch", hold(new Held.Bound(launch)));
    }

    private Map<String, Argument> arguments(List<Fields> places, List<Operand> operands) {
        Map<String, Argument> arguments = new LinkedHashMap<>();
        for (Fields place : places) {
            String name = place.text("name");
            TensorSpec spec = operands.stream()
                    .filter(operand -> operand.name().equals(name))
                    .findFirst()
                    .flatMap(Operand::spec)
                    .orElseThrow(() -> new IllegalArgumentException("the call has no operand '" + name + "'"));
            arguments.put(name, argument(place, spec));
        }
        return arguments;
    }

    private Argument argument(Fields place, TensorSpec spec) {
        Buffer buffer = memory(place.integer("buffer", 1)).buffer();
        long offset = place.integer("offset", 0);
        if (offset + spec.byteSize() > buffer.bytes()) {
            throw new IllegalArgumentException(
                    spec + " at byte " + offset + " does not lie within its buffer of " + buffer.bytes() + " bytes");
        }
        return new Argument(buffer, offset, spec);
    }

    private void run(Fields request, ObjectNode reply) {
        if (!(held(request.integer("launch", 1)) instanceof Held.Bound(Launch launch))) {
            throw new IllegalArgumentException("field launch names no launch");
        }
        Timing timing = launch.run(Math.toIntExact(request.integer("times", 1)));
        ArrayNode nanos = reply.putArray("nanos");
        for (long each : timing.nanos()) {
            nanos.add(each);
        }
        reply.put("clock", timing.clock().name().toLowerCase(Locale.ROOT));
    }

    private long hold(Held what) {
        held.put(++handles, what);
        return handles;
    }

    private Held held(long handle) {
        Held what = held.get(handle);
        if (what == null) {
            throw new IllegalArgumentException("no handle " + handle);
        }
        return what;
    }

    private Held.Memory memory(long handle) {
        if (held(handle) instanceof Held.Memory memory) {
            return memory;
        }
        throw new IllegalArgumentException("handle " + handle + " is no buffer");
    }

    private void release(long handle) {
        Held what = held(handle);
        held.remove(handle);
        switch (what) {
            case Held.Prepared prepared -> prepared.kernel().close();
            case Held.Bound bound -> bound.launch().close();
            case Held.Memory memory -> {
                memory.buffer().close();
                memory.shared().ifPresent(SharedMemory::close);
            }
        }
    }

    private void close() {
        List.copyOf(held.keySet()).stream().sorted((a, b) -> Long.compare(b, a)).forEach(this::release);
        opened().close();
        backend = null;
    }
}
