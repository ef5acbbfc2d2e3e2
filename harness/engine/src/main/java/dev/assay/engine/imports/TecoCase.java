package dev.assay.engine.imports;

import dev.assay.engine.imports.TextProto.Message;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One case of Teco-Ops: an operator, its tensors with the range or the values of each, and its parameters.
///
/// @param operator as they call it
/// @param tensors inputs, then outputs, by id; an output that is also read comes with values
/// @param parameters of the operator, by name, as text
record TecoCase(String operator, Map<String, Tensor> tensors, Map<String, String> parameters) {

    private static final Map<String, DType> TYPES = Map.ofEntries(
            Map.entry("DTYPE_DOUBLE", DType.F64),
            Map.entry("DTYPE_FLOAT", DType.F32),
            Map.entry("DTYPE_HALF", DType.F16),
            Map.entry("DTYPE_BFLOAT16", DType.BF16),
            Map.entry("DTYPE_INT8", DType.I8),
            Map.entry("DTYPE_INT16", DType.I16),
            Map.entry("DTYPE_INT32", DType.I32),
            Map.entry("DTYPE_INT64", DType.I64),
            Map.entry("DTYPE_UINT8", DType.U8),
            Map.entry("DTYPE_BOOL", DType.BOOL));

    /// A tensor.
    ///
    /// @param output whether it is written
    record Tensor(String id, DType dtype, Shape shape, boolean output, Values values) {}

    /// What a tensor holds.
    sealed interface Values {
        /// Nothing yet.
        record None() implements Values {}

        /// These numbers.
        record Listed(List<Double> numbers) implements Values {}

        /// Drawn from `low` to `high`, the latter not included.
        record Range(double low, double high) implements Values {}
    }

    static TecoCase of(Message message) throws NotExpressible {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String kind : List.of("input", "output")) {
            for (Message tensor : message.messages(kind)) {
                Tensor read = tensor(tensor, kind.equals("output"));
                tensors.put(read.id(), read);
            }
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        for (Message outer : message.messages("tecokernel_param")) {
            for (TextProto.Field inner : outer.fields()) {
                if (!(inner.value() instanceof Message own)) {
                    throw new NotExpressible("parameter " + inner.name() + " stands outside the operator's message");
                }
                for (TextProto.Field parameter : own.fields()) {
                    parameters.put(
                            parameter.name(),
                            own.scalar(parameter.name())
                                    .orElseThrow(() -> new NotExpressible(
                                            "parameter " + parameter.name() + " is a message of its own")));
                }
            }
        }
        return new TecoCase(scalar(message, "op_name", "the case"), tensors, parameters);
    }

    private static String scalar(Message message, String field, String of) throws NotExpressible {
        return message.scalar(field).orElseThrow(() -> new NotExpressible(of + " has no " + field));
    }

    private static Tensor tensor(Message message, boolean output) throws NotExpressible {
        String id = scalar(message, "id", "a tensor");
        String type = scalar(message, "dtype", "tensor " + id);
        DType dtype = TYPES.get(type);
        if (dtype == null) {
            throw new NotExpressible("tensor " + id + " is of the type " + type);
        }
        Message sizes = message.message("shape").orElse(new Message(List.of()));
        List<Long> dims = new ArrayList<>();
        for (String dim : sizes.scalars("dims")) {
            dims.add(whole(dim, "a size of tensor " + id));
        }
        Shape shape = Shape.of(dims);
        List<Long> strides = new ArrayList<>();
        for (String stride : sizes.scalars("dim_stride")) {
            strides.add(whole(stride, "a stride of tensor " + id));
        }
        if (!strides.isEmpty() && !strides.equals(dense(shape))) {
            throw new NotExpressible("tensor " + id + " has the strides " + strides);
        }
        return new Tensor(id, dtype, shape, output, values(message, id, dtype));
    }

    private static List<Long> dense(Shape shape) {
        List<Long> strides = new ArrayList<>();
        for (long stride : shape.denseStrides()) {
            strides.add(stride);
        }
        return strides;
    }

    private static Values values(Message tensor, String id, DType dtype) throws NotExpressible {
        Optional<Message> listed = tensor.message("prev_value");
        if (listed.isPresent()) {
            List<Double> numbers = new ArrayList<>();
            for (TextProto.Field field : listed.get().fields()) {
                if (!(field.value() instanceof TextProto.Scalar(String text))
                        || !field.name().matches("value_[a-z]")) {
                    throw new NotExpressible("tensor " + id + " has values of the kind " + field.name());
                }
                numbers.add(number(text, "a value of tensor " + id));
            }
            return new Values.Listed(numbers);
        }
        Optional<Message> random = tensor.message("random_data");
        if (random.isEmpty()) {
            return new Values.None();
        }
        for (TextProto.Field field : random.get().fields()) {
            if (!List.of("seed", "lower_bound", "upper_bound", "distribution").contains(field.name())) {
                throw new NotExpressible("tensor " + id + " is drawn with " + field.name());
            }
        }
        String distribution = random.get().scalar("distribution").orElse("UNIFORM");
        if (!distribution.equals("UNIFORM")) {
            throw new NotExpressible("tensor " + id + " is drawn from the distribution " + distribution);
        }
        double low = number(scalar(random.get(), "lower_bound", "tensor " + id), "a bound of tensor " + id);
        double high = number(scalar(random.get(), "upper_bound", "tensor " + id), "a bound of tensor " + id);
        // Of whole numbers the upper bound is the first that is not drawn.
        if (!(low < high) || (!dtype.isFloat() && Math.ceil(high) <= Math.ceil(low))) {
            throw new NotExpressible("tensor " + id + " is drawn from " + low + " to " + high + ", which is empty");
        }
        return new Values.Range(low, high);
    }

    static long whole(String text, String what) throws NotExpressible {
        try {
            return Long.decode(text);
        } catch (NumberFormatException e) {
            throw new NotExpressible(what + " is '" + text + "', no whole number");
        }
    }

    static double number(String text, String what) throws NotExpressible {
        try {
            return switch (text) {
                case "true" -> 1;
                case "false" -> 0;
                default -> Double.parseDouble(text);
            };
        } catch (NumberFormatException e) {
            throw new NotExpressible(what + " is '" + text + "', no number");
        }
    }
}
