package dev.assay.engine.judge;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.tensor.DType;
import dev.assay.tensor.Poison;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A prepared kernel with all its tensors in guarded device memory.
///
/// The harness owns every byte: it writes the inputs, poisons outputs and workspace, restores inputs that are
/// written in place, and reads everything back.
public final class DeviceCall implements AutoCloseable {
    /// Says of an input that a run has overwritten it.
    static final String CHANGED = " was changed, first at byte ";

    private final Call call;
    private Map<String, Tensor> inputs;
    private final Kernel kernel;
    private final Map<String, GuardedArgument> inputMemory = new LinkedHashMap<>();
    private final Map<String, GuardedArgument> outputMemory = new LinkedHashMap<>();
    private final List<GuardedArgument> owned = new ArrayList<>();
    private final Optional<GuardedArgument> workspace;
    private final Launch launch;
    private final long prepareNanos;

    /// Prepares the kernel and binds it to fresh memory.
    ///
    /// @param inputs values on the host, by name
    /// @param aligned whether tensors start at a page, for timing, instead of at an odd multiple of the
    ///     alignment
    public static DeviceCall prepare(Backend backend, Call call, Map<String, Tensor> inputs, boolean aligned) {
        long start = System.nanoTime();
        Kernel kernel = required(backend.prepare(call), "prepare()");
        return new DeviceCall(backend, call, inputs, kernel, System.nanoTime() - start, aligned);
    }

