package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainParityCommandTest {
    @TempDir
    private Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    /// One layer, so that it takes seconds.
    private int train(String backend, String... more) {
        List<String> words = new ArrayList<>(
                List.of("train-parity", "--backend", backend, "--layers", "1", "-o", folder.toString()));
        words.addAll(List.of(more));
        return Assay.execute(new PrintWriter(out, true), new PrintWriter(err, true), words.toArray(String[]::new));
    }

    private String said() {
        return out + "\n" + err;
    }

    private Path result(String name) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.getFileName().toString().equals(name))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @ParameterizedTest
    @CsvSource({"simulated, bf16", "cpu, f32"})
    void rightDevicesTrainRight(String backend, String dtype) throws IOException {
        assertEquals(Exit.OK, train(backend, "--dtype", dtype, "--steps", "2"), this::said);
        assertTrue(out.toString().contains("right: 2 of 2 steps, parameters at most "), this::said);
        List<String> rows = Files.readAllLines(result("steps.csv"));
        assertEquals(3, rows.size());
        assertTrue(rows.getFirst().startsWith("model,dtype,seed,backend,backend_options,step,loss,loss_f64,"));
        assertTrue(Files.readString(result("curves.svg")).contains("norm of the gradients"));
        assertTrue(Files.readString(result("training.json")).contains("\"verdict\" : \"right\""));
    }

    @ParameterizedTest
    @CsvSource({
        "step-off-by-one, adamw, step of",
        "mutate-input, embedding, embedding of tokens",
        "last-head-alone, attention_grad, 'layer 1 attention, backward'"
    })
    void faultsAreNamedByStepAndOperator(String fault, String operator, String part) {
        assertEquals(Exit.INCORRECT, train("simulated:fault=" + fault, "--steps", "1"), this::said);
        String line = out.toString()
                .lines()
                .filter(one -> one.contains("(" + operator + ")"))
                .findFirst()
                .orElse("");
        assertTrue(line.contains("operator in step 1, ") && line.contains(part), this::said);
    }

    /// No case of a single operator launches so often.
    @Test
    void aFaultThatBeginsLateIsNamedByItsFirstStep() {
        assertEquals(Exit.INCORRECT, train("simulated:late=dropout-ends", "--steps", "16"), this::said);
        assertTrue(
                out.toString().contains("operator in step 13, layer 1 dropout after attention (dropout):"), this::said);
    }

    @Test
    void whatDoesNotOpenLeavesNoFolder() throws IOException {
        assertEquals(Exit.PLUGIN, train("simulated:chip=none-such"), this::said);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void badOptionsAreRefused() {
        assertEquals(Exit.USAGE, train("simulated", "--steps", "0"), this::said);
        assertTrue(err.toString().contains("--steps is 0, not 1 to 10000"), this::said);
        assertEquals(Exit.USAGE, train("simulated", "--dtype", "f8"), this::said);
        assertTrue(err.toString().contains("--dtype is 'f8', not one of [bf16, f16, f32]"), this::said);
        assertEquals(Exit.USAGE, train("nobody"), this::said);
        assertFalse(Files.exists(folder.resolve("steps.csv")));
    }
}
