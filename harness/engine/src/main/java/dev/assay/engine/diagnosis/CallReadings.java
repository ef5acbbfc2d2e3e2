package dev.assay.engine.diagnosis;

import dev.assay.backend.Attribute;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;

/// Wrong readings of any call, which follow from its signature: another value for an attribute, an operand that is left
/// out, exchanged, doubled, rounded or read from other places, another operator of the same signature.
final class CallReadings {
    /// Values that kernels have for epsilon whatever they are told.
    private static final double[] EPSILONS = {0, 1e-12, 1e-8, 1e-6, 1e-5, 1e-3};

    private final Call call;
    private final Operator operator;
    private final List<Reading> all = new ArrayList<>();

    private CallReadings(Operator operator, Call call) {
        this.operator = operator;
        this.call = call;
    }

    /// A reading of the call on whatever inputs.
    ///
    /// @param make throws [InvalidCallException] where there is none on these inputs
    /// @param place of an element in the reading's output, if that has other sizes; negative for none
    /// @param own whether the operator itself names it
    record Reading(
            Cause cause,
            String sentence,
            Function<Inputs, Misreading> make,
            Optional<LongUnaryOperator> place,
            boolean own) {
        Reading(Cause cause, String sentence, Function<Inputs, Misreading> make) {
            this(cause, sentence, make, Optional.empty());
        }

        Reading(Cause cause, String sentence, Function<Inputs, Misreading> make, Optional<LongUnaryOperator> place) {
            this(cause, sentence, make, place, false);
        }
    }

    /// The most special ones first: of readings that cannot be told apart the first is named.
    static List<Reading> of(Operator operator, Call call, Inputs inputs) {
        CallReadings readings = new CallReadings(operator, call);
        readings.named(inputs);
        readings.attributes();
        readings.unsigned();
        readings.exchanged();
        readings.others();
        readings.operands();
        readings.all.addAll(WholeReadings.of(operator, call, inputs));
        readings.all.addAll(LineReadings.of(operator, call));
        readings.all.addAll(PlaceReadings.of(operator, call));
        return List.copyOf(readings.all);
    }

    private void add(Cause cause, String sentence, Function<Rereading, Rereading> change) {
        all.add(new Reading(
                cause,
                sentence,
                inputs -> change.apply(Rereading.of(call, inputs)).as(cause.code(), sentence)));
    }

    /// What the operator itself names.
    private void named(Inputs inputs) {
        for (Misreading one : operator.misreadings(call, inputs)) {
            Cause cause = Cause.valueOf(one.cause().toUpperCase(Locale.ROOT).replace('-', '_'));
            all.add(new Reading(
                    cause,
                    one.sentence(),
                    now -> operator.misreadings(call, now).stream()
                            .filter(other -> other.sentence().equals(one.sentence()))
                            .findFirst()
                            .orElseThrow(() -> new InvalidCallException(one.sentence(), "these inputs", "none")),
                    Optional.empty(),
                    true));
        }
    }

    private void attributes() {
        for (AttributeSpec spec : operator.signature().attributes()) {
            Optional<Attribute> now = call.attributes().find(spec.name());
            Set<Attribute> others = new LinkedHashSet<>();
            boolean epsilon = spec.name().contains("epsilon");
            switch (now.or(spec::standard).orElse(new Attribute.Ints(List.of()))) {
                case Attribute.Int(long value) ->
                    integers(spec.name(), value).forEach(n -> others.add(new Attribute.Int(n)));
                case Attribute.Real(double value) -> {
                    spec.standard().ifPresent(others::add);
                    double[] more = epsilon
                            ? EPSILONS
                            : new double[] {0, 1, 2 * value, value / 2, value * value, -value, value + 1, 1 / value};
                    for (double one : more) {
                        if (Double.isFinite(one)) {
                            others.add(new Attribute.Real(one));
                        }
                    }
                    if (epsilon) {
                        others.add(new Attribute.Real(value * value));
                        others.add(new Attribute.Real(2 * value));
                    }
                }
                // The words of its meaning: those that it does not take are refused.
                case Attribute.Text ignored -> {
                    for (String word : spec.meaning().split("[^A-Za-z0-9_]+", -1)) {
                        others.add(new Attribute.Text(word));
                    }
                }
                case Attribute.Ints(List<Long> values) -> lists(spec.name(), values);
                default -> {}
            }
            now.ifPresent(others::remove);
            for (Attribute other : others) {
                add(
                        epsilon ? Cause.EPSILON : Cause.ATTRIBUTE,
                        spec.name() + " is " + other + " and not "
                                + now.map(Object::toString).orElse("left out"),
                        right -> right.attribute(spec.name(), other));
            }
        }
    }