    private DeviceCall(
            Backend backend, Call call, Map<String, Tensor> inputs, Kernel kernel, long prepareNanos, boolean aligned) {
        this.call = call;
        this.inputs = inputs;
        this.kernel = kernel;
        this.prepareNanos = prepareNanos;
        try {
            for (Operand operand : call.inputs()) {
                operand.spec().ifPresent(spec -> inputMemory.put(operand.name(), own(backend, spec, aligned)));
            }
            for (Operand operand : call.outputs()) {
                operand.spec()
                        .ifPresent(spec -> outputMemory.put(operand.name(), output(backend, operand, spec, aligned)));
            }
            long scratch = kernel.workspaceBytes();
            this.workspace = scratch > 0
                    ? Optional.of(own(backend, TensorSpec.of(DType.U8, scratch), aligned))
                    : Optional.empty();
            load(inputs);
            this.launch = required(
                    kernel.bind(new Arguments(
                            arguments(inputMemory), arguments(outputMemory), workspace.map(GuardedArgument::argument))),
                    "bind()");
        } catch (RuntimeException | Error e) {
            try {
                release();
            } catch (RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /// What a plugin must not answer with null.
    static <T> T required(T answer, String method) {
        if (answer == null) {
            throw new IllegalStateException(method + " answered null");
        }
        return answer;
    }

    /// Replaces the values of all inputs.
    void load(Map<String, Tensor> values) {
        inputs = values;
        inputMemory.forEach((name, memory) -> memory.write(host(name).memory()));
    }

    private GuardedArgument own(Backend backend, TensorSpec spec, boolean aligned) {
        GuardedArgument memory = new GuardedArgument(backend, spec, aligned);
        owned.add(memory);
        return memory;
    }

    private GuardedArgument output(Backend backend, Operand operand, TensorSpec spec, boolean aligned) {
        return operand.aliasOf().map(this::inputNamed).orElseGet(() -> own(backend, spec, aligned));
    }

    private GuardedArgument inputNamed(String name) {
        GuardedArgument memory = inputMemory.get(name);
        if (memory == null) {
            throw new IllegalStateException("an output is written in place of input " + name + ", which is absent");
        }
        return memory;
    }

    private static Map<String, Argument> arguments(Map<String, GuardedArgument> memory) {
        Map<String, Argument> arguments = new LinkedHashMap<>();
        memory.forEach((name, guarded) -> arguments.put(name, guarded.argument()));
        return arguments;
    }

    private Tensor host(String input) {
        Tensor tensor = inputs.get(input);
        if (tensor == null) {
            throw new IllegalStateException("no values for input " + input);
        }
        return tensor;
    }

    public Launch launch() {
        return launch;
    }

    public long prepareNanos() {
        return prepareNanos;
    }

    /// Whether some output is written in the memory of an input, which then has to be restored before every
    /// run.
    public boolean writesInPlace() {
        return call.outputs().stream().anyMatch(operand -> operand.aliasOf().isPresent());
    }

    /// Puts back the inputs that a run has overwritten.
    public void restoreInPlace() {
        for (Operand operand : call.outputs()) {
            operand.aliasOf()
                    .ifPresent(name -> inputNamed(name).write(host(name).memory()));
        }
    }

    /// Fills guard zones, outputs and workspace with what the next run must not depend on.
    void arm(Poison poison, long guardSeed) {
        owned.forEach(memory -> memory.guard(guardSeed));
        restoreInPlace();
        try (Arena arena = Arena.ofConfined()) {
            for (Operand operand : call.outputs()) {
                if (operand.spec().isPresent() && operand.aliasOf().isEmpty()) {
                    TensorSpec spec = operand.spec().get();
                    fill(arena, outputNamed(operand.name()), spec, poison);
                }
            }
            workspace.ifPresent(memory -> fill(arena, memory, memory.argument().spec(), poison));
        }
    }

    private static void fill(Arena arena, GuardedArgument memory, TensorSpec spec, Poison poison) {
        MemorySegment bytes = arena.allocate(Math.max(1, spec.byteSize()), 8);
        poison.fill(bytes, spec.dtype());
        memory.write(bytes);
    }

    private GuardedArgument outputNamed(String name) {
        GuardedArgument memory = outputMemory.get(name);
        if (memory == null) {
            throw new IllegalStateException("no output " + name);
        }
        return memory;
    }

    /// Reads the outputs back.
    public Map<String, Tensor> readOutputs(Arena arena) {
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputMemory.forEach((name, memory) -> {
            Tensor tensor = Tensor.allocate(memory.argument().spec(), arena);
            memory.read(tensor.memory());
            clearPadding(tensor);
            outputs.put(name, tensor);
        });
        return outputs;
    }

    /// Sets the bits behind the last element of a packed type to 0: they belong to nobody, and may hold anything.
    private static void clearPadding(Tensor tensor) {
        int used = (int) (tensor.shape().elements() * tensor.dtype().bits() % 8);
        if (tensor.dtype().bits() < 8 && used > 0) {
            long last = tensor.spec().byteSize() - 1;
            byte octet = tensor.memory().get(ValueLayout.JAVA_BYTE, last);
            tensor.memory().set(ValueLayout.JAVA_BYTE, last, (byte) (octet & ((1 << used) - 1)));
        }
    }

    /// What the last run did to memory that is not its own, in words.
    List<String> damage(long guardSeed) {
        List<String> found = new ArrayList<>();
        inputMemory.forEach((name, memory) -> {
            memory.damage(guardSeed).ifPresent(how -> found.add("input " + name + ": " + how));
            if (!isWrittenInPlace(name)) {
                long at = memory.firstDifference(host(name).memory());
                if (at >= 0) {
                    found.add("input " + name + CHANGED + at);
                }
            }
        });
        outputMemory.forEach(
                (name, memory) -> memory.damage(guardSeed).ifPresent(how -> found.add("output " + name + ": " + how)));
        workspace.flatMap(memory -> memory.damage(guardSeed)).ifPresent(how -> found.add("workspace: " + how));
        return found;
    }

    private boolean isWrittenInPlace(String input) {
        return call.outputs().stream().anyMatch(operand -> operand.aliasOf().equals(Optional.of(input)));
    }

    @Override
    public void close() {
        try {
            launch.close();
        } finally {
            release();
        }
    }

    private void release() {
        try {
            kernel.close();
        } finally {
            owned.forEach(GuardedArgument::close);
        }
    }
}
