package dev.assay.baselines.simulated;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.backend.HostBuffer;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One call on one set of inputs, and the harness's way of judging it in little: guarded and poisoned memory, two
/// runs, every element held against the reference and the bound that follows from the contract.
///
/// Written again here because a backend may not use the harness; so the two check each other.
final class Exam {
    /// In the order in which the harness reports.
    static final List<String> LAYERS = List.of("memory", "exact", "bound", "relation", "special", "determinism");

    private static final long ZONE = 256;

    private final String name;
    private final Operator operator;
    private final Call call;
    private final Map<String, Tensor> inputs = new LinkedHashMap<>();
    private final Map<String, Fill.Values> values = new HashMap<>();
    private final Map<ComputeContract, List<Expected>> expected = new HashMap<>();
    private final Fill fill;

    Exam(Call call, String fill) {
        this.call = call;
        this.operator = Operators.named(call.operator(), "exam");
        this.fill = Fills.parse(fill, "exam");
        this.name = call + " " + fill;
        for (Operand operand : call.inputs()) {
            operand.spec().ifPresent(spec -> inputs.put(operand.name(), tensor(operand.name(), spec)));
        }
    }

    static CallBuilder call(String operator) {
        return new CallBuilder(Operators.named(operator, "exam"), "exam");
    }

    /// A plain matrix product.
    static Exam matmul(DType dtype, long m, long k, long n, String fill) {
        return new Exam(
                call("matmul")
                        .input("A", TensorSpec.of(dtype, m, k))
                        .input("B", TensorSpec.of(dtype, k, n))
                        .build(),
                fill);
    }

    private Tensor tensor(String input, TensorSpec spec) {
        Tensor tensor = Tensor.allocate(spec, Arena.ofAuto());
        List<Long> fixed = call.constants().get(input);
        if (fixed == null) {
            Fill.write(bound(input), tensor);
        } else {
            for (int i = 0; i < fixed.size(); i++) {
                tensor.setCodeAt(i, spec.dtype().encodeLong(fixed.get(i)));
            }
        }
        return tensor;
    }

    private Fill.Values bound(String input) {
        Fill.Values known = values.get(input);
        if (known == null) {
            long caseKey = name.hashCode() * 0x9E37_79B9_7F4A_7C15L;
            known = operator.fill(call, input, fill)
                    .bind(new Fill.Site(
                            call.input(input),
                            operator.along(call, input),
                            caseKey + input.hashCode(),
                            caseKey,
                            this::bound));
            values.put(input, known);
        }
        return known;
    }

    private static boolean hasSpecials(Tensor tensor) {
        for (long i = 0; tensor.dtype().isFloat() && i < tensor.shape().elements(); i++) {
            if (!Double.isFinite(tensor.get(i))) {
                return true;
            }
        }
        return false;
    }

    Call call() {
        return call;
    }

    Tensor input(String input) {
        return present(inputs, input);
    }

    private static <T> T present(Map<String, T> map, String key) {
        T value = map.get(key);
        if (value == null) {
            throw new IllegalArgumentException("no " + key + " in " + map.keySet());
        }
        return value;
    }

    @Override
    public String toString() {
        return name;
    }

    /// Changes an input, before the first run.
    Exam set(String input, long index, double value) {
        input(input).set(index, value);
        return this;
    }

    /// Takes over the first elements of another exam's inputs, as many as there are, before the first run.
    Exam copying(Exam larger) {
        inputs.forEach((input, tensor) -> {
            for (long i = 0; i < tensor.shape().elements(); i++) {
                tensor.setCodeAt(i, larger.input(input).codeAt(i));
            }
        });
        return this;
    }

    /// What a run did.
    private record Run(Map<String, Tensor> outputs, Optional<String> damage) {}

    /// Device memory of one tensor with a guard zone on either side.
    private record Guarded(Buffer buffer, long front, TensorSpec spec) {
        static Guarded allocate(Backend backend, TensorSpec spec) {
            long front = ZONE + backend.device().alignment(spec.dtype());
            return new Guarded(backend.allocate(front + spec.byteSize() + ZONE), front, spec);
        }

        Argument argument() {
            return new Argument(buffer, front, spec);
        }

        void guard(long seed) {
            GuardZone.fill(zone(true), seed);
            GuardZone.fill(zone(false), seed + 1);
        }

        Optional<String> damage(long seed) {
            if (GuardZone.firstChange(zone(true), seed) >= 0) {
                return Optional.of("wrote before " + spec);
            }
            return GuardZone.firstChange(zone(false), seed + 1) >= 0
                    ? Optional.of("wrote behind " + spec)
                    : Optional.empty();
        }