    /// Lists of numbers: all 1 or 0, in reverse, halves exchanged; those that are an order of dimensions, its inverse.
    private void lists(String name, List<Long> values) {
        int size = values.size();
        List<Long> sorted = values.stream().sorted().toList();
        if (size > 1 && sorted.equals(LongStream.range(0, size).boxed().toList())) {
            List<Long> inverse = LongStream.range(0, size)
                    .mapToObj(axis -> (long) values.indexOf(axis))
                    .toList();
            list(Cause.MISPLACED, name, "the inverse of its order", values, inverse);
        }
        list(Cause.ATTRIBUTE, name, "1 throughout", values, Collections.nCopies(size, 1L));
        list(Cause.ATTRIBUTE, name, "0 throughout", values, Collections.nCopies(size, 0L));
        list(Cause.MISPLACED, name, "in reverse", values, values.reversed());
        if (size % 2 == 0) {
            List<Long> turned = new ArrayList<>(values);
            Collections.rotate(turned, size / 2);
            list(Cause.MISPLACED, name, "with its halves exchanged", values, turned);
        }
    }

    private void list(Cause cause, String name, String what, List<Long> values, List<Long> others) {
        if (others.equals(values)) {
            return;
        }
        String sentence = name + " is read as " + others + ", " + what;
        all.add(new Reading(
                cause,
                sentence,
                inputs -> Rereading.of(call, inputs)
                        .attribute(name, new Attribute.Ints(others))
                        .as(cause.code(), sentence),
                larger(name, others)));
    }

    /// Where elements lie in the output of the call with another list, if that is larger than it should be: what does
    /// not fit is left out.
    private Optional<LongUnaryOperator> larger(String name, List<Long> others) {
        try {
            Map<String, Attribute> attributes = new TreeMap<>(call.attributes().values());
            attributes.put(name, new Attribute.Ints(others));
            Call asked = new Call(
                    call.operator(), call.inputs(), call.outputs(), Attributes.of(attributes), call.constants());
            Shape made = operator.outputs(asked).getFirst().shape();
            Shape own = operator.outputs(call).getFirst().shape();
            boolean fits = made.rank() == own.rank() && !made.equals(own);
            for (int axis = 0; axis < own.rank() && fits; axis++) {
                fits = made.dim(axis) >= own.dim(axis);
            }
            return !fits
                    ? Optional.empty()
                    : Optional.of(n -> {
                        long[] at = own.coordinates(n);
                        long number = 0;
                        for (int axis = 0; axis < at.length; axis++) {
                            number = number * made.dim(axis) + at[axis];
                        }
                        return number;
                    });
        } catch (RuntimeException e) {
            // There is no such call.
            return Optional.empty();
        }
    }

    private static List<Long> integers(String name, long value) {
        if (name.equals("axis")) {
            return List.of(0L, 1L, 2L, 3L, -1L, -2L);
        }
        return value == 0 || value == 1 ? List.of(1 - value) : List.of(0L, 1L, value - 1, value + 1, 2 * value);
    }

    private void operands() {
        int number = 0;
        for (Operand operand : call.inputs()) {
            Optional<TensorSpec> spec = operand.spec();
            boolean constant = call.constants().containsKey(operand.name());
            if (spec.isPresent() && !constant) {
                if (isOptional(operand.name())) {
                    add(Cause.OPERAND_IGNORED, operand.name() + " is left out", right -> right.without(operand.name()));
                }
                if (spec.get().dtype().isFloat()) {
                    real(operand.name(), spec.get().dtype(), number);
                }
            }
            number++;
        }
        together();
        rounded();
    }

    /// Operands whose signs are lost: before operators that do the same on purpose.
    private void unsigned() {
        List<String> floats = call.inputs().stream()
                .filter(operand -> operand.spec().isPresent()
                        && operand.spec().get().dtype().isFloat())
                .map(Operand::name)
                .toList();
        for (String name : floats) {
            elements(Cause.SIGN, name + " is read without its sign", name, Math::abs);
        }
        if (floats.size() > 1) {
            changed(Cause.SIGN, floats, "read without their signs", Math::abs);
        }
    }

