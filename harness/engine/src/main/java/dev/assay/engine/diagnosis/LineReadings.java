package dev.assay.engine.diagnosis;

import dev.assay.backend.Attribute;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.engine.diagnosis.CallReadings.Reading;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Rereading;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;

/// Readings of calls on lines: with elements that are none, without the last ones, or in blocks apart.
final class LineReadings {
    private static final String AXES = "axes";
    private static final String AXIS = "axis";

    private final Operator operator;
    private final Call call;
    private final List<Reading> all = new ArrayList<>();

    private LineReadings(Operator operator, Call call) {
        this.operator = operator;
        this.call = call;
    }

    /// A way to change the last dimension.
    ///
    /// @param size of it afterwards
    /// @param kept elements of it that stay as they are; the others are 0
    private record Change(long size, long kept) {}

    static List<Reading> of(Operator operator, Call call) {
        LineReadings readings = new LineReadings(operator, call);
        Shape shape = call.inputs().getFirst().spec().orElseThrow().shape();
        if (shape.rank() > 0 && !shape.isEmpty()) {
            readings.lengths(shape);
            readings.blocks(shape);
            readings.terms(shape);
            readings.filters();
        }
        return readings.all;
    }

    private Optional<int[]> axes(Shape shape) {
        boolean reduces = operator.signature().inputs().stream()
                .anyMatch(parameter -> parameter.name().equals(AXES) && parameter.constant());
        if (!reduces) {
            return Optional.empty();
        }
        List<Long> given = call.constants().getOrDefault(AXES, List.of());
        int rank = shape.rank();
        return Optional.of(
                given.isEmpty()
                        ? java.util.stream.IntStream.range(0, rank).toArray()
                        : given.stream()
                                .mapToInt(axis -> Math.toIntExact(Math.floorMod(axis, (long) rank)))
                                .sorted()
                                .toArray());
    }

    private void lengths(Shape shape) {
        Optional<int[]> axes = axes(shape);
        long length = axes.isPresent() ? TensorLines.along(shape, axes.get()).length() : shape.dim(-1);
        boolean last = call.attributes().find(AXIS).isEmpty()
                || Math.floorMod(call.attributes().integer(AXIS), (long) shape.rank()) == shape.rank() - 1;
        if (length < 2 || (axes.isEmpty() && !last)) {
            return;
        }
        List<Long> sizes = new ArrayList<>();
        for (long tile = 2; tile <= 256; tile *= 2) {
            long padded = Math.ceilDiv(length, tile) * tile;
            if (padded != length && !sizes.contains(padded)) {
                sizes.add(padded);
            }
        }
        if (!sizes.contains(length + 1)) {
            sizes.add(length + 1);
        }
        for (long size : sizes) {
            length(
                    Cause.TERMS_REPEATED,
                    size - length == 1
                            ? "a 0 counts that is no element"
                            : "zeros behind an end count as elements, up to " + size,
                    new Change(size, length),
                    axes,
                    length);
        }
        for (long rest : rests(length)) {
            String sentence = "the last " + (length - rest) + " elements of a line are left out";
            length(Cause.TERMS_MISSING, sentence, new Change(rest, rest), axes, length);
            length(Cause.TERMS_MISSING, sentence + ", but counted", new Change(length, rest), axes, length);
        }
    }

    /// Terms of products whose factor in the first operand counts as 0.
    private void terms(Shape shape) {
        Shape output = operator.outputs(call).getFirst().shape();
        Operand first = call.inputs().getFirst();
        long length = shape.dim(-1);
        boolean summed = call.inputs().size() > 1
                && first.spec().orElseThrow().dtype().isFloat()
                && output.rank() > 0
                && (output.dim(-1) != length || output.rank() != shape.rank());
        for (long rest : summed ? rests(length) : List.<Long>of()) {
            String sentence = "the last " + (length - rest) + " terms of each sum are left out";
            all.add(new Reading(Cause.TERMS_MISSING, sentence, inputs -> {
                Rereading right = Rereading.of(call, inputs);
                Tensor given = right.input(first.name());
                return right.input(first.name(), given.dtype(), shape, n -> n % length < rest ? given.get(n) : 0)
                        .as(Cause.TERMS_MISSING.code(), sentence);
            }));
        }
    }

