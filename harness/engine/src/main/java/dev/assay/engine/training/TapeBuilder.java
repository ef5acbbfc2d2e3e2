package dev.assay.engine.training;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;

/// Puts a tape together call by call; the shapes of results follow from the operators.
final class TapeBuilder {
    private static final String WHERE = "train-parity";

    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private final List<TapeCall> calls = new ArrayList<>();

    String slot(String name, Slot.Role role, DType dtype, long... dims) {
        return slot(name, role, TensorSpec.of(dtype, dims));
    }

    String slot(String name, Slot.Role role, TensorSpec spec) {
        if (slots.putIfAbsent(name, new Slot(name, spec, role, name)) != null) {
            throw new IllegalArgumentException("two slots are called " + name);
        }
        return name;
    }

    /// The same elements in another shape.
    String view(String of, String name, long... dims) {
        slots.put(name, new Slot(name, TensorSpec.of(spec(of).dtype(), dims), Slot.Role.VIEW, of));
        return name;
    }

    TensorSpec spec(String slot) {
        Slot known = slots.get(slot);
        if (known == null) {
            throw new IllegalArgumentException("no slot " + slot);
        }
        return known.spec();
    }

    Entry call(String part, String operator) {
        return new Entry(part, operator);
    }

    Tape build(List<String> parameters, List<String> losses, String norm) {
        return new Tape(slots, calls, parameters, losses, norm);
    }

    private record Numbered(int step, Call call) {}

    /// Builds the call of a step once, for the device and all of its twins.
    private static final class Latest implements IntFunction<Call> {
        private final IntFunction<Call> build;
        private volatile Numbered last;

        Latest(IntFunction<Call> build, Call first) {
            this.build = build;
            this.last = new Numbered(1, first);
        }

        @Override
        public Call apply(int step) {
            Numbered one = last;
            if (one.step() != step) {
                one = new Numbered(step, build.apply(step));
                last = one;
            }
            return one.call();
        }
    }

    /// A call under construction.
    final class Entry {
        private final String part;
        private final String operator;
        private final Map<String, String> inputs = new LinkedHashMap<>();
        private final Map<String, Long> constants = new LinkedHashMap<>();
        private final Map<String, String> outputs = new LinkedHashMap<>();
        private final Map<String, Attribute> attributes = new LinkedHashMap<>();
        private final Map<String, IntToDoubleFunction> schedules = new LinkedHashMap<>();
        private String numbered = "";

        private Entry(String part, String operator) {
            this.part = part;
            this.operator = operator;
        }

        Entry in(String input, String slot) {
            inputs.put(input, slot);
            return this;
        }

        /// An input whose only value belongs to the call.
        Entry constant(String input, String slot, long value) {
            constants.put(input, value);
            return in(input, slot);
        }

        /// An input that is the number of the step, which belongs to the call.
        Entry numbered(String input, String slot) {
            numbered = input;
            return in(input, slot);
        }

        Entry out(String output, String slot) {
            outputs.put(output, slot);
            return this;
        }

        Entry set(String attribute, long value) {
            attributes.put(attribute, new Attribute.Int(value));
            return this;
        }

        Entry set(String attribute, double value) {
            attributes.put(attribute, new Attribute.Real(value));
            return this;
        }

        /// An attribute that depends on the step.
        Entry set(String attribute, IntToDoubleFunction byStep) {
            schedules.put(attribute, byStep);
            return this;
        }

        /// Ends it: adds the call, and a slot for each output that has none yet.
        ///
        /// @return the slot of the first output
        String end() {
            Call first = build(1);
            outputs.forEach((output, slot) -> {
                TensorSpec spec = first.output(output);
                boolean carried = slot.endsWith("'");
                if (carried && !spec(slot.substring(0, slot.length() - 1)).equals(spec)) {
                    throw new IllegalArgumentException(slot + " would be " + spec);
                }
                if (!carried) {
                    slot(slot, Slot.Role.WORK, spec);
                }
            });
            boolean everyStep = !numbered.isEmpty() || !schedules.isEmpty();
            IntFunction<Call> call = everyStep ? new Latest(this::build, first) : step -> first;
            calls.add(new TapeCall(part, call, everyStep, inputs, outputs));
            return outputs.values().iterator().next();
        }

        private Call build(int step) {
            CallBuilder builder = new CallBuilder(Operators.named(operator, WHERE), WHERE + ": " + part);
            inputs.forEach((input, slot) -> {
                Long constant = input.equals(numbered) ? Long.valueOf(step) : constants.get(input);
                if (constant == null) {
                    builder.input(input, spec(slot));
                } else {
                    builder.constant(input, spec(slot), List.of(constant));
                }
            });
            outputs.keySet().stream().filter(this::isOptional).forEach(builder::output);
            attributes.forEach(builder::attribute);
            schedules.forEach((attribute, byStep) ->
                    builder.attribute(attribute, new Attribute.Real(byStep.applyAsDouble(step))));
            return builder.build();
        }

        private boolean isOptional(String output) {
            return Operators.named(operator, WHERE).signature().outputs().stream()
                    .anyMatch(parameter -> parameter.name().equals(output) && parameter.optional());
        }
    }
}
