package dev.assay.engine.training;

import dev.assay.backend.Call;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/// The same training in f64, exactly or with the freedom that a device has.
final class Twin {
    private final Tape tape;
    private final Freedom freedom;
    private final Map<String, double[]> arrays = new HashMap<>();

    Twin(Tape tape, Freedom freedom) {
        this.tape = tape;
        this.freedom = freedom;
        for (Slot slot : tape.slots().values()) {
            int elements = Math.toIntExact(slot.spec().shape().elements());
            if (slot.role() == Slot.Role.STATE) {
                arrays.put(Slot.next(slot.name()), new double[elements]);
            }
            if (slot.role() != Slot.Role.VIEW) {
                arrays.put(slot.name(), new double[elements]);
            }
        }
    }

    /// The values of a slot, not a copy.
    double[] values(String slot) {
        double[] values = arrays.get(slot);
        if (values == null) {
            throw new IllegalArgumentException("no slot " + slot);
        }
        return values;
    }

    /// Sets a slot to values, which an inexact twin keeps in the slot's type.
    void load(String slot, double[] values) {
        double[] into = values(slot);
        System.arraycopy(values, 0, into, 0, into.length);
        DType dtype = tape.slot(slot).spec().dtype();
        if (!freedom.isExact() && dtype.isFloat()) {
            Freedom.toNearest(into, 0, into.length, dtype);
        }
    }

    /// Does a step, for which the data and what is drawn have been loaded.
    void step(int number) {
        step(number, this::values);
    }

    /// Does a step, for which the data have been loaded.
    ///
    /// @param drawn values of a slot that the device fills at random; may wait for them
    void step(int number, Function<String, double[]> drawn) {
        for (TapeCall entry : tape.calls()) {
            Call call = entry.call().apply(number);
            for (String slot : entry.outputs().values()) {
                if (tape.isDrawn(slot)) {
                    load(slot, drawn.apply(slot));
                }
            }
            Formulas.compute(call, name -> array(entry, name));
            for (Map.Entry<String, String> output : entry.outputs().entrySet()) {
                TensorSpec spec = call.output(output.getKey());
                int line = spec.shape().rank() == 0
                        ? 1
                        : Math.toIntExact(spec.shape().dim(-1));
                freedom.round(values(output.getValue()), line, Formulas.terms(call, output.getKey()), spec.dtype());
            }
        }
        for (Slot state : tape.of(Slot.Role.STATE)) {
            double[] before = values(state.name());
            arrays.put(state.name(), values(Slot.next(state.name())));
            arrays.put(Slot.next(state.name()), before);
        }
    }

    private double[] array(TapeCall entry, String operand) {
        String slot = entry.inputs().getOrDefault(operand, entry.outputs().getOrDefault(operand, operand));
        return values(slot.endsWith("'") ? slot : tape.slot(slot).lies());
    }
}