    private boolean isOptional(String name) {
        return operator.signature().inputs().stream()
                .anyMatch(parameter -> parameter.name().equals(name) && parameter.optional());
    }

    private void real(String name, DType type, int number) {
        elements(Cause.SIGN, name + " is read with the other sign", name, x -> -x);
        if (number > 0) {
            elements(Cause.OPERAND_IGNORED, name + " is taken for 0", name, x -> 0);
            elements(Cause.OPERAND_IGNORED, name + " is taken for 1", name, x -> 1);
            elements(Cause.OPERAND_IGNORED, name + " is applied twice", name, x -> x * x);
            elements(Cause.OPERAND_IGNORED, "1 is added to " + name, name, x -> x + 1);
        }
        elements(Cause.SCALE, name + " is doubled", name, x -> 2 * x);
        elements(Cause.SCALE, name + " is halved", name, x -> x / 2);
        elements(
                Cause.FLUSHED_SUBNORMALS,
                "subnormal elements of " + name + " count as 0",
                name,
                x -> Math.abs(x) < type.minNormal() ? 0 : x);
    }

    /// In the type of the operand, and unrounded in f32.
    private void elements(Cause cause, String sentence, String name, DoubleUnaryOperator change) {
        DType type = call.input(name).dtype();
        add(cause, sentence, right -> exchanged(right, name, type, change));
        if (type == DType.BF16 || type == DType.F16) {
            add(cause, sentence + " in f32", right -> exchanged(right, name, DType.F32, change));
        }
    }

    /// Operands of the same role, such as the weights of queries and of keys.
    private void together() {
        Map<String, List<String>> roles = new TreeMap<>();
        for (Operand operand : call.inputs()) {
            if (operand.spec().isPresent() && operand.spec().get().dtype().isFloat()) {
                String role = operand.name().substring(operand.name().lastIndexOf('_') + 1);
                roles.computeIfAbsent(role, none -> new ArrayList<>()).add(operand.name());
            }
        }
        roles.forEach((role, names) -> {
            if (names.size() > 1) {
                changed(Cause.OPERAND_IGNORED, names, "taken for 1", x -> 1);
                changed(Cause.OPERAND_IGNORED, names, "applied twice", x -> x * x);
                changed(Cause.OPERAND_IGNORED, names, "increased by 1", x -> x + 1);
                changed(Cause.OPERAND_IGNORED, names, "taken for 0", x -> 0);
                changed(Cause.SCALE, names, "doubled", x -> 2 * x);
            }
        });
        List<String> floats = roles.values().stream().flatMap(List::stream).toList();
        if (floats.size() > 1) {
            changed(Cause.SIGN, floats, "read with the other sign", x -> -x);
        }
    }

    private void changed(Cause cause, List<String> names, String what, DoubleUnaryOperator change) {
        add(cause, String.join(", ", names) + " are " + what, right -> {
            Rereading changed = right;
            for (String name : names) {
                changed = exchanged(changed, name, call.input(name).dtype(), change);
            }
            return changed;
        });
    }

    private static Rereading exchanged(Rereading right, String name, DType type, DoubleUnaryOperator change) {
        Tensor tensor = right.input(name);
        return right.input(name, type, tensor.shape(), n -> type.round(change.applyAsDouble(tensor.get(n))));
    }

    /// All operands with fewer bits, or without subnormal numbers.
    private void rounded() {
        List<String> names = call.inputs().stream()
                .filter(operand -> operand.spec().isPresent()
                        && operand.spec().get().dtype().isFloat())
                .map(Operand::name)
                .toList();
        for (int bits : new int[] {8, 11, 4, 3}) {
            String what = bits == 8 ? "bf16" : bits == 11 ? "tf32 or f16" : bits + " bits";
            together(Cause.NARROW_INPUTS, "operands are rounded to " + what, names, x -> RoundingCause.toBits(x, bits));
            if (names.size() > 1) {
                for (String name : names) {
                    if (call.input(name).shape().elements() == 1) {
                        // One number rounded is any factor at all.
                        continue;
                    }
                    together(
                            Cause.NARROW_INPUTS,
                            name + " is rounded to " + what,
                            List.of(name),
                            x -> RoundingCause.toBits(x, bits));
                }
            }
        }
        together(Cause.NARROW_INPUTS, "operands are rounded to bf16 with its range", names, DType.BF16::round);
        together(Cause.NARROW_INPUTS, "operands are rounded to f16 with its range", names, DType.F16::round);
        for (DType type : new DType[] {DType.F16, DType.F32, DType.F64}) {
            together(
                    Cause.FLUSHED_SUBNORMALS,
                    "subnormal numbers of " + type + " count as 0",
                    names,
                    x -> Math.abs(x) < type.minNormal() ? 0 : x);
        }
    }

