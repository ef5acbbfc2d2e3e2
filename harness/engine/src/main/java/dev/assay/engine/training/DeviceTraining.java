package dev.assay.engine.training;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.engine.judge.GuardedArgument;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The training on a device: all tensors in its memory, all calls by its kernels.
///
/// A state lies at two places, of which one is read and the other written, by turns. Throws what the plugin
/// throws, wrapped in [StepFailure], which says where.
final class DeviceTraining implements AutoCloseable {
    private final Backend backend;
    private final Tape tape;
    private final Map<String, GuardedArgument> memory = new LinkedHashMap<>();
    private final Map<Call, Kernel> kernels = new HashMap<>();
    private final Map<Kernel, Optional<GuardedArgument>> workspaces = new HashMap<>();
    /// By parity of the step, then by number of the call.
    private final List<Map<Integer, Launch>> launches = List.of(new HashMap<>(), new HashMap<>());

    private int done;

    /// Watches calls as they are made.
    interface Watcher {
        /// Sees nothing.
        Watcher NONE = new Watcher() {};

        /// Called before a call is made.
        default void before(TapeCall entry, Call call) {}

        /// Called after a call is complete.
        default void after(TapeCall entry, Call call) {}
    }

    DeviceTraining(Backend backend, Tape tape) {
        this.backend = backend;
        this.tape = tape;
        for (Slot slot : tape.slots().values()) {
            if (slot.role() == Slot.Role.STATE) {
                memory.put(Slot.next(slot.name()), new GuardedArgument(backend, slot.spec(), true));
            }
            if (slot.role() != Slot.Role.VIEW) {
                memory.put(slot.name(), new GuardedArgument(backend, slot.spec(), true));
            }
        }
    }

    /// Steps that have been done.
    int done() {
        return done;
    }

    private GuardedArgument place(String slot, int parity) {
        boolean next = slot.endsWith("'");
        String name =
                next ? slot.substring(0, slot.length() - 1) : tape.slot(slot).lies();
        boolean other = tape.slot(name).role() == Slot.Role.STATE && next == (parity == 0);
        GuardedArgument place = memory.get(other ? Slot.next(name) : name);
        if (place == null) {
            throw new IllegalStateException("no memory for " + slot);
        }
        return place;
    }

    /// Sets a slot between two steps.
    void write(String slot, double[] values) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.allocate(tape.slot(slot).spec(), arena);
            tensor.encode(0, values.length, values, 0);
            place(slot, done % 2).write(tensor.memory());
        }
    }

    /// What a slot holds between two steps.
    double[] values(String slot) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.allocate(tape.slot(slot).spec(), arena);
            place(slot, done % 2).read(tensor.memory());
            double[] values = new double[Math.toIntExact(tensor.shape().elements())];
            tensor.decode(0, values.length, values, 0);
            return values;
        }
    }

    /// Operands of a call that was just made, or is about to be made, for a [Watcher].
    Map<String, Tensor> read(Map<String, String> slots, List<Call.Operand> operands, Arena arena) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        arguments(slots, operands, done % 2).forEach((operand, argument) -> {
            Tensor tensor = Tensor.allocate(argument.spec(), arena);
            if (tensor.spec().byteSize() > 0) {
                argument.buffer()
                        .read(
                                argument.offset(),
                                tensor.memory().asSlice(0, tensor.spec().byteSize()));
            }
            tensors.put(operand, tensor);
        });
        return tensors;
    }

    /// Does a step.
    void step(Watcher watcher) {
        int number = done + 1;
        for (int i = 0; i < tape.calls().size(); i++) {
            TapeCall entry = tape.calls().get(i);
            Call call = entry.call().apply(number);
            watcher.before(entry, call);
            try {
                if (entry.everyStep()) {
                    once(entry, call);
                } else {
                    launch(i, entry, call).run();
                }
            } catch (RuntimeException | Error e) {
                throw new StepFailure(number, entry.part(), call.operator(), e);
            }
            watcher.after(entry, call);
        }
        done = number;
    }

    private void once(TapeCall entry, Call call) {
        try (Kernel kernel = backend.prepare(call)) {
            Optional<GuardedArgument> workspace = workspace(kernel);
            try (Launch launch = bind(entry, call, kernel, workspace, done % 2)) {
                launch.run();
            } finally {
                workspace.ifPresent(GuardedArgument::close);
            }
        }
    }

    private Launch launch(int index, TapeCall entry, Call call) {
        return launches.get(done % 2).computeIfAbsent(index, i -> {
            Kernel kernel = kernels.computeIfAbsent(call, backend::prepare);
            return bind(entry, call, kernel, workspaces.computeIfAbsent(kernel, this::workspace), done % 2);
        });
    }

    private Optional<GuardedArgument> workspace(Kernel kernel) {
        long bytes = kernel.workspaceBytes();
        return bytes == 0
                ? Optional.empty()
                : Optional.of(new GuardedArgument(backend, TensorSpec.of(DType.U8, bytes), true));
    }

    private Launch bind(TapeCall entry, Call call, Kernel kernel, Optional<GuardedArgument> workspace, int parity) {
        return kernel.bind(new Arguments(
                arguments(entry.inputs(), call.inputs(), parity),
                arguments(entry.outputs(), call.outputs(), parity),
                workspace.map(GuardedArgument::argument)));
    }

    /// In the order of the signature.
    private Map<String, Argument> arguments(Map<String, String> slots, List<Call.Operand> operands, int parity) {
        Map<String, Argument> arguments = new LinkedHashMap<>();
        for (Call.Operand operand : operands) {
            String slot = slots.get(operand.name());
            if (slot != null && operand.spec().isPresent()) {
                Argument whole = place(slot, parity).argument();
                arguments.put(
                        operand.name(),
                        new Argument(
                                whole.buffer(), whole.offset(), operand.spec().get()));
            }
        }
        return arguments;
    }

    @Override
    public void close() {
        List<Runnable> all = new ArrayList<>();
        launches.forEach(byCall -> byCall.values().forEach(launch -> all.add(launch::close)));
        kernels.values().forEach(kernel -> all.add(kernel::close));
        workspaces.values().forEach(workspace -> workspace.ifPresent(one -> all.add(one::close)));
        memory.values().forEach(one -> all.add(one::close));
        List<RuntimeException> failures = new ArrayList<>();
        for (Runnable one : all) {
            try {
                one.run();
            } catch (RuntimeException e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
    }
}
