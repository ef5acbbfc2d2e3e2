package dev.assay.tck.rules;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.engine.judge.GuardedArgument;
import dev.assay.tensor.DType;
import dev.assay.tensor.Poison;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A kernel with its tensors in device memory, which are placed and filled as a rule wants them.
///
/// Every tensor lies in a buffer of its own between two zones that are not its own.
final class Rig implements AutoCloseable {
    private static final long SEED = 0x7C4;

    /// Where in its buffer a tensor starts.
    enum Place {
        /// At an even multiple of the alignment: a page, if the alignment divides one.
        PAGE,
        /// At an odd multiple of the alignment that the device declares.
        ODD
    }

    /// What an output and the workspace hold before a run.
    enum Garbage {
        ZERO,
        NAN,
        FINITE;

        void fill(MemorySegment bytes, DType dtype) {
            switch (this) {
                case ZERO -> bytes.fill((byte) 0);
                case NAN -> Poison.NAN.fill(bytes, dtype);
                case FINITE -> Poison.FINITE.fill(bytes, dtype);
            }
        }
    }

    private final Example example;
    private final Kernel kernel;
    private final boolean ownsKernel;
    private final Map<String, GuardedArgument> inputs = new LinkedHashMap<>();
    private final Map<String, GuardedArgument> outputs = new LinkedHashMap<>();
    private final List<GuardedArgument> slots = new ArrayList<>();
    private final Optional<GuardedArgument> workspace;
    private final Launch launch;
    private Map<String, Tensor> values;

    /// Prepares a kernel and binds it to memory of its own.
    static Rig prepare(Backend backend, Example example, Place place) {
        return new Rig(backend, backend.prepare(example.call()), true, example, example.inputs(0), place);
    }

    /// Binds a kernel that somebody else prepared and closes.
    static Rig bind(Backend backend, Kernel kernel, Example example, Map<String, Tensor> values) {
        return new Rig(backend, kernel, false, example, values, Place.PAGE);
    }

