package dev.assay.engine.training;

import dev.assay.tensor.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// All calls of a training step in order, and the tensors between them.
///
/// Plain data: whoever has means to compute a call can run it.
///
/// @param slots by name
/// @param parameters what is trained: names of their slots in the type in which they are stepped
/// @param losses slots of the losses, whose mean is the step's
/// @param norm slot of the gradients' norm
record Tape(Map<String, Slot> slots, List<TapeCall> calls, List<String> parameters, List<String> losses, String norm) {
    Tape {
        slots = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(slots));
        calls = List.copyOf(calls);
        parameters = List.copyOf(parameters);
        losses = List.copyOf(losses);
    }

    Slot slot(String name) {
        Slot slot = slots.get(name);
        if (slot == null) {
            throw new IllegalArgumentException("no slot " + name);
        }
        return slot;
    }

    /// Whether a device fills a slot at random, and its twins take it over: the mask of a dropout.
    boolean isDrawn(String name) {
        Slot slot = slots.get(name);
        return slot != null && slot.role() == Slot.Role.WORK && slot.spec().dtype() == DType.BOOL;
    }

    /// Slots of a role.
    List<Slot> of(Slot.Role role) {
        return slots.values().stream().filter(slot -> slot.role() == role).toList();
    }

    /// Elements of all parameters.
    long elements() {
        return parameters.stream()
                .mapToLong(name -> slot(name).spec().shape().elements())
                .sum();
    }
}
