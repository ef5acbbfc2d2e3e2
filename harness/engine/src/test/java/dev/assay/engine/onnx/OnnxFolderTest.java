package dev.assay.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.engine.judge.CorrectBackend;
import dev.assay.engine.judge.Judge;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.plan.Planner;
import dev.assay.engine.plan.RunSettings;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Verdict;
import dev.assay.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxFolderTest {
    @TempDir
    Path folder = Path.of("");

    private Case only() {
        List<Case> cases = new OnnxFolder(folder).cases();
        assertEquals(1, cases.size());
        return cases.getFirst();
    }

    private CaseSpec.Known known() {
        CaseSpec.Known known = Objects.requireNonNull(only().spec().known(), "its verdict is known beforehand");
        assertFalse(known.reason().contains(folder.toString()), "rows hold no paths: " + known.reason());
        return known;
    }

    private void unsupported(String words) {
        assertEquals(Verdict.UNSUPPORTED, known().verdict(), known().reason());
        assertTrue(known().reason().contains(words), known().reason());
    }

    private void error(String words) {
        assertEquals(Verdict.ERROR, known().verdict(), known().reason());
        assertTrue(known().reason().contains(words), known().reason());
    }

    /// Judges the case with a right backend, and tells what the stored output says to the reference.
    private static Optional<String> run(Case one) {
        CaseSpec spec = one.spec();
        String dataSet = Objects.requireNonNull(spec.model());
        Call call = spec.call("test");
        Operator operator = Operators.named(call.operator(), "test");
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = StoredCase.inputs(dataSet, call, arena);
            Judgement judgement = Judge.judge(new CorrectBackend(operator), operator, call, inputs);
            assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
            return StoredCase.disagreement(dataSet, operator, call, inputs, arena);
        }
    }

    @Test
    void aRightMatMulPasses() {
        Models.matmul(folder);
        Case one = only();
        assertEquals("matmul/f32.f32-f32/m2.n2.k2/-/onnx-test_matmul", one.id().toString());
        assertEquals(Optional.empty(), run(one));
    }

    @Test
    void aWrongStoredOutputIsADisagreementWithTheReference() {
        Models.matmul(folder, 19, 22, 43, 51);
        String wrong = run(only()).orElseThrow();
        assertTrue(wrong.contains("worst Y[1,1]: reference 50.0, stored 51.0"), wrong);
    }

    @Test
    void aStoredOutputOfAnotherShapeOrTypeIsADisagreement() throws IOException {
        Path dataSet = Models.matmul(folder);
        Files.write(
                dataSet.resolve("output_0.pb"),
                Models.f32("c", List.of(4L), 19, 22, 43, 50).toByteArray());
        assertTrue(run(only()).orElseThrow().contains("f32[4]"));
        Files.write(
                dataSet.resolve("output_0.pb"),
                Models.tensor("c", 6, List.of(2L, 2L), new byte[16]).toByteArray());
        assertTrue(run(only()).orElseThrow().contains("i32[2,2]"));
    }

    /// Two rows of three; mean, deviation and values by hand: 1, 2, 3 has mean 2 and variance 2/3.
    @Test
    void aLayerNormalizationWithAnAbsentBiasAndAllOutputsPasses() {
        double inverse = 1 / Math.sqrt(2.0 / 3 + 0.5);
        NodeProto node = Models.node("LayerNormalization", List.of("x", "w", ""), List.of("y", "", "inv"))
                .addAttribute(Models.attribute("epsilon", 0.5f))
                .addAttribute(Models.attribute("axis", 1))
                .build();
        Models.write(
                folder.resolve("test_ln"),
                Models.model(node),
                List.of(
                        Models.f32("x", List.of(2L, 3L), 1, 2, 3, -6, -4, -2),
                        Models.f32("w", List.of(3L), 1, 10, 100)),
                List.of(
                        Models.f32(
                                "y",
                                List.of(2L, 3L),
                                -inverse,
                                0,
                                100 * inverse,
                                -2 / Math.sqrt(8.0 / 3 + 0.5),
                                0,
                                200 / Math.sqrt(8.0 / 3 + 0.5)),
                        Models.f32("inv", List.of(2L, 1L), inverse, 1 / Math.sqrt(8.0 / 3 + 0.5))));
        Case one = only();
        assertEquals(
                "layer_normalization/f32.f32-f32.x.f32/2x3/axis-1+epsilon-0.5/onnx-test_ln",
                one.id().toString());
        assertEquals(Optional.empty(), run(one));
    }

    /// One query, two keys, equal scores: the mean of the values; a mask that hides the second leaves the first.
    private void attention(List<String> inputs, double... stored) {
        NodeProto node = Models.node("Attention", inputs, List.of("y")).build();
        List<TensorProto> values = new java.util.ArrayList<>(List.of(
                Models.f32("q", List.of(1L, 1L, 1L, 2L), 0, 0),
                Models.f32("k", List.of(1L, 1L, 2L, 2L), 1, 2, 3, 4),
                Models.f32("v", List.of(1L, 1L, 2L, 2L), 10, 20, 30, 60)));
        if (inputs.contains("used")) {
            values.add(Models.tensor("used", 7, List.of(1L), new byte[] {1, 0, 0, 0, 0, 0, 0, 0}));
        }
        Models.write(
                folder.resolve("test_attention"),
                Models.model(node),
                values,
                List.of(Models.f32("y", List.of(1L, 1L, 1L, 2L), stored)));
    }

    @Test
    void anAttentionPasses() {
        attention(List.of("q", "k", "v"), 20, 40);
        assertEquals(Optional.empty(), run(only()));
    }

    @Test
    void emptyNamesAreAbsentInputsAndConstantsBelongToTheCall() {
        attention(List.of("q", "k", "v", "", "", "", "used"), 10, 20);
        Case one = only();
        assertEquals(List.of(1L), one.spec().call("test").constants().get("nonpad_kv_seqlen"));
        assertTrue(
                one.id().toString().contains("f32.f32.f32.x.x.x.i64"), one.id().toString());
        assertEquals(Optional.empty(), run(one));
    }

    @Test
    void aConstantOfTheModelIsAnInput() throws IOException {
        Path dataSet = Models.matmul(folder);
        NodeProto node = Models.node("MatMul", List.of("a", "b"), List.of("c")).build();
        ModelProto.Builder model = Models.model(node).toBuilder();
        model.getGraphBuilder().addInitializer(Models.f32("b", List.of(2L, 2L), 1, 0, 0, 1));
        model.getGraphBuilder().removeInput(1);
        Files.write(Models.parent(dataSet).resolve("model.onnx"), model.build().toByteArray());
        Files.write(
                dataSet.resolve("output_0.pb"),
                Models.f32("c", List.of(2L, 2L), 1, 2, 3, 4).toByteArray());
        assertEquals(Optional.empty(), run(only()));
    }

    private void replaceNode(NodeProto... nodes) throws IOException {
        Path dataSet = Models.matmul(folder);
        Files.write(
                Models.parent(dataSet).resolve("model.onnx"),
                Models.model(nodes).toByteArray());
    }

    private static NodeProto.Builder matmulNode() {
        return Models.node("MatMul", List.of("a", "b"), List.of("c"));
    }

    @Test
    void whatTheCatalogueLacksIsUnsupportedWithTheReason() throws IOException {
        replaceNode(matmulNode().setOpType("NonMaxSuppression").build());
        unsupported("operator NonMaxSuppression is not in the catalogue");
        assertEquals("nonmaxsuppression/-/-/-/onnx-test_matmul", only().id().toString());
        replaceNode(matmulNode().setDomain("com.acme").build());
        unsupported("operator com.acme.MatMul");
        replaceNode(matmulNode().setOpType("").build());
        unsupported("not in the catalogue");
        assertEquals("unknown/-/-/-/onnx-test_matmul", only().id().toString());
        replaceNode(matmulNode().setOpType("Bad/../\n=Name").build());
        assertEquals("bad-..---name/-/-/-/onnx-test_matmul", only().id().toString());
        replaceNode(matmulNode().setDomain("ai.onnx").build());
        assertEquals(Optional.empty(), run(only()));
    }

    @Test
    void whatACallCannotSayIsUnsupportedWithTheReason() throws IOException {
        replaceNode(matmulNode().build(), matmulNode().build());
        unsupported("2 nodes");
        replaceNode(matmulNode().addInput("a").build());
        unsupported("input 3");
        replaceNode(matmulNode().addOutput("d").build());
        unsupported("output 2");
        replaceNode(matmulNode().addAttribute(Models.attribute("axis", 1)).build());
        unsupported("attribute 'axis'");
        replaceNode(matmulNode()
                .addAttribute(AttributeProto.newBuilder().setName("body").setType(AttributeProto.AttributeType.GRAPH))
                .build());
        unsupported("attribute 'body' is of type GRAPH");
        replaceNode(Models.node("MatMul", List.of("a"), List.of("c")).build());
        unsupported("input 'B' is missing");
        replaceNode(Models.node("MatMul", List.of("a", ""), List.of("c")).build());
        unsupported("input 'B' is missing");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 14, 15, 99, -1})
    void tensorTypesThatAreNoNumbersAreUnsupported(int type) throws IOException {
        Path dataSet = Models.matmul(folder);
        Files.write(
                dataSet.resolve("input_1.pb"),
                Models.tensor("b", type, List.of(2L, 2L), new byte[16]).toByteArray());
        unsupported("tensor type " + type);
    }

    @Test
    void typesAndSizesThatTheOperatorRefusesAreUnsupported() throws IOException {
        Path dataSet = Models.matmul(folder);
        Files.write(
                dataSet.resolve("input_1.pb"),
                Models.tensor("b", 6, List.of(2L, 2L), new byte[16]).toByteArray());
        unsupported("input 'B' is i32");
        Files.write(
                dataSet.resolve("input_1.pb"),
                Models.f32("b", List.of(4L, 1L), 1, 2, 3, 4).toByteArray());
        unsupported("columns");
    }

    /// Its file holds another message than a tensor's: it must be named, and not be read as one.
    @Test
    void sequencesAreUnsupported() throws IOException {
        Path dataSet = Models.matmul(folder);
        ModelProto plain = ModelProto.parseFrom(Files.readAllBytes(dataSet.resolveSibling("model.onnx")));
        GraphProto.Builder graph = plain.getGraph().toBuilder();
        graph.setInput(
                1,
                graph.getInput(1).toBuilder()
                        .setType(TypeProto.newBuilder().setSequenceType(TypeProto.Sequence.getDefaultInstance())));
        Files.write(
                dataSet.resolveSibling("model.onnx"),
                plain.toBuilder().setGraph(graph).build().toByteArray());
        unsupported("input 'b' is a sequence");
    }

    @Test
    void valuesInAnotherFileAreUnsupported() throws IOException {
        Path dataSet = Models.matmul(folder);
        TensorProto.Builder outside = TensorProto.newBuilder()
                .setName("b")
                .setDataType(1)
                .addAllDims(List.of(2L, 2L))
                .setDataLocation(TensorProto.DataLocation.EXTERNAL);
        Files.write(dataSet.resolve("input_1.pb"), outside.build().toByteArray());
        unsupported("kept in another file");
        Models.matmul(folder);
        Files.write(dataSet.resolve("output_0.pb"), outside.build().toByteArray());
        HarnessException refusal = assertThrows(HarnessException.class, () -> run(only()));
        assertTrue(refusal.what().contains("kept in another file"), refusal.what());
    }

    @ParameterizedTest
    @CsvSource({"'-1,2', sizes", "'4611686018427387904,2', sizes", "'3037000500,3037000500,2', sizes"})
    void impossibleSizesAreAnError(String dims, String words) throws IOException {
        Path dataSet = Models.matmul(folder);
        List<Long> sizes = Arrays.stream(dims.split(",", -1)).map(Long::valueOf).toList();
        Files.write(
                dataSet.resolve("input_1.pb"),
                Models.tensor("b", 1, sizes, new byte[16]).toByteArray());
        error(words);
    }

    /// Both inputs can be counted, the output cannot.
    @Test
    void anOutputBeyondCountingIsAnErrorAndDoesNotStopThePlan() throws IOException {
        Path dataSet = Models.matmul(folder);
        // More elements than a long can count, and more bytes.
        for (long huge : new long[] {1L << 40, 1L << 31}) {
            Files.write(
                    dataSet.resolve("input_0.pb"),
                    Models.tensor("a", 1, List.of(huge, 1L), new byte[0]).toByteArray());
            Files.write(
                    dataSet.resolve("input_1.pb"),
                    Models.tensor("b", 1, List.of(1L, huge), new byte[0]).toByteArray());
            error("beyond what can be counted");
            plan();
        }
    }

    private void plan() {
        new Planner(new RunSettings(RunSettings.Mode.QUICK, false, 1, 1, 60))
                .plan(List.of(new OnnxFolder(folder)), List.of());
    }

    /// Sizes that ask for more memory than there is, and no values: refused before anything is allocated.
    @Test
    void sizesWithoutValuesAreRefusedBeforeMemoryIsTaken() throws IOException {
        Path dataSet = Models.matmul(folder);
        for (int type : new int[] {1, 10, 11, 16}) {
            List<Long> dims = List.of(1L << 24, 1L << 24);
            Files.write(
                    dataSet.resolve("input_0.pb"),
                    Models.tensor("a", type, dims, new byte[0]).toByteArray());
            Files.write(
                    dataSet.resolve("input_1.pb"),
                    Models.tensor("b", type, dims, new byte[0]).toByteArray());
            HarnessException refusal = assertThrows(HarnessException.class, () -> run(only()));
            assertTrue(refusal.what().contains("0 values instead of 281474976710656"), refusal.what());
        }
        attention(List.of("q", "k", "v", "", "", "", "used"), 10, 20);
        Path other = folder.resolve("test_attention/test_data_set_0");
        Files.write(
                other.resolve("input_3.pb"),
                Models.tensor("used", 7, List.of(1L << 50), new byte[0]).toByteArray());
        List<Case> cases = new OnnxFolder(folder).cases();
        CaseSpec.Known known = cases.getFirst().spec().known();
        assertTrue(
                known != null && known.verdict() == Verdict.ERROR,
                cases.getFirst().id().toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 17, 32})
    void rawDataOfTheWrongLengthIsRefused(int bytes) throws IOException {
        Path dataSet = Models.matmul(folder);
        Files.write(
                dataSet.resolve("input_1.pb"),
                Models.tensor("b", 1, List.of(2L, 2L), new byte[bytes]).toByteArray());
        HarnessException refusal = assertThrows(HarnessException.class, () -> run(only()));
        assertTrue(refusal.what().contains("instead of"), refusal.what());
        assertFalse(refusal.getMessage().contains(folder.toString()), refusal.getMessage());
    }

    @Test
    void missingFilesAreErrorsThatNameThem() throws IOException {
        Path dataSet = Models.matmul(folder);
        Files.delete(dataSet.resolve("input_1.pb"));
        error("no values for the node's input 'b'");
        error("test_matmul/test_data_set_0");
        Models.matmul(folder);
        Files.delete(dataSet.resolve("output_0.pb"));
        HarnessException refusal = assertThrows(HarnessException.class, () -> run(only()));
        assertTrue(refusal.what().contains("missing"), refusal.getMessage());
        assertEquals("test_matmul/test_data_set_0/output_0.pb", refusal.where());
        Models.matmul(folder);
        Files.delete(Models.parent(dataSet).resolve("model.onnx"));
        error("the file is missing (test_matmul/model.onnx)");
    }

    @Test
    void anEmptyModelIsAnError() throws IOException {
        Path dataSet = Models.matmul(folder);
        Files.write(Models.parent(dataSet).resolve("model.onnx"), new byte[0]);
        error("the model has no node");
        Files.delete(Models.parent(dataSet).resolve("model.onnx"));
        Files.createDirectory(Models.parent(dataSet).resolve("model.onnx"));
        error("cannot be read");
    }

    /// Whatever is in the files, the case is planned: as a call, as unsupported or as an error.
    private void survives(String what) {
        try {
            Case one = only();
            CaseSpec.Known known = one.spec().known();
            if (known == null) {
                plan();
                run(one);
            } else {
                assertFalse(known.reason().isBlank(), what);
            }
        } catch (HarnessException expected) {
            assertFalse(expected.what().isBlank(), what);
        } catch (RuntimeException e) {
            throw new AssertionError(what, e);
        }
    }

    @Test
    void aModelOrTensorCutOffAnywhereIsHandled() throws IOException {
        Path dataSet = Models.matmul(folder);
        for (Path file : List.of(
                Models.parent(dataSet).resolve("model.onnx"),
                dataSet.resolve("input_0.pb"),
                dataSet.resolve("output_0.pb"))) {
            byte[] whole = Files.readAllBytes(file);
            for (int length = 0; length < whole.length; length++) {
                Files.write(file, Arrays.copyOf(whole, length));
                survives(file.getFileName() + " cut off at " + length);
            }
            Files.write(file, whole);
        }
        assertEquals(Optional.empty(), run(only()));
    }

    @Test
    void randomBytesAreHandled() throws IOException {
        Path dataSet = Models.matmul(folder);
        SplittableRandom random = new SplittableRandom(5);
        for (Path file : List.of(Models.parent(dataSet).resolve("model.onnx"), dataSet.resolve("input_1.pb"))) {
            byte[] whole = Files.readAllBytes(file);
            for (int i = 0; i < 300; i++) {
                byte[] spoilt = whole.clone();
                if (i % 3 == 0) {
                    spoilt = new byte[random.nextInt(200)];
                    random.nextBytes(spoilt);
                } else {
                    for (int change = 0; change <= i % 4; change++) {
                        spoilt[random.nextInt(spoilt.length)] = (byte) random.nextInt();
                    }
                }
                Files.write(file, spoilt);
                survives(file.getFileName() + " number " + i);
            }
            Files.write(file, whole);
        }
        assertEquals(Optional.empty(), run(only()));
    }

    @Test
    void deeplyNestedProtobufIsHandled() throws IOException {
        Path dataSet = Models.matmul(folder);
        byte[] nested = new byte[60_000];
        // Field 3 as a group, over and over.
        Arrays.fill(nested, (byte) 0x1B);
        Files.write(Models.parent(dataSet).resolve("model.onnx"), nested);
        error("no valid protobuf");
    }

    @Test
    void everyDataSetIsACaseInOrder() throws IOException {
        Path first = Models.matmul(folder);
        for (int i = 1; i < 3; i++) {
            Path next = Files.createDirectory(first.resolveSibling("test_data_set_" + i));
            for (String file : List.of("input_0.pb", "input_1.pb", "output_0.pb")) {
                Files.copy(first.resolve(file), next.resolve(file));
            }
        }
        Models.matmul(folder.resolve("deeper").resolve("still"));
        HarnessException twice = assertThrows(HarnessException.class, () -> new OnnxFolder(folder));
        assertTrue(twice.what().contains("onnx-test_matmul"), twice.what());
        Files.move(
                folder.resolve("deeper").resolve("still").resolve("test_matmul"),
                folder.resolve("deeper").resolve("still").resolve("Another Test"));
        assertEquals(
                List.of("onnx-another-test", "onnx-test_matmul", "onnx-test_matmul-1", "onnx-test_matmul-2"),
                new OnnxFolder(folder)
                        .cases().stream().map(one -> one.id().fill()).toList());
    }

    @Test
    void otherFilesBesideTheTensorsDoNoHarm() throws IOException {
        Path dataSet = Models.matmul(folder);
        Files.createDirectory(dataSet.resolve("notes"));
        Files.writeString(dataSet.resolve("readme.txt"), "hello");
        assertEquals(Optional.empty(), run(only()));
    }

    @Test
    void aFolderWithoutNodeTestsIsRefused() {
        HarnessException empty = assertThrows(HarnessException.class, () -> new OnnxFolder(folder));
        assertTrue(empty.what().contains("no node test"), empty.what());
        assertThrows(HarnessException.class, () -> new OnnxFolder(folder.resolve("nowhere")));
    }

    @Test
    void theContentIsPartOfTheCaseAndOfTheSuite() throws IOException {
        Path dataSet = Models.matmul(folder);
        OnnxFolder before = new OnnxFolder(folder);
        String hash = hash(before);
        assertEquals(hash, hash(new OnnxFolder(folder)));
        Files.write(
                dataSet.resolve("input_0.pb"),
                Models.f32("a", List.of(2L, 2L), 1, 2, 3, 5).toByteArray());
        OnnxFolder after = new OnnxFolder(folder);
        assertEquals(before.cases(), after.cases(), "the call is the same");
        assertNotEquals(hash, hash(after), "its inputs are not");
        assertNotEquals(before.reference().sha256(), after.reference().sha256());
    }

    private static String hash(OnnxFolder folder) {
        return new Planner(new RunSettings(RunSettings.Mode.QUICK, false, 1, 1, 60))
                .plan(List.of(folder), List.of())
                .cases()
                .getFirst()
                .caseHash();
    }

    @Test
    void aModelThatChangedAfterPlanningIsRefused() throws IOException {
        Path dataSet = Models.matmul(folder);
        Case one = only();
        Files.write(
                Models.parent(dataSet).resolve("model.onnx"),
                Models.model(matmulNode().build(), matmulNode().build()).toByteArray());
        HarnessException refusal = assertThrows(HarnessException.class, () -> run(one));
        assertTrue(refusal.what().contains("changed since it was planned"), refusal.what());
    }
}
