package dev.assay.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.assay.backend.Attribute;
import dev.assay.engine.onnx.NodeTest.NotMappable;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScoreModifierTest {
    private final GraphProto.Builder graph = GraphProto.newBuilder()
            .addInput(ValueInfoProto.newBuilder().setName("scores"))
            .addOutput(ValueInfoProto.newBuilder().setName("out"));

    private ScoreModifierTest constant(String name, double value) {
        graph.addInitializer(Models.f32(name, List.of(), value));
        return this;
    }

    private ScoreModifierTest integers(String name, List<Long> dims, long... values) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(7).addAllDims(dims);
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        graph.addInitializer(tensor);
        return this;
    }

    private ScoreModifierTest node(String type, List<String> inputs, String output) {
        graph.addNode(Models.node(type, inputs, List.of(output)));
        return this;
    }

    /// Numbers of queries and keys, as ONNX's own tests make them.
    private ScoreModifierTest numbers() {
        return integers("zero", List.of(), 0)
                .integers("one", List.of(), 1)
                .integers("two", List.of(), 2)
                .integers("three", List.of(), 3)
                .integers("columns", List.of(4L), 1, 1, -1, 1)
                .integers("row", List.of(2L), 1, -1)
                .node("Shape", List.of("scores"), "shape")
                .node("Gather", List.of("shape", "two"), "L")
                .node("Gather", List.of("shape", "three"), "S")
                .node("Range", List.of("zero", "L", "one"), "queries")
                .node("Reshape", List.of("queries", "columns"), "q")
                .node("Range", List.of("zero", "S", "one"), "keys")
                .node("Reshape", List.of("keys", "row"), "k");
    }

    private Map<String, Attribute> attributes() throws NotMappable {
        return ScoreModifier.attributes(graph.build(), "test");
    }

    private void unsupported(String formula) {
        NotMappable refusal = assertThrows(NotMappable.class, this::attributes);
        assertTrue(String.valueOf(refusal.getMessage()).contains(formula), refusal.getMessage());
    }

    @Test
    void bias() throws NotMappable {
        constant("c", 0.5).node("Add", List.of("scores", "c"), "out");
        assertEquals(Map.of("bias", new Attribute.Real(0.5)), attributes());
    }

    @Test
    void softCap() throws NotMappable {
        constant("cap", 20)
                .node("Div", List.of("scores", "cap"), "part")
                .node("Tanh", List.of("part"), "bent")
                .node("Mul", List.of("bent", "cap"), "out");
        assertEquals(Map.of("softcap", new Attribute.Real(20)), attributes());
    }

    @Test
    void anotherFactorIsNoSoftCap() {
        constant("cap", 20)
                .constant("other", 21)
                .node("Div", List.of("scores", "cap"), "part")
                .node("Tanh", List.of("part"), "bent")
                .node("Mul", List.of("bent", "other"), "out");
        unsupported("(tanh((s/20.0))*21.0)");
    }

    @Test
    void causalMask() throws NotMappable {
        numbers()
                .constant("hidden", Double.NEGATIVE_INFINITY)
                .node("GreaterOrEqual", List.of("q", "k"), "mask")
                .node("Where", List.of("mask", "scores", "hidden"), "out");
        assertEquals(Map.of("is_causal", new Attribute.Int(1)), attributes());
    }

    /// A query that sees all keys but its own and earlier ones, and one that does not see itself.
    @Test
    void otherMasksAreUnsupported() {
        numbers()
                .constant("hidden", Double.NEGATIVE_INFINITY)
                .node("Greater", List.of("q", "k"), "mask")
                .node("Where", List.of("mask", "scores", "hidden"), "out");
        unsupported("where((i>j),s,-Infinity)");
    }

    @Test
    void relativePositions() throws NotMappable {
        numbers()
                .node("Sub", List.of("q", "k"), "distance")
                .node("Cast", List.of("distance"), "cast")
                .node("Add", List.of("scores", "cast"), "out");
        assertEquals(Map.of("relative_bias", new Attribute.Real(1)), attributes());
    }

    /// Queries numbered along keys.
    @Test
    void numbersAlongAnotherDimensionAreUnsupported() {
        numbers()
                .node("Reshape", List.of("queries", "row"), "wrong")
                .node("Sub", List.of("wrong", "k"), "distance")
                .node("Add", List.of("scores", "distance"), "out");
        unsupported("(s+(reshape(queries,[1.0,-1.0])-j))");
    }

    @Test
    void aScoreThatIsCastIsUnsupported() {
        constant("c", 0.5).node("Cast", List.of("scores"), "cast").node("Add", List.of("cast", "c"), "out");
        unsupported("(cast(s)+0.5)");
    }

    @Test
    void graphsOfSeveralOutputsAreUnsupported() {
        graph.addOutput(ValueInfoProto.newBuilder().setName("scores"));
        unsupported("1 inputs and 2 outputs");
    }
}