        private java.lang.foreign.MemorySegment zone(boolean before) {
            java.lang.foreign.MemorySegment all = ((HostBuffer) buffer).memory();
            return before ? all.asSlice(0, front) : all.asSlice(front + spec.byteSize(), ZONE);
        }

        Tensor copy() {
            Tensor tensor = Tensor.allocate(spec, Arena.ofAuto());
            tensor.memory().copyFrom(argument().memory());
            return tensor;
        }
    }

    private Run run(Backend backend, Poison poison, long seed) {
        Map<String, Guarded> in = new LinkedHashMap<>();
        Map<String, Guarded> out = new LinkedHashMap<>();
        Map<String, Argument> inputArguments = new LinkedHashMap<>();
        Map<String, Argument> outputArguments = new LinkedHashMap<>();
        inputs.forEach((input, tensor) -> {
            Guarded memory = Guarded.allocate(backend, tensor.spec());
            memory.guard(seed);
            memory.argument()
                    .memory()
                    .copyFrom(tensor.memory().asSlice(0, tensor.spec().byteSize()));
            in.put(input, memory);
            inputArguments.put(input, memory.argument());
        });
        for (Operand operand : call.outputs()) {
            operand.spec().ifPresent(spec -> {
                Guarded memory = Guarded.allocate(backend, spec);
                memory.guard(seed);
                poison.fill(memory.argument().memory(), spec.dtype());
                out.put(operand.name(), memory);
                outputArguments.put(operand.name(), memory.argument());
            });
        }
        try (Kernel kernel = backend.prepare(call);
                Launch launch = kernel.bind(new Arguments(inputArguments, outputArguments, Optional.empty()))) {
            launch.run();
            Optional<String> damage = Optional.empty();
            Map<String, Tensor> outputs = new LinkedHashMap<>();
            for (Map.Entry<String, Guarded> memory : in.entrySet()) {
                long bytes = memory.getValue().spec().byteSize();
                boolean changed = memory.getValue()
                                .argument()
                                .memory()
                                .mismatch(input(memory.getKey()).memory().asSlice(0, bytes))
                        >= 0;
                damage = changed
                        ? Optional.of("changed " + memory.getKey())
                        : damage.or(() -> memory.getValue().damage(seed));
            }
            for (Map.Entry<String, Guarded> memory : out.entrySet()) {
                damage = damage.or(() -> memory.getValue().damage(seed));
                outputs.put(memory.getKey(), memory.getValue().copy());
            }
            return new Run(outputs, damage);
        } finally {
            in.values().forEach(memory -> memory.buffer().close());
            out.values().forEach(memory -> memory.buffer().close());
        }
    }

    /// The outputs of one run.
    Map<String, Tensor> outputs(Backend backend) {
        return run(backend, Poison.NAN, 1).outputs();
    }

    /// Whether two backends leave different memory behind.
    boolean differs(Backend one, Backend other) {
        Run first = run(one, Poison.NAN, 1);
        Run second = run(other, Poison.NAN, 1);
        boolean same = first.damage().equals(second.damage());
        for (Map.Entry<String, Tensor> output : first.outputs().entrySet()) {
            same &= output.getValue()
                            .memory()
                            .mismatch(present(second.outputs(), output.getKey()).memory())
                    < 0;
        }
        return !same;
    }

    /// The first layer that objects to a backend, with what it says; empty if none does.
    Optional<String> objection(Backend backend) {
        Run first = run(backend, Poison.NAN, 1);
        Run second = run(backend, Poison.FINITE, 3);
        Map<String, String> byLayer = new HashMap<>();
        first.damage().or(second::damage).ifPresent(what -> byLayer.put("memory", what));
        ComputeContract contract = backend.contract(call);
        boolean specialInputs = inputs.values().stream().anyMatch(Exam::hasSpecials);
        for (Expected output : expected(contract, first.outputs())) {
            Tensor a = present(first.outputs(), output.name());
            Tensor b = present(second.outputs(), output.name());
            for (int i = 0; i < output.whole().elements(); i++) {
                boolean unwritten =
                        a.codeAt(i) == Poison.NAN.code(a.dtype()) && b.codeAt(i) == Poison.FINITE.code(b.dtype());
                if (unwritten) {
                    byLayer.putIfAbsent("memory", output.name() + " element " + i + " was not written");
                }
                if (contract.deterministic() && a.codeAt(i) != b.codeAt(i)) {
                    byLayer.putIfAbsent("determinism", output.name() + " element " + i + " differs");
                }
                String where = output.name() + " element " + i + ": ";
                output.complaint(i, a.get(i), a.dtype(), specialInputs)
                        .ifPresent(found -> byLayer.putIfAbsent(found.layer(), where + found.what()));
            }
        }
        return LAYERS.stream().filter(byLayer::containsKey).findFirst().map(layer -> layer + ": " + byLayer.get(layer));
    }

