package dev.assay.engine.trace;

import dev.assay.backend.Call.Operand;
import dev.assay.engine.judge.ElementBounds;
import dev.assay.results.Json;
import dev.assay.worker.WorkerProcess;
import dev.assay.worker.remote.CallText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// `reproduce.py`: the call as it goes over the wire, run in one process on the classes of `assay_worker.py`.
final class PythonReproduction {
    private static final String WORKER = "assay_worker.py";

    private final Reproduction what;

    PythonReproduction(Reproduction what) {
        this.what = what;
    }

    void write(Path folder) throws IOException {
        Files.write(folder.resolve(WORKER), Reproduction.resource(WorkerProcess.class, "/python/" + WORKER));
        for (Operand input : what.presentInputs()) {
            Npy.write(folder.resolve(input.name() + ".npy"), what.input(input.name()));
        }
        for (Operand output : what.presentOutputs()) {
            Optional<ElementBounds> expected = what.expected(output.name());
            if (expected.isPresent()) {
                ElementBounds values = expected.get();
                Npy.write(folder.resolve(output.name() + ".expected.npy"), values.shape(), values.values());
                Npy.write(
                        folder.resolve(output.name() + ".bound.npy"),
                        values.shape(),
                        Reproduction.signedBounds(values));
                if (Reproduction.hasLows(values)) {
                    Npy.write(folder.resolve(output.name() + ".low.npy"), values.shape(), values.lows());
                }
            }
        }
        Files.writeString(
                folder.resolve("reproduce.py"),
                Reproduction.filled(
                        "reproduce.py",
                        Map.of(
                                "TITLE",
                                what.title().replace("\\", "/").replace("\"", "'"),
                                "CALL",
                                CallText.pretty(what.call()),
                                "CONTRACT",
                                "\"" + what.contract() + "\"",
                                "TOWARD_ZERO",
                                what.roundsTowardZero() ? "True" : "False",
                                "NOT_COMPARED",
                                Json.pretty(what.notCompared()).strip())));
        Files.writeString(folder.resolve("README"), """
                %s: makes this one call of a backend in Python, and compares.
                python3 reproduce.py torch device=cpu    or    python3 reproduce.py acme.py [key=value ...]
                Inputs are NAME.npy (types that NumPy has not are widened); see the comments in reproduce.py.
                """.formatted(what.title()));
    }
}
