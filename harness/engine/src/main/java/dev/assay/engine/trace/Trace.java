package dev.assay.engine.trace;

import dev.assay.engine.judge.ElementBounds;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.judge.Trial;
import dev.assay.engine.judge.Witness;
import dev.assay.results.Verdict;
import dev.assay.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// Writes down a case that did not pass: inputs, outputs, and what was expected of them, as `.npy`.
///
/// Whatever goes wrong here is told in a file of its own and nowhere else: it may not cost a case its verdict.
public final class Trace implements Witness {
    /// Elements of an output whose expected values are written.
    private static final long MOST_ELEMENTS = 1L << 24;

    private final Path folder;
    private final String title;

    /// @param folder is made if the case does not pass
    /// @param title what is being run, for the file `case.txt`
    public Trace(Path folder, String title) {
        this.folder = folder;
        this.title = title;
    }

    @Override
    public void saw(Trial trial, Judgement judgement) {
        if (judgement.verdict() == Verdict.PASS) {
            return;
        }
        try {
            Files.createDirectories(folder);
            Files.writeString(
                    folder.resolve("case.txt"),
                    title + "\ncall: " + trial.call() + "\nattributes: "
                            + trial.call().attributes() + "\ncontract: " + trial.contract() + "\nverdict: "
                            + judgement.verdict().word() + " " + judgement.layer() + "\nreason: " + judgement.reason()
                            + "\n");
            for (Map.Entry<String, Tensor> input : trial.inputs().entrySet()) {
                Npy.write(file(input.getKey(), ""), input.getValue());
            }
            for (Map.Entry<String, Tensor> output : trial.outputs().entrySet()) {
                Npy.write(file(output.getKey(), ""), output.getValue());
            }
            boolean small = trial.outputs().values().stream()
                    .allMatch(tensor -> tensor.shape().elements() <= MOST_ELEMENTS);
            if (small && !trial.isLarge()) {
                expected(trial);
            } else {
                Files.writeString(
                        folder.resolve("not-written.txt"),
                        "expected values and bounds: the case is so large that only samples of them are computed\n");
            }
        } catch (IOException | RuntimeException e) {
            tell(e);
        }
    }

    private void expected(Trial trial) throws IOException {
        Map<String, ElementBounds> expected =
                ElementBounds.of(trial.operator(), trial.call(), trial.inputs(), trial.outputs(), trial.contract());
        for (Map.Entry<String, ElementBounds> output : expected.entrySet()) {
            ElementBounds values = output.getValue();
            Npy.write(file(output.getKey(), ".expected"), values.shape(), values.values());
            Npy.write(file(output.getKey(), ".bound"), values.shape(), values.bounds());
        }
    }

    private Path file(String operand, String what) {
        return folder.resolve(operand + what + ".npy");
    }

    private void tell(Exception e) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("not-written.txt"), "the trace is not complete: " + e + "\n");
        } catch (IOException again) {
            e.addSuppressed(again);
        }
    }

    /// Where a trace lies, if one was written.
    public Optional<Path> written() {
        return Files.isDirectory(folder) ? Optional.of(folder) : Optional.empty();
    }
}