    private void together(Cause cause, String sentence, List<String> names, DoubleUnaryOperator change) {
        if (names.stream().anyMatch(name -> narrowed(call.input(name).dtype(), change))) {
            add(cause, sentence, right -> {
                Rereading changed = right;
                for (String name : names) {
                    changed = exchanged(changed, name, call.input(name).dtype(), change);
                }
                return changed;
            });
        }
    }

    /// Whether it changes anything: the largest significand, or the smallest number.
    private static boolean narrowed(DType type, DoubleUnaryOperator change) {
        double full = 2 - 2 * type.unitRoundoff();
        return change.applyAsDouble(full) != full || change.applyAsDouble(type.minSubnormal()) != type.minSubnormal();
    }

    private void exchanged() {
        List<Operand> given = call.inputs().stream()
                .filter(operand ->
                        operand.spec().isPresent() && !call.constants().containsKey(operand.name()))
                .toList();
        for (int i = 0; i < given.size(); i++) {
            for (int k = i + 1; k < given.size(); k++) {
                String one = given.get(i).name();
                String two = given.get(k).name();
                if (call.input(one).equals(call.input(two))) {
                    add(
                            Cause.MISPLACED,
                            one + " and " + two + " change places",
                            right -> right.input(one, right.input(two)).input(two, right.input(one)));
                }
            }
        }
    }

    /// Operators that take the same operands.
    private void others() {
        for (Operator other : Operators.all()) {
            if (other.name().equals(operator.name())
                    || !alike(other.signature().inputs(), operator.signature().inputs(), true)
                    || !alike(other.signature().outputs(), operator.signature().outputs(), false)) {
                continue;
            }
            all.add(new Reading(Cause.OTHER_OPERATOR, "it is " + other.name() + " that is computed", inputs -> {
                Call asked = asked(other);
                Map<String, Tensor> tensors = new LinkedHashMap<>();
                for (Operand operand : call.inputs()) {
                    if (operand.spec().isPresent()) {
                        tensors.put(operand.name(), inputs.get(operand.name()));
                    }
                }
                return new Misreading(Cause.OTHER_OPERATOR.code(), other.name(), asked, new Inputs(tensors), 1);
            }));
        }
    }

    private static boolean alike(List<Parameter> some, List<Parameter> others, boolean named) {
        if (some.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < some.size(); i++) {
            Parameter one = some.get(i);
            Parameter other = others.get(i);
            if ((named && !one.name().equals(other.name()))
                    || one.variadic() != other.variadic()
                    || one.constant() != other.constant()
                    || one.optional() != other.optional()) {
                return false;
            }
        }
        return true;
    }

    private Call asked(Operator other) {
        for (Operand operand : call.inputs()) {
            for (Parameter parameter : other.signature().inputs()) {
                if (parameter.name().equals(operand.name())
                        && operand.spec().isPresent()
                        && !parameter.dtypes().contains(operand.spec().get().dtype())) {
                    throw new InvalidCallException(operand.toString(), other.name(), "use another type");
                }
            }
        }
        Map<String, Attribute> attributes = new TreeMap<>();
        for (AttributeSpec spec : other.signature().attributes()) {
            Attribute same = call.attributes().values().get(spec.name());
            if (same != null && spec.kind().isInstance(same)) {
                attributes.put(spec.name(), same);
            } else {
                spec.standard().ifPresent(standard -> attributes.put(spec.name(), standard));
            }
        }
        Call asked = new Call(other.name(), call.inputs(), call.outputs(), Attributes.of(attributes), call.constants());
        if (!other.outputs(asked)
                .getFirst()
                .shape()
                .equals(operator.outputs(call).getFirst().shape())) {
            throw new InvalidCallException(other.name(), "its output", "give it another shape");
        }
        return asked;
    }
}
