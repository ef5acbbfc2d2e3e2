package dev.assay.baselines.simulated;

import static java.util.Objects.requireNonNull;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.HostBuffer;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;

/// A call together with its tensors as a kernel of the vector units takes them: inputs may have other values, another
/// type or shape, and results may be stored in another way. The operands themselves stay as they are.
///
/// Where a change is of attributes alone [Calls] is enough, where it is of values alone [Operands].
public final class Reading {
    private final Call call;
    private final Arguments given;
    private final Map<String, Argument> inputs;
    private final Map<String, Argument> outputs;
    private final List<HostBuffer> memory;
    private final List<Runnable> afterwards;

    private Reading(
            Call call,
            Arguments given,
            Map<String, Argument> inputs,
            Map<String, Argument> outputs,
            List<HostBuffer> memory,
            List<Runnable> afterwards) {
        this.call = call;
        this.given = given;
        this.inputs = inputs;
        this.outputs = outputs;
        this.memory = memory;
        this.afterwards = afterwards;
    }

    /// A kernel of the library for what is made of the call and its tensors, launch by launch.
    public static SharedKernel kernel(Call call, Arithmetic arithmetic, UnaryOperator<Reading> change) {
        return arguments -> {
            List<HostBuffer> memory = new ArrayList<>();
            try {
                Reading read = change.apply(new Reading(
                        call, arguments, arguments.inputs(), arguments.outputs(), memory, new ArrayList<>()));
                KernelLibrary.plan(read.call, arithmetic)
                        .run(new Arguments(read.inputs, read.outputs, arguments.workspace()));
                read.afterwards.forEach(Runnable::run);
            } finally {
                memory.forEach(HostBuffer::close);
            }
        };
    }

    public Call call() {
        return call;
    }

    /// What the launch was given, and where its results lie.
    public Arguments given() {
        return given;
    }

    public boolean has(String input) {
        return inputs.containsKey(input);
    }

    public Tensor tensor(String input) {
        return argument(input).tensor();
    }

    private Argument argument(String input) {
        return requireNonNull(inputs.get(input), input);
    }

    /// The code of an element of a tensor, by its row-major number.
    public static long code(Tensor tensor, long number) {
        return tensor.codeAt(tensor.position(number));
    }

    /// With another call over the same tensors.
    public Reading as(UnaryOperator<Call> change) {
        return new Reading(change.apply(call), given, inputs, outputs, memory, afterwards);
    }

    /// With a tensor of another shape in place of an input: each element is the one of the input with the number that
    /// it is given, or 0 for negative numbers.
    public Reading picked(String input, Shape shape, LongUnaryOperator source) {
        Tensor from = tensor(input);
        return written(input, TensorSpec.dense(from.dtype(), shape), (to, number) -> {
            long at = source.applyAsLong(number);
            to.setCodeAt(number, at < 0 ? from.dtype().encode(0) : code(from, at));
        });
    }

    /// With an input's elements in another place.
    public Reading moved(String input, LongUnaryOperator source) {
        return picked(input, tensor(input).shape(), source);
    }

    /// A value in place of another.
    @FunctionalInterface
    public interface Value {
        /// The value.
        double of(long number, double value);
    }

    /// With other numbers of a floating-point type in place of an input.
    public Reading real(String input, DType type, Value value) {
        Tensor from = tensor(input);
        return written(
                input,
                TensorSpec.dense(type, from.shape()),
                (to, number) -> to.set(number, value.of(number, from.get(number))));
    }

    /// A whole number in place of another.
    @FunctionalInterface
    public interface Whole {
        /// The number.
        long of(long number, long value);
    }

    /// With other whole numbers in place of an input.
    public Reading whole(String input, Whole value) {
        Tensor from = tensor(input);
        DType type = from.dtype();
        return written(
                input,
                TensorSpec.dense(type, from.shape()),
                (to, number) ->
                        to.setCodeAt(number, type.encodeLong(value.of(number, type.decodeLong(code(from, number))))));
    }

    /// With an input's memory seen as another tensor.
    public Reading viewed(String input, TensorSpec spec) {
        Argument argument = argument(input);
        return with(input, spec, new Argument(argument.buffer(), argument.offset(), spec));
    }

    /// Without an optional input.
    public Reading without(String input) {
        Map<String, Argument> fewer = new LinkedHashMap<>(inputs);
        fewer.remove(input);
        return new Reading(Calls.without(call, input), given, fewer, outputs, memory, afterwards);
    }

    /// The code of a result, from the value that the kernel computed.
    @FunctionalInterface
    public interface Stored {
        /// The code.
        ///
        /// @param computed tensor of the type that the kernel was told
        long code(Tensor computed, long number);
    }

    /// With an output that the kernel takes for one of another type, and how its results are stored then.
    public Reading stored(String output, DType type, Stored stored) {
        Tensor to = given.output(output).tensor();
        TensorSpec spec = TensorSpec.dense(type, to.shape());
        Argument wide = allocated(spec);
        List<Operand> operands = replaced(call.outputs(), output, spec);
        Map<String, Argument> others = new LinkedHashMap<>(outputs);
        others.put(output, wide);
        Reading reading = new Reading(
                new Call(call.operator(), call.inputs(), operands, call.attributes(), call.constants()),
                given,
                inputs,
                others,
                memory,
                afterwards);
        return reading.then(() -> {
            for (long i = 0; i < to.shape().elements(); i++) {
                to.setCodeAt(to.position(i), stored.code(wide.tensor(), i));
            }
        });
    }

    /// With something done after the kernel.
    public Reading then(Runnable after) {
        afterwards.add(after);
        return this;
    }

    @FunctionalInterface
    private interface Element {
        void write(Tensor to, long number);
    }

    private Reading written(String input, TensorSpec spec, Element element) {
        Argument argument = allocated(spec);
        Tensor to = argument.tensor();
        for (long i = 0; i < spec.shape().elements(); i++) {
            element.write(to, i);
        }
        return with(input, spec, argument);
    }

    private Argument allocated(TensorSpec spec) {
        HostBuffer buffer = HostBuffer.allocate(Math.max(1, spec.byteSize()));
        memory.add(buffer);
        return new Argument(buffer, 0, spec);
    }

    private Reading with(String input, TensorSpec spec, Argument argument) {
        Map<String, Argument> others = new LinkedHashMap<>(inputs);
        others.put(input, argument);
        Map<String, List<Long>> constants = new HashMap<>(call.constants());
        if (constants.containsKey(input)) {
            Tensor tensor = argument.tensor();
            List<Long> values = new ArrayList<>();
            for (long i = 0; i < spec.shape().elements(); i++) {
                values.add(spec.dtype().decodeLong(code(tensor, i)));
            }
            constants.put(input, values);
        }
        return new Reading(
                new Call(
                        call.operator(),
                        replaced(call.inputs(), input, spec),
                        call.outputs(),
                        call.attributes(),
                        constants),
                given,
                others,
                outputs,
                memory,
                afterwards);
    }

    private static List<Operand> replaced(List<Operand> operands, String name, TensorSpec spec) {
        List<Operand> all = new ArrayList<>();
        for (Operand operand : operands) {
            all.add(operand.name().equals(name) ? Operand.of(name, spec) : operand);
        }
        return all;
    }
}
