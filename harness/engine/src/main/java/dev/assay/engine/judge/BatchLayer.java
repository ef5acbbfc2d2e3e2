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
import org.jspecify.annotations.Nullable;

/// Does a slice of a batch come out the same, bit for bit, whatever the batch and whatever its place in it?
///
/// Some slices are computed once more in a smaller batch, in another order: the last one first. A kernel that
/// picks its order of summation by the size of the batch shows here and nowhere else (He, Defeating
/// nondeterminism in LLM inference, 2025).
final class BatchLayer {
    private static final int MOST_SLICES = 3;

    private final Backend backend;
    private final Subject subject;
    private int count;

    BatchLayer(Backend backend, Subject subject) {
        this.backend = backend;
        this.subject = subject;
    }

    /// How often a kernel was asked.
    int count() {
        return count;
    }

    Optional<Finding> check(Trial trial) {
        Call call = subject.call();
        Optional<BatchAxis> axis = subject.operator().batchAxis(call);
        if (axis.isEmpty() || !trial.contract().batchInvariant() || !trial.repeats()) {
            return Optional.empty();
        }
        List<Long> slices = slices(call, axis.get());
        boolean dense = call.inputs().stream().flatMap(o -> o.spec().stream()).allMatch(TensorSpec::isDense);
        if (slices.isEmpty() || !dense) {
            return Optional.empty();
        }
        Call smaller = smaller(call, axis.get(), slices);
        if (!(backend.supports(smaller) instanceof Support.Yes)
                || !backend.contract(smaller).equals(trial.contract())) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = new LinkedHashMap<>();
            subject.inputs()
                    .forEach((name, tensor) ->
                            inputs.put(name, taken(tensor, axis.get().inputs().get(name), slices, arena)));
            try (DeviceCall device = DeviceCall.prepare(backend, smaller, inputs, false)) {
                count++;
                Trial again = Trial.once(device, subject.operator(), smaller, trial.contract(), inputs, arena);
                Optional<Finding> damage = MemoryLayer.damage("on slices " + slices + " of the batch", again);
                if (damage.isPresent()) {
                    return damage;
                }
                for (Map.Entry<String, Tensor> output : again.outputs().entrySet()) {
                    Tensor whole = trial.outputs().get(output.getKey());
                    Integer along = axis.get().outputs().get(output.getKey());
                    if (whole != null && along != null) {
                        Tensor expected = taken(whole, along, slices, arena);
                        long bytes = expected.spec().byteSize();
                        long at = expected.memory()
                                .asSlice(0, bytes)
                                .mismatch(output.getValue().memory().asSlice(0, bytes));
                        if (at >= 0) {
                            return Optional.of(finding(output.getKey(), expected, at, slices, call, axis.get()));
                        }
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Finding finding(
            String output, Tensor expected, long at, List<Long> slices, Call call, BatchAxis axis) {
        long element = at * 8 / expected.dtype().bits();
        return Finding.of(
                DeterminismLayer.CODE,
                "slices " + slices + " of the batch of " + size(call, axis) + " come out otherwise in a batch of "
                        + slices.size() + ", first "
                        + Words.element(output, expected.shape().coordinates(element))
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

    /// Some places of the batch, in another order than they have there; none if there is only one.
    private static List<Long> slices(Call call, BatchAxis axis) {
        long size = size(call, axis);
        List<Long> slices = new ArrayList<>();
        for (long place : new long[] {size - 1, 0, size / 2}) {
            if (place >= 0 && !slices.contains(place) && slices.size() < Math.min(MOST_SLICES, size - 1)) {
                slices.add(place);
            }
        }
        return slices;
    }

    private static Call smaller(Call call, BatchAxis axis, List<Long> slices) {
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