    /// The last term of each filter: of weights that have one for each place of the output's second dimension.
    private void filters() {
        Shape output = operator.outputs(call).getFirst().shape();
        for (Operand operand : call.inputs().subList(1, call.inputs().size())) {
            boolean filters = operand.spec().isPresent()
                    && operand.spec().get().dtype().isFloat()
                    && operand.spec().get().shape().rank() > 2
                    && output.rank() == operand.spec().get().shape().rank()
                    && output.dim(1) == operand.spec().get().shape().dim(0);
            if (filters) {
                Shape shape = operand.spec().get().shape();
                long length = shape.elements() / Math.max(1, shape.dim(0));
                String sentence = "the last term of each filter of " + operand.name() + " is left out";
                all.add(new Reading(Cause.TERMS_MISSING, sentence, inputs -> {
                    Rereading right = Rereading.of(call, inputs);
                    Tensor given = right.input(operand.name());
                    return right.input(
                                    operand.name(),
                                    given.dtype(),
                                    shape,
                                    n -> n % length == length - 1 ? 0 : given.get(n))
                            .as(Cause.TERMS_MISSING.code(), sentence);
                }));
            }
        }
    }

    /// What is left of a line without its last element, or without what is no whole tile.
    private static List<Long> rests(long length) {
        List<Long> rests = new ArrayList<>(List.of(length - 1));
        for (long tile = 2; tile <= 256; tile *= 2) {
            long whole = length / tile * tile;
            if (whole > 0 && whole != length && !rests.contains(whole)) {
                rests.add(whole);
            }
        }
        return rests;
    }

    private void length(Cause cause, String sentence, Change change, Optional<int[]> axes, long length) {
        Shape output = operator.outputs(call).getFirst().shape();
        boolean whole = output.rank() > 0 && output.dim(-1) == length && axes.isEmpty();
        LongUnaryOperator place = n -> {
            long at = n % length;
            return !whole ? n : at < change.kept() ? n / length * change.size() + at : -1;
        };
        all.add(new Reading(
                cause,
                sentence,
                inputs -> axes.isPresent()
                        ? reduced(cause, sentence, inputs, axes.get(), change)
                        : widened(cause, sentence, inputs, length, change),
                Optional.of(place)));
    }

    private static Tensor dense(Tensor like, Shape shape, LongUnaryOperator source) {
        Tensor tensor = Tensor.allocate(TensorSpec.dense(like.dtype(), shape), Arena.ofAuto());
        for (long n = 0; n < shape.elements(); n++) {
            long from = source.applyAsLong(n);
            if (from >= 0) {
                tensor.setCodeAt(n, like.codeAt(like.position(from)));
            }
        }
        return tensor;
    }