    private record Complaint(String layer, String what) {}

    /// The reference's values of an output, with the allowed errors.
    private record Expected(String name, double lambda, ExpectedBlock whole, ComputeContract contract) {

        Optional<Complaint> complaint(int i, double got, DType dtype, boolean specialInputs) {
            if ((whole.flags()[i] & ExpectedBlock.ANY) != 0) {
                return Optional.empty();
            }
            double want = whole.values()[i];
            double before = whole.deterministic()[i] + lambda * whole.sigmas()[i];
            boolean finite = Double.isFinite(want) && Double.isFinite(got);
            if (finite && before != 0) {
                double limit = rounding(dtype, want) + before;
                limit = Math.max(limit, rounding(dtype, Math.abs(want) + limit) + before);
                double error = Math.abs(got - want - whole.lows()[i]);
                boolean cutOff = truncates()
                        && got == Math.copySign(dtype.maxFinite(), want)
                        && Math.abs(want) + before >= dtype.maxFinite();
                return error <= limit || cutOff ? Optional.empty() : complaint("bound", want, got, limit);
            }
            if (finite) {
                return got == rounded(dtype, want) ? Optional.empty() : complaint("exact", want, got, 0);
            }
            boolean open = (whole.flags()[i] & ExpectedBlock.OR_NOT_FINITE) != 0 && !Double.isFinite(got);
            boolean overflows = Double.isInfinite(got)
                    && Math.signum(got) == Math.signum(want)
                    && Double.isInfinite(dtype.round(Math.abs(want) + before));
            if (open || overflows || Double.compare(got, want) == 0) {
                return Optional.empty();
            }
            boolean special = !Double.isFinite(want) || specialInputs;
            return complaint(special ? "special" : before > 0 ? "bound" : "exact", want, got, before);
        }

        private boolean truncates() {
            return contract.outputRounding() == Rounding.TOWARD_ZERO;
        }

        /// What the final rounding may do to a value.
        private double rounding(DType dtype, double value) {
            double flushed = contract.flushesOutputs() ? dtype.minNormal() : 0;
            return dtype.ulp(value) * (truncates() ? 1 : 0.5) + flushed;
        }

        private double rounded(DType dtype, double value) {
            double rounded = dtype.round(value);
            if (truncates() && Math.abs(rounded) > Math.abs(value)) {
                rounded = Double.isInfinite(rounded)
                        ? Math.copySign(dtype.maxFinite(), rounded)
                        : dtype.decode(dtype.encode(rounded) - 1);
            }
            return contract.flushesOutputs() && Math.abs(rounded) < dtype.minNormal() ? 0 : rounded;
        }

        private static Optional<Complaint> complaint(String layer, double want, double got, double limit) {
            return Optional.of(new Complaint(layer, "expected " + want + ", got " + got + ", allowed " + limit));
        }
    }

    private List<Expected> expected(ComputeContract contract, Map<String, Tensor> outputs) {
        if (contract.outputViaF32()) {
            throw new IllegalStateException("this exam does not know the contract " + contract);
        }
        return expected.computeIfAbsent(contract, c -> {
            Oracle oracle = operator.oracle(call, new Inputs(inputs), c);
            List<Expected> all = new ArrayList<>();
            for (int position = 0; position < call.outputs().size(); position++) {
                Operand operand = call.outputs().get(position);
                if (operand.spec().isPresent()) {
                    all.add(expected(
                            oracle, position, operand.name(), operand.spec().get(), outputs, c));
                }
            }
            return all;
        });
    }

    private Expected expected(
            Oracle oracle,
            int position,
            String output,
            TensorSpec spec,
            Map<String, Tensor> outputs,
            ComputeContract contract) {
        int count = Math.toIntExact(spec.shape().elements());
        ExpectedBlock whole = new ExpectedBlock();
        whole.reset(count);
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : oracle.regions(position)) {
            block.reset(region);
            oracle.expect(
                    position,
                    region,
                    asked -> present(outputs, call.outputs().get(asked).name()),
                    block);
            for (int i = 0; i < block.elements(); i++) {
                int to = Math.toIntExact(region.number(spec.shape(), i));
                whole.values()[to] = block.values()[i];
                whole.lows()[to] = block.lows()[i];
                whole.sigmas()[to] = block.sigmas()[i];
                whole.deterministic()[to] = block.deterministic()[i];
                whole.flags()[to] = block.flags()[i];
            }
        }
        return new Expected(output, RuleConstants.lambda(count), whole, contract);
    }
}
