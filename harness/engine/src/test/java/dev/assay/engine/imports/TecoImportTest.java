package dev.assay.engine.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.engine.imports.Imported.LeftOut;
import dev.assay.engine.imports.TecoCase.Values;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TecoImportTest {
    private static final String NORM = """
            op_name: "rms_norm"
            # the rows
            input {
              id: "input"
              shape: { dims: 3 dims: 8 }
              layout: LAYOUT_NCHW
              dtype: DTYPE_HALF
              ttype: TENSOR
              random_data: { seed: 42 upper_bound: 1.0 lower_bound: -1.0 distribution: UNIFORM }
            }
            input {
              id: "weight"
              shape { dims: 8 }
              dtype: DTYPE_HALF
              random_data { seed: 43 lower_bound: 0.5 upper_bound: 2.0 distribution: UNIFORM }
            }
            output { id: "output" shape { dims: 3 dims: 8 } dtype: DTYPE_HALF }
            tecokernel_param: { rms_norm_param: { eps: 1e-6 } }
            test_param: { error_func: DIFF1 error_threshold: 1e-4 }
            """;

    @TempDir
    private Path folder;

    private static TecoCase read(String text) throws NotExpressible {
        return TecoCase.of(TextProto.parse(text, "here"));
    }

    private Imported imported(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        return TecoImport.read(folder, "teco", 1);
    }

    @Test
    void aCaseIsReadWithItsRangesAndParameters() throws NotExpressible {
        TecoCase norm = read(NORM);
        assertEquals("rms_norm", norm.operator());
        assertEquals(Map.of("eps", "1e-6"), norm.parameters());
        assertEquals(
                new TecoCase.Tensor("input", DType.F16, Shape.of(3, 8), false, new Values.Range(-1, 1)),
                norm.tensors().get("input"));
        assertEquals(
                new TecoCase.Tensor("output", DType.F16, Shape.of(3, 8), true, new Values.None()),
                norm.tensors().get("output"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DTYPE_HALF              | DTYPE_COMPLEX_FLOAT         | type DTYPE_COMPLEX_FLOAT",
                "dims: 3 dims: 8         | dims: 3 dims: 8 dim_stride: 16 dim_stride: 1 | strides [16, 1]",
                "distribution: UNIFORM   | distribution: GAUSSIAN      | distribution GAUSSIAN",
                "seed: 42                | seed: 42 mu: 1              | drawn with mu",
                "upper_bound: 1.0        | upper_bound: -1.0           | empty",
                "upper_bound: 1.0        | upper_bound: x              | no number",
                "dims: 3                 | dims: 3.5                   | no whole number",
                "op_name:                | op_title:                   | has no op_name",
                "eps: 1e-6               | eps { x: 1 }                | a message of its own",
                "{ rms_norm_param: { eps: 1e-6 } } | { eps: 1e-6 }     | outside the operator's message"
            })
    void whatIsNotKnownIsNotRead(String what, String by, String words) {
        assertTrue(NORM.contains(what), what);
        NotExpressible refusal = assertThrows(
                NotExpressible.class, () -> read(NORM.replaceFirst(java.util.regex.Pattern.quote(what), by)));
        assertTrue(refusal.reason().contains(words), refusal.reason());
    }

    @Test
    void whatIsLeftOutIsNamedWithTheReason() throws IOException {
        assertEquals(
                List.of(new LeftOut("memset/case_0", "it fills memory, which is no operator of a neural network")),
                imported("memset/test_case/case_0.prototxt", "op_name: \"memset\"")
                        .leftOut());
        assertEquals(
                "operator conv9d is not known here",
                imported("a.prototxt", "op_name: \"conv9d\"")
                        .leftOut()
                        .getFirst()
                        .reason());
        assertEquals(
                "field 'op_name' has no value (a, line 1)",
                imported("a.prototxt", "op_name: #").leftOut().getFirst().reason());
        assertEquals(
                "its inputs are [input], known are [input, residual, weight]",
                imported("a.prototxt", NORM.replace("\"weight\"", "\"input\""))
                        .leftOut()
                        .getFirst()
                        .reason());
    }

    @Test
    void aFolderWithoutCasesIsRefused() {
        HarnessException refusal = assertThrows(HarnessException.class, () -> TecoImport.read(folder, "teco", 1));
        assertTrue(refusal.fix().contains(".prototxt"), refusal.fix());
    }

    /// Real cases, where they lie beside the project.
    @Test
    void everyRealCaseIsTakenOrLeftOutWithAReason() {
        Path real = Path.of("../../../shared/data/teco-ops");
        Assumptions.assumeTrue(Files.isDirectory(real));
        Imported imported = TecoImport.read(real, "teco", 1);
        assertEquals(27, imported.read());
        for (LeftOut left : imported.leftOut()) {
            assertTrue(
                    left.reason().contains("not in the catalogue")
                            || left.reason().contains("no operator of a neural network"),
                    left.name() + ": " + left.reason());
        }
    }
}