    /// Every operand whose last dimension is that of the lines.
    private Misreading widened(Cause cause, String sentence, Inputs inputs, long length, Change change) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        List<Operand> operands = new ArrayList<>();
        for (Operand operand : call.inputs()) {
            if (operand.spec().isEmpty()) {
                operands.add(operand);
                continue;
            }
            Tensor tensor = inputs.get(operand.name());
            Shape shape = tensor.shape();
            if (shape.rank() > 0 && shape.dim(-1) == length && !call.constants().containsKey(operand.name())) {
                Tensor given = tensor;
                tensor = dense(given, shape.with(shape.rank() - 1, change.size()), n -> {
                    long at = n % change.size();
                    return at < change.kept() ? n / change.size() * length + at : -1;
                });
            }
            tensors.put(operand.name(), tensor);
            operands.add(Operand.of(operand.name(), tensor.spec()));
        }
        return asked(cause, sentence, operands, call.attributes(), call.constants(), tensors);
    }

    /// The lines one behind the other, whatever the dimensions they run along.
    private Misreading reduced(Cause cause, String sentence, Inputs inputs, int[] axes, Change change) {
        String name = call.inputs().getFirst().name();
        Tensor data = inputs.get(name);
        TensorLines lines = TensorLines.along(data.shape(), axes);
        Tensor laid = dense(data, Shape.of(lines.count(), change.size()), n -> {
            long at = n % change.size();
            return at < change.kept() ? lines.number(n / change.size(), (int) at) : -1;
        });
        Tensor along = Tensor.allocate(TensorSpec.of(dev.assay.tensor.DType.I64, 1), Arena.ofAuto());
        along.set(0, 1);
        Map<String, List<Long>> constants = new HashMap<>(call.constants());
        constants.put(AXES, List.of(1L));
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(name, laid);
        tensors.put(AXES, along);
        return asked(
                cause,
                sentence,
                List.of(Operand.of(name, laid.spec()), Operand.of(AXES, along.spec())),
                call.attributes(),
                constants,
                tensors);
    }

    private Misreading asked(
            Cause cause,
            String sentence,
            List<Operand> operands,
            Attributes attributes,
            Map<String, List<Long>> constants,
            Map<String, Tensor> tensors) {
        Call asked = new Call(call.operator(), operands, call.outputs(), attributes, constants);
        // Throws where there is no such call.
        List<TensorSpec> specs = operator.outputs(asked);
        if (specs.isEmpty()) {
            throw new InvalidCallException(sentence, operator.name(), "none");
        }
        return new Misreading(cause.code(), sentence, asked, new Inputs(tensors), 1);
    }

    /// Blocks of a line that are treated apart.
    private void blocks(Shape shape) {
        boolean constant = call.constants().containsKey(AXIS);
        boolean attribute = call.attributes().find(AXIS).isPresent();
        Shape output = operator.outputs(call).getFirst().shape();
        if ((!constant && !attribute) || !output.equals(shape) || call.inputs().size() > 2) {
            return;
        }
        long given = constant
                ? call.constants().getOrDefault(AXIS, List.of(0L)).getFirst()
                : call.attributes().integer(AXIS);
        int axis = Math.toIntExact(Math.floorMod(given, (long) shape.rank()));
        long length = shape.dim(axis);
        long inner = shape.slice(axis + 1, shape.rank()).elements();
        for (long size = 8; size < length && size <= 4096; size *= 2) {
            long block = size;
            long blocks = Math.ceilDiv(length, block);
            long[] dims = new long[shape.rank() + 1];
            for (int d = 0; d < dims.length; d++) {
                dims[d] = d < axis ? shape.dim(d) : d == axis ? blocks : d == axis + 1 ? block : shape.dim(d - 1);
            }
            Shape split = Shape.of(dims);
            String sentence = "blocks of " + block + " are treated apart";
            LongUnaryOperator place = n -> {
                long line = n / (length * inner);
                return line * blocks * block * inner + n % (length * inner);
            };
            all.add(new Reading(
                    Cause.TERMS_MISSING,
                    sentence,
                    inputs -> {
                        String name = call.inputs().getFirst().name();
                        Tensor data = inputs.get(name);
                        long whole = blocks * block * inner;
                        Tensor laid = dense(
                                data,
                                split,
                                n -> n % whole < length * inner ? n / whole * length * inner + n % whole : -1);
                        Map<String, Tensor> tensors = new LinkedHashMap<>();
                        tensors.put(name, laid);
                        List<Operand> operands = new ArrayList<>(List.of(Operand.of(name, laid.spec())));
                        Map<String, List<Long>> constants = new HashMap<>(call.constants());
                        Map<String, Attribute> attributes =
                                new TreeMap<>(call.attributes().values());
                        if (constant) {
                            Tensor old = inputs.get(AXIS);
                            Tensor along = Tensor.allocate(old.spec(), Arena.ofAuto());
                            along.set(0, axis + 1);
                            tensors.put(AXIS, along);
                            operands.add(Operand.of(AXIS, along.spec()));
                            constants.put(AXIS, List.of(axis + 1L));
                        } else {
                            attributes.put(AXIS, new Attribute.Int(axis + 1L));
                        }
                        return asked(
                                Cause.TERMS_MISSING, sentence, operands, Attributes.of(attributes), constants, tensors);
                    },
                    Optional.of(place)));
        }
    }
}
