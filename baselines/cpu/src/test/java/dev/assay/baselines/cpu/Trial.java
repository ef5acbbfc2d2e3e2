package dev.assay.baselines.cpu;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Attribute;
import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.GuardZone;
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
import java.util.function.Consumer;

/// One call with inputs: runs it as the harness does, in small, and holds the outputs against the operator's oracle.
///
/// Memory is guarded, lies at odd multiples of an element, and holds garbage; the kernel runs twice with different
/// garbage, and both results have to agree bit for bit.
final class Trial {
    private static final long ZONE = 256;
    private static final int SHOWN = 6;

    private final Operator operator;
    private final CallBuilder builder;
    private final Map<String, TensorSpec> specs = new LinkedHashMap<>();
    private final Map<String, Fill> fills = new LinkedHashMap<>();
    private final Map<String, List<Consumer<Tensor>>> changes = new LinkedHashMap<>();
    private final Map<String, List<Long>> constants = new LinkedHashMap<>();
    private Fill fill = Fills.of("normal");
    private long seed = 1;

    private Trial(String operator) {
        this.operator = Operators.named(operator, "test");
        this.builder = new CallBuilder(this.operator, "test");
    }

    static Trial of(String operator) {
        return new Trial(operator);
    }

    Trial input(String name, TensorSpec spec) {
        specs.put(name, spec);
        builder.input(name, spec);
        return this;
    }

    Trial input(String name, DType dtype, long... dims) {
        return input(name, TensorSpec.of(dtype, dims));
    }

    Trial constant(String name, Long... values) {
        TensorSpec spec = TensorSpec.of(DType.I64, values.length);
        specs.put(name, spec);
        constants.put(name, List.of(values));
        builder.constant(name, spec, List.of(values));
        return this;
    }

    Trial output(String name) {
        builder.output(name);
        return this;
    }

    Trial attribute(String name, long value) {
        builder.attribute(name, new Attribute.Int(value));
        return this;
    }

    Trial attribute(String name, double value) {
        builder.attribute(name, new Attribute.Real(value));
        return this;
    }

    /// The data set for all inputs.
    Trial fill(String text) {
        fill = Fills.parse(text, "test");
        return this;
    }

    /// The recipe for one input, whatever the data set.
    Trial fill(String input, String text) {
        fills.put(input, Fills.parse(text, "test"));
        return this;
    }

    Trial seed(long value) {
        seed = value;
        return this;
    }

    /// Changes an input after it was filled.
    Trial change(String input, Consumer<Tensor> change) {
        changes.computeIfAbsent(input, name -> new ArrayList<>()).add(change);
        return this;
    }

    /// Sets the element with a row-major number.
    Trial set(String input, long number, double value) {
        return change(input, tensor -> tensor.set(number, value));
    }

    Call call() {
        return builder.build();
    }

    Map<String, Tensor> inputs(Arena arena) {
        Call call = call();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        specs.forEach((name, spec) -> {
            Tensor tensor = Tensor.allocate(spec, arena);
            List<Long> values = constants.get(name);
            if (values == null) {
                Fill.write(values(call, name), tensor);
            } else {
                for (int i = 0; i < values.size(); i++) {
                    tensor.setCodeAt(i, values.get(i));
                }
            }
            changes.getOrDefault(name, List.of()).forEach(change -> change.accept(tensor));
            tensors.put(name, tensor);
        });
        return tensors;
    }

    private Fill.Values values(Call call, String input) {
        Fill own = fills.getOrDefault(input, operator.fill(call, input, fill));
        long key = 1000 * seed + List.copyOf(specs.keySet()).indexOf(input);
        return own.bind(
                new Fill.Site(call.input(input), operator.along(call, input), key, seed, other -> values(call, other)));
    }

