package dev.assay.engine.judge;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.diagnosis.Evidence;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.tensor.Poison;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A kernel run on the inputs of a case, twice: with different garbage in its outputs, workspace and
/// surroundings.
///
/// What both runs returned, and what they did to memory, is what the layers look at.
public final class Trial {
    private static final long GUARD_SEED = 0x5EED;

    private final Operator operator;
    private final Call call;
    private final ComputeContract contract;
    private final Map<String, Tensor> inputs;
    private final boolean specialInputs;
    private final Map<String, Tensor> first;
    private final Map<String, Tensor> second;
    private final List<String> damage;
    private final Map<Boolean, List<Comparison>> comparisons = new LinkedHashMap<>();
    private final Oracle oracle;
    private final long runNanos;
    private final boolean large;

    private Trial(
            Operator operator,
            Call call,
            ComputeContract contract,
            Map<String, Tensor> inputs,
            Map<String, Tensor> first,
            Map<String, Tensor> second,
            List<String> damage,
            long runNanos,
            boolean large) {
        this.operator = operator;
        this.call = call;
        this.contract = contract;
        this.inputs = inputs;
        this.oracle = operator.oracle(call, new Inputs(inputs), contract);
        this.specialInputs = Judge.hasSpecials(inputs);
        this.first = first;
        this.second = second;
        this.damage = damage;
        this.runNanos = runNanos;
        this.large = large;
    }

    /// Runs the kernel twice.
    ///
    /// @param inputs what the device's memory holds
    /// @param large whether outputs are judged by samples and sums
    /// @param arena holds what is read back
    static Trial run(
            DeviceCall device,
            Operator operator,
            Call call,
            ComputeContract contract,
            Map<String, Tensor> inputs,
            boolean large,
            Arena arena) {
        device.arm(Poison.NAN, GUARD_SEED);
        long start = System.nanoTime();
        device.launch().run();
        long nanos = System.nanoTime() - start;
        List<String> damage = new java.util.ArrayList<>(device.damage(GUARD_SEED));
        Map<String, Tensor> first = device.readOutputs(arena);
        device.arm(Poison.FINITE, GUARD_SEED + 100);
        device.launch().run();
        for (String found : device.damage(GUARD_SEED + 100)) {
            if (!damage.contains(found)) {
                damage.add(found);
            }
        }
        Map<String, Tensor> second = device.readOutputs(arena);
        return new Trial(operator, call, contract, inputs, first, second, damage, nanos, large);
    }

    /// Runs the kernel once, on inputs that are loaded first.
    static Trial once(
            DeviceCall device,
            Operator operator,
            Call call,
            ComputeContract contract,
            Map<String, Tensor> inputs,
            Arena arena) {
        device.load(inputs);
        device.arm(Poison.NAN, GUARD_SEED);
        long start = System.nanoTime();
        device.launch().run();
        long nanos = System.nanoTime() - start;
        List<String> damage = device.damage(GUARD_SEED);
        Map<String, Tensor> outputs = device.readOutputs(arena);
        return new Trial(operator, call, contract, inputs, outputs, outputs, damage, nanos, false);
    }

    public Operator operator() {
        return operator;
    }

    public Call call() {
        return call;
    }

    public ComputeContract contract() {
        return contract;
    }

    public Map<String, Tensor> inputs() {
        return inputs;
    }

    /// What diagnosis is told.
    ///
    /// @param dataSet recipe of the inputs, empty for those of the case
    Evidence.Run evidence(String dataSet, List<Finding> findings) {
        List<Evidence.Objection> objections = findings.stream()
                .map(finding -> new Evidence.Objection(finding.layer(), finding.reason()))
                .toList();
        List<Evidence.Damage> harm = damage.stream()
                .map(what -> new Evidence.Damage(what.contains(DeviceCall.CHANGED), what))
                .toList();
        return new Evidence.Run(dataSet, inputs, first, second, objections, harm);
    }

    /// What was done to memory outside the outputs, in words.
    List<String> damage() {
        return damage;
    }

    /// Outputs of the first run, by name, in the order of the signature.
    public Map<String, Tensor> outputs() {
        return first;
    }

    /// Outputs of the second run.
    Map<String, Tensor> outputsAgain() {
        return second;
    }

    long runNanos() {
        return runNanos;
    }

    /// Whether both runs gave equal bits.
    boolean repeats() {
        for (Map.Entry<String, Tensor> output : first.entrySet()) {
            Tensor again = again(output.getKey());
            long bytes = output.getValue().spec().byteSize();
            if (output.getValue()
                            .memory()
                            .asSlice(0, bytes)
                            .mismatch(again.memory().asSlice(0, bytes))
                    >= 0) {
                return false;
            }
        }
        return true;
    }

    private Tensor again(String name) {
        Tensor tensor = second.get(name);
        if (tensor == null) {
            throw new IllegalStateException("the second run has no output " + name);
        }
        return tensor;
    }

    /// The first run's outputs held against the reference; and the second run's, where it differs.
    List<Comparison> comparisons() {
        List<Comparison> all = new java.util.ArrayList<>(comparisonsOf(false));
        if (!repeats()) {
            all.addAll(comparisonsOf(true));
        }
        return all;
    }

    /// The first run's outputs held against the reference.
    List<Comparison> firstComparisons() {
        return comparisonsOf(false);
    }

    private List<Comparison> comparisonsOf(boolean secondRun) {
        return comparisons.computeIfAbsent(
                secondRun, run -> Comparison.all(call, contract, oracle, run ? second : first, specialInputs, large));
    }

    /// Whether outputs are judged by samples and sums.
    public boolean isLarge() {
        return large;
    }

    Oracle oracle() {
        return oracle;
    }
}
