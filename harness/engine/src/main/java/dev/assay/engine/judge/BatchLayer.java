package dev.assay.engine.judge;

import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.Support;
import dev.assay.operator.BatchAxis;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Does a slice of a batch come out the same, bit for bit, whatever the batch and whatever its place in it?
///
/// Some slices are computed once more in a smaller batch, in another order, the last one first; and those of a small
/// batch in a large one, several times each. A kernel that picks its order of summation by the size of the batch shows
/// here and nowhere else (He, Defeating
/// nondeterminism in LLM inference, 2025).
final class BatchLayer {
    private static final int FEW = 3;
    /// More than the rows of usual tiles, and than the batches for which kernels have a way of their own.
    private static final int MANY = 33;

    private final Backend backend;
    private final Subject subject;
    private int count;

    BatchLayer(Backend backend, Subject subject) {
        this.backend = backend;
        this.subject = subject;
    }

    /// Whether it is the values that depend on the batch, and not what is done to memory.
    static boolean isBatchDependence(Optional<Finding> finding) {
        return finding.filter(f -> f.layer().equals(DeterminismLayer.CODE)).isPresent();
    }

    /// How often a kernel was asked.
    int count() {
        return count;
    }

    Optional<Finding> check(Trial trial) {
        Call call = subject.call();
        Optional<BatchAxis> axis = subject.operator().batchAxis(call);
        boolean dense = call.inputs().stream().flatMap(o -> o.spec().stream()).allMatch(TensorSpec::isDense);
        if (axis.isEmpty() || !trial.contract().batchInvariant() || !trial.repeats() || !dense) {
            return Optional.empty();
        }
        for (List<Long> slices : batches(size(call, axis.get()))) {
            Optional<Finding> finding = check(trial, axis.get(), slices);
            if (finding.isPresent()) {
                return finding;
            }
        }
        return Optional.empty();
    }

    private Optional<Finding> check(Trial trial, BatchAxis axis, List<Long> slices) {
        Call other = other(subject.call(), axis, slices);
        if (!SubRuns.affords(subject.operator(), other)
                || !(backend.supports(other) instanceof Support.Yes)
                || !backend.contract(other).equals(trial.contract())) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = new LinkedHashMap<>();
            trial.inputs()
                    .forEach((name, tensor) ->
                            inputs.put(name, taken(tensor, axis.inputs().get(name), slices, arena)));
            try (DeviceCall device = DeviceCall.prepare(backend, other, inputs, false)) {
                count++;
                Trial again = Trial.once(device, subject.operator(), other, trial.contract(), inputs, arena);
                Optional<Finding> damage = MemoryLayer.damage("on " + slices.size() + " slices of the batch", again);
                if (damage.isPresent()) {
                    return damage;
                }
                for (Map.Entry<String, Tensor> output : again.outputs().entrySet()) {
                    Tensor whole = trial.outputs().get(output.getKey());
                    Integer along = axis.outputs().get(output.getKey());
                    if (whole != null && along != null) {
                        Tensor expected = taken(whole, along, slices, arena);
                        long bytes = expected.spec().byteSize();
                        long at = expected.memory()
                                .asSlice(0, bytes)
                                .mismatch(output.getValue().memory().asSlice(0, bytes));
                        if (at >= 0) {
                            long[] place = expected.shape()
                                    .coordinates(at * 8 / expected.dtype().bits());
                            return Optional.of(finding(output.getKey(), place, along, slices, whole));
                        }
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Finding finding(String output, long[] place, int along, List<Long> slices, Tensor whole) {
        int slice = (int) place[along];
        place[along] = slices.get(slice);
        return Finding.of(
                DeterminismLayer.CODE,
                "slice " + place[along] + " of the batch of " + whole.shape().dim(along)
                        + " comes out otherwise as slice "
                        + slice + " of a batch of " + slices.size() + ", first " + Words.element(output, place)
                        + ", and the contract says batch_invariant");
    }

    private static long size(Call call, BatchAxis axis) {
        for (Operand operand : call.outputs()) {
            Integer along = axis.outputs().get(operand.name());
            if (operand.spec().isPresent() && along != null) {
                return operand.spec().get().shape().dim(along);
            }
        }
        return 0;
    }

    /// Places of a batch that make up another one: a few, from the end on, and for a small batch so many that it
    /// becomes a large one.
    private static List<List<Long>> batches(long size) {
        List<List<Long>> all = new ArrayList<>();
        List<Long> few = Stream.of(size - 1, 0L, size / 2)
                .filter(place -> place >= 0)
                .distinct()
                .limit(Math.min(FEW, Math.max(0, size - 1)))
                .toList();
        if (!few.isEmpty()) {
            all.add(few);
        }
        if (size > 0 && size < MANY) {
            all.add(LongStream.range(0, MANY)
                    .map(i -> size - 1 - i % size)
                    .boxed()
                    .toList());
        }
        return all;
    }

    private static Call other(Call call, BatchAxis axis, List<Long> slices) {
        Map<String, List<Long>> constants = new LinkedHashMap<>();
        call.constants()
                .forEach((name, values) -> constants.put(
                        name,
                        axis.inputs().containsKey(name)
                                ? slices.stream()
                                        .map(place -> values.get(place.intValue()))
                                        .toList()
                                : values));
        return new Call(
                call.operator(),
                operands(call.inputs(), axis.inputs(), slices.size()),
                operands(call.outputs(), axis.outputs(), slices.size()),
                call.attributes(),
                constants);
    }

    private static List<Operand> operands(List<Operand> operands, Map<String, Integer> axes, long size) {
        return operands.stream()
                .map(operand -> new Operand(
                        operand.name(),
                        operand.spec().map(spec -> resized(spec, axes.get(operand.name()), size)),
                        operand.aliasOf()))
                .toList();
    }

    private static TensorSpec resized(TensorSpec spec, @Nullable Integer axis, long size) {
        if (axis == null) {
            return spec;
        }
        long[] dims = spec.shape().toArray();
        dims[axis] = size;
        return TensorSpec.dense(spec.dtype(), Shape.of(dims));
    }

    private static Tensor taken(Tensor tensor, @Nullable Integer axis, List<Long> slices, Arena arena) {
        if (axis == null) {
            return tensor;
        }
        Shape shape = tensor.shape();
        Tensor taken = Tensor.allocate(resized(tensor.spec(), axis, slices.size()), arena);
        long inner = shape.slice(axis + 1, shape.rank()).elements();
        long outer = shape.slice(0, axis).elements();
        long to = 0;
        for (long o = 0; o < outer; o++) {
            for (long place : slices) {
                long from = (o * shape.dim(axis) + place) * inner;
                for (long i = 0; i < inner; i++) {
                    taken.setCodeAt(to++, tensor.codeAt(tensor.position(from + i)));
                }
            }
        }
        return taken;
    }
}
