package dev.assay.engine.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call;
import dev.assay.engine.imports.Imported.LeftOut;
import dev.assay.engine.onnx.Models;
import dev.assay.engine.onnx.OnnxFolder;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.Suite;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxImportTest {
    @TempDir
    private Path folder;

    private Imported read() {
        return OnnxImport.read(folder, "calls", "normal", 3);
    }

    private static List<Case> cases(Imported imported) {
        return Suite.parse(imported.suite(), "calls.json", OptionalLong.empty()).cases();
    }

    /// Attributes, absent and optional operands: all must come out as they went in.
    @Test
    void aCallComesOutAsItWentIn() {
        Models.write(
                folder.resolve("test_ln"),
                Models.model(Models.node("LayerNormalization", List.of("x", "w", ""), List.of("y", "", "inv"))
                        .addAttribute(Models.attribute("epsilon", 0.1f))
                        .addAttribute(Models.attribute("axis", 1))
                        .build()),
                List.of(Models.f32("x", List.of(2L, 3L), 1, 2, 3, 4, 5, 6), Models.f32("w", List.of(3L), 1, 1, 1)),
                List.of());
        Imported imported = read();
        assertEquals(List.of(), imported.leftOut());
        Case ours = cases(imported).getFirst();
        Optional<Call> theirs = new OnnxFolder(folder).cases().getFirst().call();
        assertEquals(theirs, ours.call());
        assertEquals(0.1f, ours.call().orElseThrow().attributes().real("epsilon"));
        assertEquals("node test test_ln", ours.why());
        assertEquals(3, ours.seed());
    }

    @Test
    void testsThatAskTheSameAreOneCase() {
        Models.matmul(folder);
        Models.write(
                folder.resolve("test_matmul_again"),
                Models.model(
                        Models.node("MatMul", List.of("a", "b"), List.of("c")).build()),
                List.of(Models.f32("a", List.of(2L, 2L), 1, 2, 3, 4), Models.f32("b", List.of(2L, 2L), 5, 6, 7, 8)),
                List.of(Models.f32("c", List.of(2L, 2L), 19, 22, 43, 50)));
        Imported imported = OnnxImport.read(folder, "calls", "integers(-4,4)", 3);
        assertEquals(1, imported.cases());
        assertEquals(2, imported.taken());
        Case one = cases(imported).getFirst();
        assertEquals("matmul/f32.f32-f32/m2.n2.k2/-/integers_-4_4", one.id().toString());
        assertEquals("node test test_matmul, node test test_matmul_again", one.why());
    }

    @Test
    void whatCannotBeTakenIsNamedWithTheReason() {
        Models.write(
                folder.resolve("test_strange"),
                Models.model(Models.node("Strange", List.of("a"), List.of("c")).build()),
                List.of(Models.f32("a", List.of(1L), 1)),
                List.of());
        Models.write(
                folder.resolve("test_ln"),
                Models.model(Models.node("LayerNormalization", List.of("x", "w"), List.of("y"))
                        .addAttribute(Models.attribute("epsilon", Float.POSITIVE_INFINITY))
                        .build()),
                List.of(Models.f32("x", List.of(1L), 1), Models.f32("w", List.of(1L), 1)),
                List.of());
        Imported imported = read();
        assertEquals("", imported.suite());
        assertEquals(
                List.of(
                        new LeftOut("node test test_ln", "attribute epsilon is Infinity, for which JSON has no number"),
                        new LeftOut("node test test_strange", "operator Strange is not in the catalogue")),
                imported.leftOut());
    }

    /// Real node tests, where they lie beside the project.
    @Test
    void everyCallOfRealNodeTestsComesOutAsItWentIn() {
        Path real = Path.of("../../../shared/data/onnx-node");
        Assumptions.assumeTrue(Files.isDirectory(real));
        Imported imported = OnnxImport.read(real, "calls", "normal", 3);
        Set<Call> theirs = new HashSet<>();
        new OnnxFolder(real).cases().forEach(one -> one.call().ifPresent(theirs::add));
        Set<Call> ours = new HashSet<>();
        cases(imported).forEach(one -> ours.add(one.call().orElseThrow()));
        theirs.removeAll(ours);
        assertEquals(Set.of(), theirs);
        assertTrue(imported.taken() >= 80, imported.taken() + " of " + imported.read());
    }
}