    private Rig(
            Backend backend,
            Kernel kernel,
            boolean ownsKernel,
            Example example,
            Map<String, Tensor> values,
            Place place) {
        this.example = example;
        this.kernel = kernel;
        this.ownsKernel = ownsKernel;
        this.values = values;
        try {
            for (Operand operand : example.call().inputs()) {
                operand.spec().ifPresent(spec -> inputs.put(operand.name(), slot(backend, spec, place)));
            }
            for (Operand operand : example.call().outputs()) {
                operand.spec()
                        .ifPresent(spec -> outputs.put(
                                operand.name(),
                                operand.aliasOf().map(this::input).orElseGet(() -> slot(backend, spec, place))));
            }
            long scratch = kernel.workspaceBytes();
            workspace = scratch > 0
                    ? Optional.of(slot(backend, TensorSpec.of(DType.U8, scratch), place))
                    : Optional.empty();
            arm(Garbage.ZERO, Garbage.ZERO);
            launch = kernel.bind(
                    new Arguments(arguments(inputs), arguments(outputs), workspace.map(GuardedArgument::argument)));
        } catch (RuntimeException | Error e) {
            try {
                release();
            } catch (RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private GuardedArgument slot(Backend backend, TensorSpec spec, Place place) {
        GuardedArgument slot = new GuardedArgument(backend, spec, place == Place.PAGE);
        slots.add(slot);
        return slot;
    }

    private GuardedArgument input(String name) {
        GuardedArgument slot = inputs.get(name);
        if (slot == null) {
            throw new IllegalStateException("an output is written in place of input " + name + ", which is absent");
        }
        return slot;
    }

    private static Map<String, Argument> arguments(Map<String, GuardedArgument> slots) {
        Map<String, Argument> arguments = new LinkedHashMap<>();
        slots.forEach((name, slot) -> arguments.put(name, slot.argument()));
        return arguments;
    }

    boolean hasWorkspace() {
        return workspace.isPresent();
    }

    Kernel kernel() {
        return kernel;
    }

    Launch launch() {
        return launch;
    }

    List<Buffer> buffers() {
        return slots.stream().map(slot -> slot.argument().buffer()).toList();
    }

    /// Takes other values for the inputs; they reach the device with the next [#arm].
    void load(Map<String, Tensor> others) {
        values = others;
    }

    /// Fills everything anew: guard zones, inputs, outputs, workspace.
    void arm(Garbage output, Garbage scratch) {
        slots.forEach(slot -> slot.guard(SEED));
        outputs.values().forEach(slot -> fill(slot, output));
        inputs.forEach((name, slot) -> slot.write(value(name).memory()));
        workspace.ifPresent(slot -> fill(slot, scratch));
    }

    private static void fill(GuardedArgument slot, Garbage garbage) {
        TensorSpec spec = slot.argument().spec();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment content = arena.allocate(Math.max(8, spec.byteSize()), 8);
            garbage.fill(content, spec.dtype());
            slot.write(content);
        }
    }

    private Tensor value(String input) {
        Tensor tensor = values.get(input);
        if (tensor == null) {
            throw new IllegalStateException("no values for input " + input);
        }
        return tensor;
    }

    /// Runs once and reads the outputs back.
    Map<String, Tensor> run() {
        launch.run();
        return outputs();
    }

    Map<String, Tensor> outputs() {
        Map<String, Tensor> read = new LinkedHashMap<>();
        outputs.forEach((name, slot) -> {
            Tensor tensor = Tensor.allocate(slot.argument().spec(), Arena.ofAuto());
            slot.read(tensor.memory());
            read.put(name, tensor);
        });
        return read;
    }

    /// Where something was written that belongs to nobody, in words.
    Optional<String> damage() {
        return damage("input ", inputs)
                .or(() -> damage("output ", outputs))
                .or(() -> workspace.flatMap(slot -> slot.damage(SEED)).map(how -> "workspace: " + how));
    }

    private static Optional<String> damage(String kind, Map<String, GuardedArgument> slots) {
        for (Map.Entry<String, GuardedArgument> slot : slots.entrySet()) {
            Optional<String> damage = slot.getValue().damage(SEED);
            if (damage.isPresent()) {
                return Optional.of(kind + slot.getKey() + ": " + damage.get());
            }
        }
        return Optional.empty();
    }

    /// An input that a run has changed, and that no output is written in place of; in words.
    Optional<String> changedInput() {
        for (Map.Entry<String, GuardedArgument> slot : inputs.entrySet()) {
            boolean inPlace = example.call().outputs().stream()
                    .anyMatch(output -> output.aliasOf().equals(Optional.of(slot.getKey())));
            long at = inPlace
                    ? -1
                    : slot.getValue().firstDifference(value(slot.getKey()).memory());
            if (at >= 0) {
                return Optional.of("input " + slot.getKey() + " was changed, first at byte " + at);
            }
        }
        return Optional.empty();
    }

    /// The first element that differs between two runs, as the user would name it.
    static Optional<String> difference(Map<String, Tensor> some, Map<String, Tensor> others) {
        for (Map.Entry<String, Tensor> entry : some.entrySet()) {
            Tensor one = entry.getValue();
            Tensor other = others.get(entry.getKey());
            if (other == null) {
                return Optional.of(entry.getKey() + " is missing");
            }
            for (long i = 0; i < one.shape().elements(); i++) {
                if (one.codeAt(i) != other.codeAt(i)) {
                    return Optional.of(element(entry.getKey(), one, i) + " is " + one.get(i) + " and " + other.get(i));
                }
            }
        }
        return Optional.empty();
    }

    /// How many elements still hold what two runs found there, in words; empty if all were written.
    static Optional<String> unwritten(Map<String, Tensor> afterNan, Map<String, Tensor> afterFinite) {
        for (Map.Entry<String, Tensor> entry : afterNan.entrySet()) {
            Tensor one = entry.getValue();
            Tensor other = afterFinite.get(entry.getKey());
            long count = 0;
            long first = -1;
            for (long i = 0; other != null && i < one.shape().elements(); i++) {
                if (one.codeAt(i) == Poison.NAN.code(one.dtype())
                        && other.codeAt(i) == Poison.FINITE.code(one.dtype())) {
                    first = count == 0 ? i : first;
                    count++;
                }
            }
            if (count > 0) {
                return Optional.of(count + " of " + one.shape().elements() + " elements of output " + entry.getKey()
                        + " were not written, first " + element(entry.getKey(), one, first));
            }
        }
        return Optional.empty();
    }

    private static String element(String output, Tensor tensor, long index) {
        StringBuilder text = new StringBuilder(output).append('[');
        long[] place = tensor.shape().coordinates(index);
        for (int axis = 0; axis < place.length; axis++) {
            text.append(axis == 0 ? "" : ",").append(place[axis]);
        }
        return text.append(']').toString();
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
            if (ownsKernel) {
                kernel.close();
            }
        } finally {
            slots.forEach(GuardedArgument::close);
        }
    }
}