    /// What is wrong with the backend's answer, in words; empty if nothing is.
    List<String> run(Backend backend) {
        Call call = call();
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = inputs(arena);
            List<String> wrong = new ArrayList<>();
            Map<String, Tensor> outputs = outputs(backend, call, inputs, arena, wrong);
            wrong.addAll(compare(call, backend.contract(call), inputs, outputs));
            return wrong.size() <= SHOWN ? wrong : shortened(wrong);
        }
    }

    private static List<String> shortened(List<String> wrong) {
        List<String> few = new ArrayList<>(wrong.subList(0, SHOWN));
        few.add("and " + (wrong.size() - SHOWN) + " more");
        return few;
    }

    /// Runs the kernel twice; appends what it did to memory that is not its own.
    static Map<String, Tensor> outputs(
            Backend backend, Call call, Map<String, Tensor> inputs, Arena arena, List<String> wrong) {
        Map<String, Tensor> first = new LinkedHashMap<>();
        try (Kernel kernel = backend.prepare(call)) {
            for (Poison poison : Poison.values()) {
                Map<String, Tensor> outputs = runOnce(backend, kernel, call, inputs, poison, arena, wrong);
                outputs.forEach((name, tensor) -> {
                    Tensor before = first.putIfAbsent(name, tensor);
                    if (before != null && before.memory().mismatch(tensor.memory()) >= 0) {
                        wrong.add(name + " differs from run to run, or was not written");
                    }
                });
            }
        }
        return first;
    }

    /// Prepares, binds, runs once on zeros, and gives everything back.
    static void runOnly(Backend backend, Call call) {
        try (Arena arena = Arena.ofShared();
                Kernel kernel = backend.prepare(call)) {
            Map<String, Tensor> inputs = new LinkedHashMap<>();
            for (Operand operand : call.inputs()) {
                operand.spec().ifPresent(spec -> inputs.put(operand.name(), Tensor.allocate(spec, arena)));
            }
            runOnce(backend, kernel, call, inputs, Poison.NAN, arena, new ArrayList<>());
        }
    }

    private static Map<String, Tensor> runOnce(
            Backend backend,
            Kernel kernel,
            Call call,
            Map<String, Tensor> inputs,
            Poison poison,
            Arena arena,
            List<String> wrong) {
        Map<String, Guarded> in = new LinkedHashMap<>();
        Map<String, Guarded> out = new LinkedHashMap<>();
        inputs.forEach((name, tensor) -> {
            in.put(name, new Guarded(backend, tensor.spec()));
            guarded(in, name).write(tensor.memory());
        });
        for (Operand operand : call.outputs()) {
            operand.spec().ifPresent(spec -> {
                out.put(operand.name(), new Guarded(backend, spec));
                guarded(out, operand.name()).poison(poison, spec.dtype());
            });
        }
        long scratch = kernel.workspaceBytes();
        Optional<Guarded> workspace =
                scratch == 0 ? Optional.empty() : Optional.of(new Guarded(backend, TensorSpec.of(DType.U8, scratch)));
        workspace.ifPresent(memory -> memory.poison(poison, DType.F32));
        try (Launch launch =
                kernel.bind(new Arguments(arguments(in), arguments(out), workspace.map(Guarded::argument)))) {
            launch.run();
        }
        Map<String, Tensor> results = new LinkedHashMap<>();
        out.forEach((name, memory) -> results.put(name, memory.read(arena)));
        in.forEach((name, memory) -> {
            if (memory.read(arena)
                            .memory()
                            .mismatch(required(inputs, name).memory().asSlice(0, memory.bytes))
                    >= 0) {
                wrong.add("input " + name + " was changed");
            }
            memory.close("input " + name, wrong);
        });
        out.forEach((name, memory) -> memory.close("output " + name, wrong));
        workspace.ifPresent(memory -> memory.close("workspace", wrong));
        return results;
    }

    private static Guarded guarded(Map<String, Guarded> map, String name) {
        return required(map, name);
    }

    private static <T> T required(Map<String, T> map, String name) {
        T value = map.get(name);
        if (value == null) {
            throw new IllegalStateException("no " + name);
        }
        return value;
    }

    private static Map<String, Argument> arguments(Map<String, Guarded> memory) {
        Map<String, Argument> arguments = new LinkedHashMap<>();
        memory.forEach((name, guarded) -> arguments.put(name, guarded.argument()));
        return arguments;
    }

    /// A tensor in device memory between two zones that nobody may write to.
    private static final class Guarded {
        final long bytes;
        private final Buffer buffer;
        private final Argument argument;
        private final long front;

        Guarded(Backend backend, TensorSpec spec) {
            this.bytes = spec.byteSize();
            this.front = ZONE + backend.device().alignment(spec.dtype());
            this.buffer = backend.allocate(front + bytes + ZONE);
            this.argument = new Argument(buffer, front, spec);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment all = arena.allocate(front + bytes + ZONE);
                GuardZone.fill(all, 7);
                buffer.write(0, all);
            }
        }

        Argument argument() {
            return argument;
        }

        void write(MemorySegment from) {
            buffer.write(front, from.asSlice(0, bytes));
        }

        void poison(Poison poison, DType dtype) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment garbage = arena.allocate(Math.max(1, bytes), 8);
                poison.fill(garbage, dtype);
                write(garbage);
            }
        }

        Tensor read(Arena arena) {
            MemorySegment memory = arena.allocate(bytes, 8);
            buffer.read(front, memory);
            return Tensor.of(argument.spec(), memory);
        }

        void close(String name, List<String> wrong) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment now = arena.allocate(front + bytes + ZONE);
                MemorySegment then = arena.allocate(front + bytes + ZONE);
                buffer.read(0, now);
                GuardZone.fill(then, 7);
                MemorySegment.copy(now, front, then, front, bytes);
                long at = now.mismatch(then);
                if (at >= 0) {
                    wrong.add(name + " was left at byte " + (at - front) + " of " + bytes);
                }
            }
            buffer.close();
        }
    }

    /// The elements that are not within their bounds.
    static List<String> compare(
            Call call, ComputeContract contract, Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        Oracle oracle = Operators.named(call.operator(), "test").oracle(call, new Inputs(inputs), contract);
        List<String> wrong = new ArrayList<>();
        for (int position = 0; position < call.outputs().size(); position++) {
            Operand operand = call.outputs().get(position);
            if (operand.spec().isEmpty()) {
                continue;
            }
            Tensor actual = required(outputs, operand.name());
            ExpectedBlock block = new ExpectedBlock();
            long seen = 0;
            for (Region region : oracle.regions(position)) {
                block.reset(region);
                oracle.expect(position, region, number -> actual, block);
                for (int i = 0; i < block.elements(); i++) {
                    double got = actual.get(region.number(actual.shape(), i));
                    if (!isRight(block, i, got, contract, actual)) {
                        wrong.add(operand.name() + java.util.Arrays.toString(region.coordinates(i)) + " is " + got
                                + " and not " + block.values()[i] + " +- " + before(block, i, actual));
                    }
                }
                seen += block.elements();
            }
            if (seen != actual.shape().elements()) {
                wrong.add(operand.name() + ": " + seen + " elements compared");
            }
        }
        return wrong;
    }

    private static double before(ExpectedBlock block, int i, Tensor actual) {
        double lambda = RuleConstants.lambda(actual.shape().elements());
        return block.deterministic()[i] + lambda * block.sigmas()[i];
    }

    private static boolean isRight(ExpectedBlock block, int i, double got, ComputeContract contract, Tensor actual) {
        if (contract.outputRounding() != ComputeContract.Rounding.NEAREST_EVEN || contract.flushesOutputs()) {
            throw new IllegalArgumentException("this check knows rounding to nearest only");
        }
        DType dtype = actual.dtype();
        double want = block.values()[i];
        double before = before(block, i, actual);
        if ((block.flags()[i] & ExpectedBlock.ANY) != 0) {
            return true;
        }
        if ((block.flags()[i] & ExpectedBlock.OR_NOT_FINITE) != 0 && !Double.isFinite(got)) {
            return true;
        }
        if (!Double.isFinite(want) || !Double.isFinite(got)) {
            return Double.compare(got, want) == 0
                    || (Math.signum(got) == Math.signum(want)
                            && Double.isInfinite(dtype.round(Math.abs(want) + before)));
        }
        double error = Math.abs((got - want) - block.lows()[i]);
        if (before == 0) {
            double sticky = Math.nextAfter(want, block.lows()[i] * Double.POSITIVE_INFINITY);
            return got == dtype.round(want) || (block.lows()[i] != 0 && got == dtype.round(sticky));
        }
        double limit = before + dtype.ulp(want) / 2;
        // The rounding happens where the device's value lies, which may be the next binade.
        limit = Math.max(limit, before + dtype.ulp(Math.abs(want) + limit) / 2);
        return error <= limit;
    }
}
