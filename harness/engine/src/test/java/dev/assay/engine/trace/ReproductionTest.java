package dev.assay.engine.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.ElementBounds;
import dev.assay.engine.run.CaseInputs;
import dev.assay.engine.trace.Reproduction.Language;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Programs are compiled, with every warning an error, and run against libraries that are right and wrong.
class ReproductionTest {
    private static final Path WORKER = Path.of("..", "worker", "src").toAbsolutePath();
    private static final Path OWN = Path.of("src", "test", "c").toAbsolutePath();

    @TempDir
    private Path folder;

    /// What a program printed, and its exit code.
    private record Ended(int code, String text) {
        Ended is(int expected, String... words) {
            assertEquals(expected, code, text);
            for (String word : words) {
                assertTrue(text.contains(word), () -> "'" + word + "' is missing in: " + text);
            }
            return this;
        }
    }

    private Ended run(List<String> command) {
        try {
            Path log = folder.resolve("log.txt");
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            return new Ended(process.waitFor(), Files.readString(log, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(command.getFirst() + " does not run", e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void compile(String source, String into, String... flags) {
        List<String> command =
                new ArrayList<>(List.of("cc", "-std=c11", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror"));
        command.addAll(List.of(flags));
        command.addAll(List.of("-I" + WORKER.resolve("main/c"), source, "-o", into, "-ldl", "-lm"));
        assertEquals("", run(command).is(0).text());
    }

    private String library(Path source, String... flags) {
        List<String> all = new ArrayList<>(List.of("-shared", "-fPIC"));
        all.addAll(List.of(flags));
        compile(source.toString(), "liba.so", all.toArray(String[]::new));
        return "./liba.so";
    }

    private static Path workers(String source) {
        return WORKER.resolve("test/c").resolve(source);
    }

    private Ended repeat(String... arguments) {
        List<String> command = new ArrayList<>(List.of("./reproduce"));
        command.addAll(List.of(arguments));
        return run(command);
    }

    private static CallBuilder call(String operator) {
        return new CallBuilder(Operators.named(operator, "test"), "test");
    }

    private static Call product(DType dtype) {
        return call("matmul")
                .input("A", TensorSpec.of(dtype, 5, 9))
                .input("B", TensorSpec.of(dtype, 9, 7))
                .output("Y")
                .build();
    }

    private static Map<String, Tensor> inputs(Call call, String fill, Arena arena) {
        return CaseInputs.generate(Operators.named(call.operator(), "test"), call, fill, "test", 1, arena);
    }

    private Reproduction write(Call call, Map<String, Tensor> inputs, Language language) throws IOException {
        Reproduction reproduction = Reproduction.of(
                "a case of test */ \"x\"",
                Operators.named(call.operator(), "test"),
                call,
                inputs,
                ComputeContract.STRICT);
        reproduction.write(folder, language);
        return reproduction;
    }

    /// Writes the program for C and compiles it.
    private Reproduction program(Call call, String fill) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            Reproduction reproduction = write(call, inputs(call, fill, arena), Language.C);
            answers(call, reproduction);
            compile("reproduce.c", "reproduce");
            return reproduction;
        }
    }

    /// Writes what a right device would answer, for the library that answers it.
    private void answers(Call call, Reproduction reproduction) throws IOException {
        for (Operand output : call.outputs()) {
            if (output.spec().isPresent()) {
                TensorSpec spec = output.spec().get();
                try (Arena arena = Arena.ofShared()) {
                    Tensor tensor = Tensor.allocate(spec, arena);
                    if (reproduction.expected(output.name()).isPresent()) {
                        ElementBounds values =
                                reproduction.expected(output.name()).get();
                        for (int i = 0; i < values.values().length; i++) {
                            long low = (long) values.lows()[i];
                            tensor.setCodeAt(tensor.position(i), spec.dtype().encode(values.values()[i]) + low);
                        }
                    }
                    Files.write(
                            folder.resolve(output.name() + ".answer.bin"),
                            tensor.memory().asSlice(0, spec.byteSize()).toArray(ValueLayout.JAVA_BYTE));
                }
            }
        }
    }

    /// Changes a byte of what the library will answer.
    private void spoil(String output, int octet) throws IOException {
        Path file = folder.resolve(output + ".answer.bin");
        byte[] bytes = Files.readAllBytes(file);
        bytes[octet] ^= 0x40;
        Files.write(file, bytes);
    }

    @Test
    void aRightLibraryIsRight() throws IOException {
        program(product(DType.F32), "normal");
        for (String flag : List.of("-DHOST_MEMORY", "-DDEVICE_MEMORY")) {
            String library = library(workers("sample_backend.c"), flag);
            repeat(library).is(0, "Y: 35 elements, 0 wrong; worst Y[", "\nright");
            repeat("--tight", library).is(0, "\nright");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "nan, 'Y: 35 elements, 1 wrong; worst Y[0,0]: expected '",
        "past-end, 'Y: wrote behind its end, first 1 bytes behind'",
        "changes-input, 'A: an input, and was written to'",
        "no-launch, 'Y: 35 elements, 35 wrong'"
    })
    void aWrongLibraryIsWrong(String how, String told) throws IOException {
        program(product(DType.F32), "normal");
        repeat(library(workers("wrong_backend.c")), "how=" + how).is(1, told, "\nwrong");
    }

    @Test
    void whatCannotBeRunIsNeitherRightNorWrong() throws IOException {
        program(product(DType.F32), "normal");
        String library = library(workers("wrong_backend.c"));
        repeat(library, "how=fails").is(2, "run answered 3: stream 0 is in a sticky error state");
        repeat(library, "how=refuses-silently").is(2, "supports answered 1");
        repeat(library, "how=does-not-open").is(2, "open answered 3: no device 0");
        repeat(library, "what").is(2, "'what' is not key=value");
        repeat("./none.so").is(2, "none.so");
        repeat().is(2, "usage: ");
    }

    @Test
    void anAccessBehindATensorIsSeenByASanitizer() throws IOException {
        program(product(DType.F32), "normal");
        compile("reproduce.c", "reproduce", "-fsanitize=address,undefined");
        String library = library(workers("wrong_backend.c"), "-fsanitize=address");
        String text = repeat("--tight", library, "how=past-end").text();
        assertTrue(text.contains("AddressSanitizer: heap-buffer-overflow"), text);
        repeat(library).is(0, "\nright");
    }

    @Test
    void attributesReachTheLibrary() throws IOException {
        Call call = call("attention")
                .input("Q", TensorSpec.of(DType.F32, 1, 4, 5, 8))
                .input("K", TensorSpec.of(DType.F32, 1, 2, 6, 8))
                .input("V", TensorSpec.of(DType.F32, 1, 2, 6, 8))
                .attribute("is_causal", new Attribute.Int(1))
                .attribute("scale", new Attribute.Real(0.1))
                .output("Y")
                .build();
        program(call, "normal");
        repeat(library(workers("sample_backend.c"))).is(0, "Y: 160 elements, 0 wrong");
        repeat(library(OWN.resolve("answering_backend.c")))
                .is(0, "call: attention Q:2[1/160 4/40 5/8 8/1]", " is_causal=1 ", " scale=0x1.999999999999ap-4");
    }

    @Test
    void stridedInputsKeepTheirLayout() throws IOException {
        Call call = call("matmul")
                .input("A", TensorSpec.of(DType.BF16, 9, 5).transposed(0, 1))
                .input("B", TensorSpec.of(DType.BF16, 9, 7))
                .output("Y")
                .build();
        program(call, "normal");
        String library = library(OWN.resolve("answering_backend.c"));
        repeat(library).is(0, "call: matmul A:4[5/1 9/5] B:4[9/7 7/1]", "Y: 35 elements, 0 wrong");
        assertEquals(90, Files.size(folder.resolve("A.bin")));
        spoil("Y", 2 * (3 * 7 + 4) + 1);
        repeat(library).is(1, "Y: 35 elements, 1 wrong; worst Y[3,4]: expected ");
    }

    @Test
    void constantsStandInTheCallAndInTheTensor() throws IOException {
        Call call = call("slice")
                .input("data", TensorSpec.of(DType.I64, 6, 4))
                .constant("starts", TensorSpec.of(DType.I64, 2), List.of(1L, -3L))
                .constant("ends", TensorSpec.of(DType.I64, 2), List.of(Long.MAX_VALUE, -1L))
                .output("output")
                .build();
        program(call, "codes");
        String library = library(OWN.resolve("answering_backend.c"));
        repeat(library).is(0, " starts:1,-3, ends:9223372036854775807,-1,", "output: 10 elements, 0 wrong");
        spoil("output", 8 * 3);
        repeat(library).is(1, "output: 10 elements, 1 wrong; worst output[1,1]: expected ");
    }

    /// Every code, NaN and infinities among them, is read as Java reads it.
    @ParameterizedTest
    @EnumSource(DType.class)
    void everyTypeIsDecoded(DType dtype) throws IOException {
        int columns = dtype.bits() < 8 ? 6 : 1024;
        Call call = call("identity")
                .input("X", TensorSpec.of(dtype, 65, columns))
                .output("Y")
                .build();
        program(call, "codes");
        String library = library(OWN.resolve("answering_backend.c"));
        repeat(library).is(0, "Y: " + 65 * columns + " elements, 0 wrong");
        spoil("Y", 64 * columns * dtype.bits() / 8);
        if (dtype != DType.BOOL) {
            repeat(library).is(1, "elements, 1 wrong; worst Y[64,");
        }
    }

    /// Beyond 2^53, where f64 skips numbers.
    @Test
    void wideIntegersAreComparedExactly() throws IOException {
        Call call = call("identity")
                .input("X", TensorSpec.of(DType.U64, 4))
                .output("Y")
                .build();
        try (Arena arena = Arena.ofShared()) {
            Tensor tensor = Tensor.allocate(call.input("X"), arena);
            long[] values = {-1, 0x8000_0000_0000_0001L, (1L << 53) + 1, 7};
            for (int i = 0; i < values.length; i++) {
                tensor.setCodeAt(i, values[i]);
            }
            Reproduction reproduction = write(call, Map.of("X", tensor), Language.C);
            answers(call, reproduction);
            assertTrue(Files.exists(folder.resolve("Y.low.bin")));
        }
        compile("reproduce.c", "reproduce");
        String library = library(OWN.resolve("answering_backend.c"));
        Files.write(folder.resolve("Y.answer.bin"), Files.readAllBytes(folder.resolve("X.bin")));
        repeat(library).is(0, "Y: 4 elements, 0 wrong");
        byte[] bytes = Files.readAllBytes(folder.resolve("Y.answer.bin"));
        bytes[8] = 0;
        Files.write(folder.resolve("Y.answer.bin"), bytes);
        repeat(library).is(1, "1 wrong; worst Y[1]: expected 9223372036854775809, got 9.2233720368547758e+18,");
    }

    @Test
    void whatDependsOnTheDeviceIsLeftOutAndSaid() throws IOException {
        Call call = call("dynamic_quantize_linear")
                .input("x", TensorSpec.of(DType.F32, 3, 50))
                .output("y")
                .output("y_scale")
                .output("y_zero_point")
                .build();
        Reproduction reproduction = program(call, "normal");
        assertEquals(
                List.of("y", "y_zero_point"),
                List.copyOf(reproduction.notCompared().keySet()));
        repeat(library(OWN.resolve("answering_backend.c")))
                .is(
                        0,
                        "y: 150 elements, not compared: what is right depends on other outputs that the device chooses",
                        "y_scale: 1 elements, 0 wrong");
        assertFalse(Files.exists(folder.resolve("y.expected.bin")));
    }

    @Test
    void ofALargeCaseThereAreInputsOnly() throws IOException {
        Call call = call("matmul")
                .input("A", TensorSpec.of(DType.F32, 8192, 3))
                .input("B", TensorSpec.of(DType.F32, 3, 2049))
                .output("Y")
                .build();
        Reproduction reproduction = program(call, "integers(-4,4)");
        assertEquals(
                Map.of("Y", "the case is so large that no expected values were computed"), reproduction.notCompared());
        assertEquals(8192 * 3 * 4, Files.size(folder.resolve("A.bin")));
    }

    @Test
    void emptyTensorsAreNoTrouble() throws IOException {
        Call call = call("matmul")
                .input("A", TensorSpec.of(DType.F32, 0, 9))
                .input("B", TensorSpec.of(DType.F32, 9, 7))
                .output("Y")
                .build();
        program(call, "normal");
        repeat(library(workers("sample_backend.c"))).is(0, "Y: 0 elements, 0 wrong", "\nright");
    }

    /// A backend in Python that multiplies, or answers with a number too many.
    private static final String ACME = """
            import numpy as np
            import assay_worker as assay

            class Acme(assay.Backend):
                name = "acme"
                def open(self, options):
                    self.wrong = options.get("how") == "wrong"
                def device(self):
                    return {"model": "Acme"}
                def supports(self, call):
                    return None if call.operator in ("matmul", "identity") else "only matmul and identity"
                def prepare(self, call):
                    def kernel(inputs, outputs):
                        if call.operator == "identity":
                            x, y = inputs["X"], outputs["Y"]
                            y.store(x.codes()) if isinstance(x, assay.Packed) else np.copyto(y, x)
                            return
                        (a, b), y = inputs.values(), outputs["Y"]
                        dtype = assay.DTYPES[call.inputs["A"].dtype]
                        result = dtype.decode(a).astype(np.float64) @ dtype.decode(b).astype(np.float64)
                        if self.wrong:
                            result[3, 4] += 1
                        y[...] = dtype.encode(result)
                    return kernel

            assay.serve(Acme())
            """;

    private void assumePython() {
        assumeTrue(run(List.of("python3", "-c", "import numpy")).code() == 0, "numpy is not installed");
    }

    @Test
    void aBackendInPythonRunsInTheSameProcess() throws IOException {
        assumePython();
        Files.writeString(folder.resolve("acme.py"), ACME);
        Call call = call("matmul")
                .input("A", TensorSpec.of(DType.BF16, 9, 5).transposed(0, 1))
                .input("B", TensorSpec.of(DType.BF16, 9, 7))
                .output("Y")
                .build();
        try (Arena arena = Arena.ofShared()) {
            write(call, inputs(call, "normal", arena), Language.PYTHON);
        }
        List<String> right = List.of("python3", "reproduce.py", "acme.py");
        run(right).is(0, "Y: 35 elements, 0 wrong; worst Y[", "\nright");
        List<String> wrong = new ArrayList<>(right);
        wrong.add("how=wrong");
        run(wrong).is(1, "Y: 35 elements, 1 wrong; worst Y[3,4]: expected ", "\nwrong");
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyTypeIsDecodedInPython(DType dtype) throws IOException {
        assumePython();
        Files.writeString(folder.resolve("acme.py"), ACME);
        Call call = call("identity")
                .input("X", TensorSpec.of(dtype, 65, 6))
                .output("Y")
                .build();
        try (Arena arena = Arena.ofShared()) {
            write(call, inputs(call, "codes", arena), Language.PYTHON);
        }
        run(List.of("python3", "reproduce.py", "acme.py")).is(0, "Y: 390 elements, 0 wrong");
    }

    @Test
    void aRefusalIsNeitherRightNorWrongInPython() throws IOException {
        assumePython();
        Files.writeString(folder.resolve("acme.py"), ACME);
        Call call = call("add")
                .input("A", TensorSpec.of(DType.F32, 3))
                .input("B", TensorSpec.of(DType.F32, 3))
                .output("C")
                .build();
        try (Arena arena = Arena.ofShared()) {
            write(call, inputs(call, "normal", arena), Language.PYTHON);
        }
        run(List.of("python3", "reproduce.py", "acme.py"))
                .is(2, "the backend refuses the call: only matmul and identity");
        assertEquals(3, Files.readString(folder.resolve("README")).lines().count());
    }
}
