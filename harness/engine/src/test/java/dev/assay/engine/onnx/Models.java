package dev.assay.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// Writes node tests in the layout of the ONNX backend tests.
public final class Models {
    private static final int F32 = 1;

    private Models() {}

    public static TensorProto tensor(String name, int type, List<Long> dims, byte[] raw) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(type)
                .addAllDims(dims)
                .setRawData(ByteString.copyFrom(raw))
                .build();
    }

    public static TensorProto f32(String name, List<Long> dims, double... values) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.of(arena, DType.F32, Shape.of(dims), values);
            byte[] raw = tensor.memory().asSlice(0, tensor.spec().byteSize()).toArray(ValueLayout.JAVA_BYTE);
            return tensor(name, F32, dims, raw);
        }
    }

    public static AttributeProto attribute(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    public static AttributeProto attribute(String name, float value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(value)
                .build();
    }

    public static NodeProto.Builder node(String type, List<String> inputs, List<String> outputs) {
        return NodeProto.newBuilder().setOpType(type).addAllInput(inputs).addAllOutput(outputs);
    }

    /// A model of these nodes; a name that is empty is no input or output of the graph.
    public static ModelProto model(NodeProto... nodes) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("g");
        for (NodeProto node : nodes) {
            graph.addNode(node);
        }
        for (String input : nodes.length == 0 ? List.<String>of() : nodes[0].getInputList()) {
            if (!input.isEmpty()) {
                graph.addInput(ValueInfoProto.newBuilder().setName(input));
            }
        }
        for (String output : nodes.length == 0 ? List.<String>of() : nodes[0].getOutputList()) {
            if (!output.isEmpty()) {
                graph.addOutput(ValueInfoProto.newBuilder().setName(output));
            }
        }
        return ModelProto.newBuilder().setIrVersion(8).setGraph(graph).build();
    }

    /// Writes `model.onnx` and the tensors, and gives back the data set's folder.
    public static Path write(Path test, ModelProto model, List<TensorProto> inputs, List<TensorProto> outputs) {
        try {
            Path dataSet = Files.createDirectories(test.resolve("test_data_set_0"));
            Files.write(test.resolve("model.onnx"), model.toByteArray());
            for (int i = 0; i < inputs.size(); i++) {
                Files.write(dataSet.resolve("input_" + i + ".pb"), inputs.get(i).toByteArray());
            }
            for (int i = 0; i < outputs.size(); i++) {
                Files.write(
                        dataSet.resolve("output_" + i + ".pb"), outputs.get(i).toByteArray());
            }
            return dataSet;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// `[[1,2],[3,4]] [[5,6],[7,8]]`, with this as stored output.
    public static Path matmul(Path folder, double... stored) {
        return write(
                folder.resolve("test_matmul"),
                model(node("MatMul", List.of("a", "b"), List.of("c")).build()),
                List.of(f32("a", List.of(2L, 2L), 1, 2, 3, 4), f32("b", List.of(2L, 2L), 5, 6, 7, 8)),
                List.of(f32("c", List.of(2L, 2L), stored)));
    }

    public static Path matmul(Path folder) {
        return matmul(folder, 19, 22, 43, 50);
    }

    static Path parent(Path dataSet) {
        return Objects.requireNonNull(dataSet.getParent());
    }
}
