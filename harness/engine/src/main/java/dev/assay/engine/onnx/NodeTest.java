package dev.assay.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.assay.HarnessException;
import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One node test: a model of one node, the values of its inputs, and the outputs that come with it.
final class NodeTest {
    static final String DATA_SET = "test_data_set_";
    private static final String OUTPUTS = "num_outputs";
    private static final String DTYPE = "dtype";

    private final Path dataSet;
    private final NodeProto node;
    private final GraphProto graph;

    private NodeTest(Path dataSet, NodeProto node, GraphProto graph) {
        this.dataSet = dataSet;
        this.node = node;
        this.graph = graph;
    }

    /// What this version of Assay cannot run, with the reason.
    static final class NotMappable extends Exception {
        private static final long serialVersionUID = 1L;

        NotMappable(String reason) {
            super(reason);
        }
    }

    /// Reads the model beside a data set.
    ///
    /// @param dataSet a folder such as `test_matmul_2d/test_data_set_0`
    static NodeTest read(Path dataSet) throws NotMappable {
        Path file = dataSet.resolveSibling("model.onnx");
        ModelProto model = parse(file, ModelProto::parseFrom);
        GraphProto graph = model.getGraph();
        if (graph.getNodeCount() == 0) {
            throw new HarnessException("the model has no node", place(file), "restore the file");
        }
        if (graph.getNodeCount() > 1) {
            throw new NotMappable("the model has " + graph.getNodeCount() + " nodes; only single nodes are run");
        }
        return new NodeTest(dataSet, graph.getNode(0), graph);
    }

    private interface Parser<T> {
        T parse(byte[] bytes) throws InvalidProtocolBufferException;
    }

    private static <T> T parse(Path file, Parser<T> parser) {
        try {
            return parser.parse(Files.readAllBytes(file));
        } catch (InvalidProtocolBufferException e) {
            throw new HarnessException("no valid protobuf: " + e.getMessage(), place(file), "restore the file", e);
        } catch (NoSuchFileException e) {
            throw new HarnessException("the file is missing", place(file), "restore the file", e);
        } catch (IOException e) {
            throw new HarnessException(
                    "the file cannot be read: " + e.getClass().getSimpleName(), place(file), "restore the file", e);
        }
    }

    /// The end of a path, such as `test_matmul_2d/test_data_set_0/input_0.pb`: rows hold nothing of the rest.
    static String place(Path path) {
        int start = path.getNameCount() - 1;
        while (start > 0 && !path.getName(start).toString().startsWith(DATA_SET)) {
            start--;
        }
        // A model lies beside its data sets.
        int from = start > 0 ? start - 1 : Math.max(0, path.getNameCount() - 2);
        return path.subpath(from, path.getNameCount()).toString();
    }

    /// The ONNX operator's name, such as `MatMul`.
    String type() {
        return node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx")
                ? node.getOpType()
                : node.getDomain() + "." + node.getOpType();
    }

    /// The operator of the catalogue.
    Operator operator() throws NotMappable {
        for (Operator operator : Operators.all()) {
            if (operator.onnxType().filter(type()::equals).isPresent()) {
                return operator;
            }
        }
        throw new NotMappable("operator " + type() + " is not in the catalogue");
    }

