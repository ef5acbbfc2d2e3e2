package dev.assay.engine.diagnosis;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.engine.diagnosis.CallReadings.Reading;
import dev.assay.operator.Operator;
import dev.assay.operator.Rereading;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;

/// Readings of operands of numbers from other places, alone and together with those of the same role.
final class PlaceReadings {
    private final Operator operator;
    private final Call call;
    private final List<Reading> all = new ArrayList<>();

    private PlaceReadings(Operator operator, Call call) {
        this.operator = operator;
        this.call = call;
    }

    static List<Reading> of(Operator operator, Call call) {
        PlaceReadings readings = new PlaceReadings(operator, call);
        List<Operand> given = call.inputs().stream()
                .filter(operand -> operand.spec().isPresent()
                        && operand.spec().get().dtype().isFloat()
                        && !call.constants().containsKey(operand.name()))
                .toList();
        readings.inTurn(given);
        for (Operand operand : given) {
            readings.moved(List.of(operand.name()), operand.spec().orElseThrow().shape());
        }
        readings.roles(given);
        return readings.all;
    }

    /// What broadcasts is read from the start again and again.
    private void inTurn(List<Operand> given) {
        Shape shape = operator.outputs(call).getFirst().shape();
        if (given.size() < 2 || given.stream().noneMatch(operand -> repeats(operand, shape))) {
            return;
        }
        all.add(new Reading(Cause.MISPLACED, "operands that broadcast are read in turn", inputs -> {
            Rereading changed = Rereading.of(call, inputs);
            for (Operand operand : given) {
                if (repeats(operand, shape)) {
                    Tensor tensor = inputs.get(operand.name());
                    long size = tensor.shape().elements();
                    changed = changed.input(operand.name(), tensor.dtype(), shape, n -> tensor.get(n % size));
                }
            }
            return changed.as(Cause.MISPLACED.code(), "in turn");
        }));
    }

    private static boolean repeats(Operand operand, Shape shape) {
        Shape own = operand.spec().orElseThrow().shape();
        return own.elements() > 1 && own.elements() < shape.elements();
    }

    /// Scales of both operands, cosines and sines.
    private void roles(List<Operand> given) {
        Map<String, List<String>> roles = new TreeMap<>();
        for (Operand operand : given) {
            String role = operand.name().substring(operand.name().lastIndexOf('_') + 1);
            if (!role.equals(operand.name())) {
                roles.computeIfAbsent(role, none -> new ArrayList<>()).add(operand.name());
            }
        }
        for (List<String> names : roles.values()) {
            if (names.size() > 1) {
                together(names);
            }
        }
    }

    /// Each along its last dimension, in whatever shapes they have.
    private void together(List<String> names) {
        String sentence = String.join(" and ", names) + " are read in a ring, one place too ";
        for (int step = -1; step <= 1; step += 2) {
            long by = step;
            String what = sentence + (by < 0 ? "early" : "far");
            all.add(new Reading(Cause.MISPLACED, what, inputs -> {
                Rereading changed = Rereading.of(call, inputs);
                for (String name : names) {
                    Tensor tensor = inputs.get(name);
                    long last = tensor.shape().rank() == 0 ? 1 : tensor.shape().dim(-1);
                    changed = changed.input(
                            name,
                            tensor.dtype(),
                            tensor.shape(),
                            n -> tensor.get(n - n % last + Math.floorMod(n % last + by, last)));
                }
                return changed.as(Cause.MISPLACED.code(), what);
            }));
        }
    }

    private void moved(List<String> names, Shape shape) {
        Moves.along(shape, (what, source) -> all.add(reading(names, what, source)));
    }

    private Reading reading(List<String> names, String what, LongUnaryOperator source) {
        String sentence = String.join(" and ", names) + (names.size() > 1 ? " are read " : " is read ") + what;
        return new Reading(Cause.MISPLACED, sentence, inputs -> {
            Rereading changed = Rereading.of(call, inputs);
            for (String name : names) {
                Tensor tensor = inputs.get(name);
                changed = changed.input(name, tensor.dtype(), tensor.shape(), n -> tensor.get(source.applyAsLong(n)));
            }
            return changed.as(Cause.MISPLACED.code(), sentence);
        });
    }
}
