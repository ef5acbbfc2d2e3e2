package dev.assay.worker.remote;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Lifetime;
import dev.assay.backend.Support;
import dev.assay.backend.Timing;
import dev.assay.worker.Leftovers;
import dev.assay.worker.WorkerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A backend in a process of its own, as docs/worker-protocol.md has it.
///
/// Whatever happens to that process, [BackendLostException] says it; the backend is of no use from then on, and
/// closing what belongs to it does nothing.
public final class RemoteBackend implements Backend {
    private static final double CLOCKS_DIFFER = 1.001;

    private final Lifetime lifetime = new Lifetime();
    private final Session session;
    private final SharedPool pool;
    private final String name;
    private final String version;
    private final DeviceInfo device;
    private final boolean hostMemory;

    private RemoteBackend(Session session, String name, String version, DeviceInfo device, boolean hostMemory) {
        this.session = session;
        this.pool = new SharedPool(session);
        this.name = name;
        this.version = version;
        this.device = device;
        this.hostMemory = hostMemory;
    }

    /// Starts a program and opens the backend in it.
    ///
    /// @param command its command line, without the socket
    /// @param environment variables set in addition to our own
    /// @throws BackendLostException if it does not start, ends, or does not speak the protocol
    /// @throws RemoteException if the backend does not open
    public static RemoteBackend open(List<String> command, Map<String, String> environment, BackendOptions options) {
        Leftovers.remove(SharedMemory.MEMORY);
        Session session = new Session(started(command, environment));
        try {
            Fields hello = session.hello();
            String named = session.understood(() -> hello.text("name"));
            String version = session.understood(() -> {
                long protocol = hello.integer("protocol", 0);
                if (protocol != Wire.VERSION) {
                    throw new WireException("it speaks version " + protocol + ", and this is version " + Wire.VERSION);
                }
                String mine = hello.text("version", "");
                hello.nothingElse();
                return mine;
            });
            ObjectNode request = Wire.object();
            request.set("options", Wire.texts(options.values()));
            Fields reply = session.ask("open", request);
            return session.understood(() -> {
                String memory = reply.text("memory");
                if (!memory.equals(Wire.HOST) && !memory.equals(Wire.DEVICE)) {
                    throw new WireException("memory is '" + memory + "', neither host nor device");
                }
                DeviceInfo info = Wire.device(reply.object("device"));
                String opened = reply.text("version", version);
                String name = reply.text("name", named);
                reply.nothingElse();
                return new RemoteBackend(session, name, opened, info, memory.equals(Wire.HOST));
            });
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    private static WorkerProcess started(List<String> command, Map<String, String> environment) {
        try {
            return WorkerProcess.start(command, environment);
        } catch (IOException e) {
            throw new BackendLostException(BackendLostException.Kind.CRASH, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BackendLostException(BackendLostException.Kind.CRASH, "interrupted while it was started");
        }
    }

    /// All that is asked from now on has to be answered within this time together.
    public void limit(Duration time) {
        session.limit(time);
    }

    /// Why the process is gone, if it is.
    public Optional<BackendLostException> lost() {
        return session.lost();
    }

    /// What it calls itself.
    public String name() {
        return name;
    }

    public long pid() {
        return session.pid();
    }

    @Override
    public Optional<String> version() {
        return version.isEmpty() ? Optional.empty() : Optional.of(version);
    }

    @Override
    public DeviceInfo device() {
        return device;
    }

    @Override
    public ComputeContract contract(Call call) {
        lifetime.check();
        Fields reply = session.ask("contract", calling(call));
        Map<String, String> fields = session.understood(() -> {
            Map<String, String> texts = reply.object("contract").texts();
            reply.nothingElse();
            return texts;
        });
        return Wire.contract(fields);
    }

    @Override
    public Support supports(Call call) {
        lifetime.check();
        Fields reply = session.ask("supports", calling(call));
        return session.understood(() -> {
            boolean supported = reply.flag("supported");
            String reason = reply.text("reason", "");
            reply.nothingElse();
            return supported ? Support.yes() : Support.no(reason);
        });
    }

    private static ObjectNode calling(Call call) {
        ObjectNode request = Wire.object();
        request.set("call", Wire.call(call));
        return request;
    }

    @Override
    public Buffer allocate(long bytes) {
        lifetime.check();
        return hostMemory ? new SharedBuffer(pool, bytes) : new DeviceBuffer(session, pool, bytes);
    }

    @Override
    public Kernel prepare(Call call) {
        lifetime.check();
        Fields reply = session.ask("prepare", calling(call));
        return session.understood(() -> {
            long kernel = reply.integer("kernel", 1);
            long workspace = reply.integer("workspace_bytes", 0, 0);
            reply.nothingElse();
            return lifetime.guard(new RemoteKernel(kernel, workspace));
        });
    }

    /// Closes the device and ends the process.
    @Override
    public void close() {
        if (!lifetime.close()) {
            return;
        }
        try {
            if (!session.isLost()) {
                session.ask("close", Wire.object()).nothingElse();
            }
        } catch (BackendLostException e) {
            // It is gone, which is what was wanted.
            return;
        } finally {
            pool.close();
            session.close();
        }
    }

    private final class RemoteKernel implements Kernel {
        private final long handle;
        private final long workspaceBytes;

        RemoteKernel(long handle, long workspaceBytes) {
            this.handle = handle;
            this.workspaceBytes = workspaceBytes;
        }

        @Override
        public long workspaceBytes() {
            return workspaceBytes;
        }

        @Override
        public Launch bind(Arguments arguments) {
            ObjectNode request = Wire.object().put("kernel", handle);
            arguments(arguments.inputs(), request.putArray("inputs"));
            arguments(arguments.outputs(), request.putArray("outputs"));
            arguments.workspace().ifPresent(workspace -> place(workspace, request.putObject("workspace")));
            Fields reply = session.ask("bind", request);
            return session.understood(() -> {
                long launch = reply.integer("launch", 1);
                reply.nothingElse();
                return new RemoteLaunch(launch);
            });
        }

        @Override
        public void close() {
            pool.release(handle);
        }
    }

    private static void arguments(Map<String, Argument> arguments, ArrayNode into) {
        arguments.forEach((name, argument) -> place(argument, into.addObject().put("name", name)));
    }

    private static void place(Argument argument, ObjectNode into) {
        long buffer = switch (argument.buffer()) {
            case SharedBuffer shared -> shared.handle();
            case DeviceBuffer device -> device.handle();
            default -> throw new IllegalArgumentException("a buffer that this backend did not allocate");
        };
        into.put("buffer", buffer).put("offset", argument.offset());
    }

    private final class RemoteLaunch implements Launch {
        private final long handle;

        RemoteLaunch(long handle) {
            this.handle = handle;
        }

        @Override
        public void run() {
            run(1);
        }

        @Override
        public Timing run(int times) {
            long start = System.nanoTime();
            Fields reply =
                    session.ask("run", Wire.object().put("launch", handle).put("times", times));
            long had = System.nanoTime() - start;
            return session.understood(() -> timing(reply, times, had));
        }

        private static Timing timing(Fields reply, int times, long had) {
            long[] nanos = reply.integers("nanos", 0).stream()
                    .mapToLong(Long::longValue)
                    .toArray();
            String clock = reply.text("clock");
            reply.nothingElse();
            if (nanos.length != times) {
                throw new WireException(nanos.length + " times of " + times + " runs");
            }
            double sum = 0;
            for (long each : nanos) {
                sum += each;
            }
            if (sum > had * CLOCKS_DIFFER) {
                throw new WireException(
                        "the runs took " + Math.round(sum) + " ns by its own account, and it had " + had);
            }
            return new Timing(
                    nanos,
                    switch (clock) {
                        case "worker" -> Timing.Clock.WORKER;
                        case "device" -> Timing.Clock.DEVICE;
                        case "modelled" -> Timing.Clock.MODELLED;
                        default -> throw new WireException("no clock '" + clock + "'");
                    });
        }

        /// Yes: around [#run] there is the way to the other process and back.
        @Override
        public boolean timesItself() {
            return true;
        }

        @Override
        public void close() {
            pool.release(handle);
        }
    }
}