    /// The call that the node stands for.
    Call call() throws NotMappable {
        Operator operator = operator();
        CallBuilder builder = new CallBuilder(operator, place(dataSet));
        Map<String, TensorProto> values = inputValues();
        List<Parameter> parameters = operator.signature().inputs();
        for (int i = 0; i < node.getInputCount(); i++) {
            String name = node.getInput(i);
            if (name.isEmpty()) {
                continue;
            }
            if (parameter(parameters, i).isEmpty()) {
                throw new NotMappable(type() + " has an input " + (i + 1) + ", '" + name + "', that is not known here");
            }
            checkKind(name);
            TensorProto value = required(values, name);
            Parameter parameter = parameter(parameters, i).get();
            String ours = operand(parameters, i);
            checkValue(value, name);
            TensorSpec spec = OnnxTensors.spec(value, place(dataSet));
            if (parameter.constant()) {
                builder.constant(ours, spec, integers(value, name));
            } else {
                builder.input(ours, spec);
            }
        }
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.getType() == AttributeProto.AttributeType.TENSOR) {
                constant(operator, attribute, builder);
            } else if (attribute.hasG() && attribute.getName().equals(ScoreModifier.NAME)) {
                ScoreModifier.attributes(attribute.getG(), place(dataSet)).forEach(builder::attribute);
            } else {
                builder.attribute(attribute.getName(), attribute(attribute));
            }
        }
        for (int i = 0; i < node.getOutputCount(); i++) {
            if (!node.getOutput(i).isEmpty()) {
                if (parameter(operator.signature().outputs(), i).isEmpty()) {
                    throw new NotMappable(type() + " has an output " + (i + 1) + " that is not known here");
                }
                builder.output(operand(operator.signature().outputs(), i));
            }
        }
        countOutputs(operator, builder);
        try {
            Call call = builder.build();
            // Throws if a long cannot count them.
            call.tensorBytes();
            return call;
        } catch (InvalidCallException e) {
            throw new NotMappable(e.what());
        } catch (ArithmeticException e) {
            throw new HarnessException(
                    "sizes beyond what can be counted: " + e.getMessage(), place(dataSet), "restore the file", e);
        }
    }

    /// The parameter that the operand at a position stands for; a variadic one is the last and takes all that follow.
    private static Optional<Parameter> parameter(List<Parameter> parameters, int position) {
        Parameter last = parameters.getLast();
        return position < parameters.size()
                ? Optional.of(parameters.get(position))
                : last.variadic() ? Optional.of(last) : Optional.empty();
    }

    /// Our name of the operand at a position that [#parameter] knows.
    private static String operand(List<Parameter> parameters, int position) {
        Parameter parameter = parameter(parameters, position).orElseThrow();
        return parameter.variadic()
                ? Call.member(parameter.name(), position - parameters.size() + 1)
                : parameter.name();
    }

    /// Before opset 18 the number of parts of a split was that of the node's outputs; a call has to say it.
    private void countOutputs(Operator operator, CallBuilder builder) {
        boolean counts = operator.signature().attributes().stream()
                .anyMatch(attribute -> attribute.name().equals(OUTPUTS));
        boolean given = node.getAttributeList().stream()
                .anyMatch(attribute -> attribute.getName().equals(OUTPUTS));
        boolean sized = node.getInputCount() > 1 && !node.getInput(1).isEmpty();
        if (counts && !given && !sized) {
            builder.attribute(OUTPUTS, new Attribute.Int(node.getOutputCount()));
        }
    }

    /// Sequences and optional values have messages of their own.
    private void checkKind(String name) throws NotMappable {
        for (ValueInfoProto input : graph.getInputList()) {
            if (input.getName().equals(name)
                    && (input.getType().hasSequenceType() || input.getType().hasOptionalType())) {
                throw new NotMappable("input '" + name + "' is a sequence or an optional value, and not a tensor");
            }
        }
    }

    private static void checkValue(TensorProto value, String name) throws NotMappable {
        if (OnnxTensors.type(value.getDataType()).isEmpty()) {
            throw new NotMappable("input '" + name + "' has the tensor type " + value.getDataType());
        }
        if (OnnxTensors.isElsewhere(value)) {
            throw new NotMappable("the values of input '" + name + "' are kept in another file, which is not read");
        }
    }

    private TensorProto required(Map<String, TensorProto> values, String name) {
        TensorProto value = values.get(name);
        if (value == null) {
            throw new HarnessException(
                    "no values for the node's input '" + name + "'",
                    place(dataSet),
                    "restore the files input_<i>.pb; there are values for " + values.keySet());
        }
        return value;
    }

    /// Values by the name that the graph gives them: constants of the model, and files in the order of its inputs.
    private Map<String, TensorProto> inputValues() {
        Map<String, TensorProto> values = new LinkedHashMap<>();
        graph.getInitializerList().forEach(constant -> values.put(constant.getName(), constant));
        List<ValueInfoProto> inputs = graph.getInputList();
        for (int i = 0; i < inputs.size(); i++) {
            Path file = dataSet.resolve("input_" + i + ".pb");
            if (Files.exists(file)) {
                values.put(inputs.get(i).getName(), parse(file, TensorProto::parseFrom));
            }
        }
        return values;
    }

    /// A tensor of one element as an attribute is its value and its type.
    private void constant(Operator operator, AttributeProto attribute, CallBuilder builder) throws NotMappable {
        TensorProto value = attribute.getT();
        checkValue(value, attribute.getName());
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = OnnxTensors.read(value, place(dataSet), arena);
            boolean typed = operator.signature().attributes().stream()
                    .anyMatch(known -> known.name().equals(DTYPE));
            boolean one = tensor.shape().elements() == 1;
            double number = one ? tensor.get(0) : 0;
            if (!typed || !one || tensor.dtype().encode(number) != tensor.codeAt(0)) {
                throw new NotMappable(
                        "attribute '" + attribute.getName() + "' is a tensor that no number stands for: " + tensor);
            }
            builder.attribute(attribute.getName(), new Attribute.Real(number));
            builder.attribute(DTYPE, new Attribute.Int(value.getDataType()));
        }
    }

    private List<Long> integers(TensorProto value, String name) throws NotMappable {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = OnnxTensors.read(value, place(dataSet), arena);
            List<Long> numbers = new ArrayList<>();
            for (long i = 0; i < tensor.shape().elements(); i++) {
                double real = tensor.dtype().isFloat() ? tensor.get(i) : 0;
                if (real != (double) (long) real) {
                    throw new NotMappable("input '" + name + "' belongs to the call and holds " + real
                            + "; only whole numbers can be kept there");
                }
                numbers.add(
                        tensor.dtype().isFloat() ? (long) real : tensor.dtype().decodeLong(tensor.codeAt(i)));
            }
            return numbers;
        }
    }

    private static Attribute attribute(AttributeProto attribute) throws NotMappable {
        return switch (attribute.getType()) {
            case INT -> new Attribute.Int(attribute.getI());
            case FLOAT -> new Attribute.Real(attribute.getF());
            case STRING -> new Attribute.Text(attribute.getS().toStringUtf8());
            case INTS -> new Attribute.Ints(attribute.getIntsList());
            case FLOATS ->
                new Attribute.Reals(attribute.getFloatsList().stream()
                        .map(Float::doubleValue)
                        .toList());
            default ->
                throw new NotMappable("attribute '" + attribute.getName() + "' is of type " + attribute.getType());
        };
    }

    /// The inputs' values under the names of the operator's signature.
    Map<String, Tensor> inputs(Operator operator, Arena arena) {
        Map<String, TensorProto> values = inputValues();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < node.getInputCount(); i++) {
            String name = node.getInput(i);
            if (!name.isEmpty()) {
                tensors.put(
                        operand(operator.signature().inputs(), i),
                        OnnxTensors.read(required(values, name), place(dataSet) + ", input " + name, arena));
            }
        }
        return tensors;
    }

    /// The outputs that come with the test, under the names of the operator's signature.
    Map<String, Tensor> outputs(Operator operator, Arena arena) {
        Map<String, TensorProto> values = new LinkedHashMap<>();
        List<ValueInfoProto> outputs = graph.getOutputList();
        for (int i = 0; i < outputs.size(); i++) {
            Path file = dataSet.resolve("output_" + i + ".pb");
            values.put(outputs.get(i).getName(), parse(file, TensorProto::parseFrom));
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < node.getOutputCount(); i++) {
            String name = node.getOutput(i);
            if (!name.isEmpty()) {
                TensorProto value = values.get(name);
                if (value == null) {
                    throw new HarnessException(
                            "the node's output '" + name + "' is no output of the graph",
                            place(dataSet),
                            "restore the model");
                }
                tensors.put(
                        operand(operator.signature().outputs(), i),
                        OnnxTensors.read(value, place(dataSet) + ", output " + name, arena));
            }
        }
        return tensors;
    }
}
