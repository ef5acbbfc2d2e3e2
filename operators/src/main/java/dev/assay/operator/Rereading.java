package dev.assay.operator;

import dev.assay.backend.Attribute;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.tensor.DType;
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
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;

/// Puts a [Misreading] together: a call and its inputs with something exchanged.
public final class Rereading {
    private final Call call;
    private final Map<String, Tensor> inputs;

    private Rereading(Call call, Map<String, Tensor> inputs) {
        this.call = call;
        this.inputs = inputs;
    }

    /// Starts from the call as it is.
    public static Rereading of(Call call, Inputs inputs) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Operand operand : call.inputs()) {
            if (operand.spec().isPresent()) {
                tensors.put(operand.name(), inputs.get(operand.name()));
            }
        }
        return new Rereading(call, tensors);
    }

    /// With another attribute.
    public Rereading attribute(String name, Attribute value) {
        Map<String, Attribute> attributes = new TreeMap<>(call.attributes().values());
        attributes.put(name, value);
        return new Rereading(
                new Call(call.operator(), call.inputs(), call.outputs(), Attributes.of(attributes), call.constants()),
                inputs);
    }

    /// With another tensor for an input, which may have been absent.
    public Rereading input(String name, Tensor tensor) {
        return replaced(name, Optional.of(tensor));
    }

    /// With a dense tensor of these values in row-major order for an input.
    public Rereading input(String name, DType dtype, Shape shape, LongToDoubleFunction values) {
        // Freed by the garbage collector: readings are made and forgotten one by one.
        Tensor tensor = Tensor.allocate(TensorSpec.dense(dtype, shape), Arena.ofAuto());
        double[] all = new double[Math.toIntExact(shape.elements())];
        java.util.Arrays.setAll(all, values::applyAsDouble);
        tensor.encode(0, all.length, all, 0);
        return input(name, tensor);
    }

    /// With other whole numbers for an input, by their row-major numbers; the call is made with them where it knew
    /// those
    /// that were given.
    public Rereading whole(String name, LongUnaryOperator numbers) {
        Tensor given = input(name);
        Tensor tensor = Tensor.allocate(TensorSpec.dense(given.dtype(), given.shape()), Arena.ofAuto());
        List<Long> all = new ArrayList<>();
        for (long n = 0; n < given.shape().elements(); n++) {
            long code = given.dtype().encodeLong(numbers.applyAsLong(n));
            tensor.setCodeAt(n, code);
            all.add(given.dtype().decodeLong(code));
        }
        Rereading changed = replaced(name, Optional.of(tensor));
        return call.constants().containsKey(name) ? changed.madeWith(name, all) : changed;
    }

    /// With a constant that the call is made with, which may have been absent.
    public Rereading constant(String name, TensorSpec spec, List<Long> numbers) {
        Tensor tensor = Tensor.allocate(spec, Arena.ofAuto());
        for (int n = 0; n < numbers.size(); n++) {
            tensor.setCodeAt(n, spec.dtype().encodeLong(numbers.get(n)));
        }
        return replaced(name, Optional.of(tensor)).madeWith(name, numbers);
    }

    private Rereading madeWith(String name, List<Long> numbers) {
        Map<String, List<Long>> constants = new HashMap<>(call.constants());
        constants.put(name, numbers);
        return new Rereading(
                new Call(call.operator(), call.inputs(), call.outputs(), call.attributes(), constants), inputs);
    }

    /// The tensor that is read for an input. Throws IllegalArgumentException if there is none.
    public Tensor input(String name) {
        return new Inputs(inputs).get(name);
    }

    /// Without an optional input.
    public Rereading without(String name) {
        return replaced(name, Optional.empty());
    }

    private Rereading replaced(String name, Optional<Tensor> tensor) {
        List<Operand> operands = new ArrayList<>();
        for (Operand operand : call.inputs()) {
            operands.add(
                    operand.name().equals(name)
                            ? new Operand(name, tensor.map(Tensor::spec), Optional.empty())
                            : operand);
        }
        if (tensor.isPresent()
                && call.inputs().stream().noneMatch(one -> one.name().equals(name))) {
            operands.add(new Operand(name, tensor.map(Tensor::spec), Optional.empty()));
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>(inputs);
        tensors.remove(name);
        tensor.ifPresent(given -> tensors.put(name, given));
        Map<String, List<Long>> constants = new HashMap<>(call.constants());
        constants.remove(name);
        return new Rereading(
                new Call(call.operator(), operands, call.outputs(), call.attributes(), constants), tensors);
    }

    /// The misreading.
    ///
    /// @param cause code of the diagnosis
    /// @param sentence what a kernel does that reads it this way
    public Misreading as(String cause, String sentence) {
        return new Misreading(cause, sentence, call, new Inputs(inputs), 1);
    }
}
