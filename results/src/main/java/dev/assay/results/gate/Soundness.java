package dev.assay.results.gate;

import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.RunFolder;
import dev.assay.results.store.Problem;
import dev.assay.results.store.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Whether a folder of results is what its run wrote.
public final class Soundness {
    private Soundness() {}

    /// What is wrong with it; empty if nothing is. Throws [HarnessException] if it holds no run.
    public static List<String> problems(Path folder) throws IOException {
        return Verification.of(RunFolder.of(folder).path()).stream()
                .flatMap(verified -> verified.problems().stream())
                .map(Problem::toString)
                .toList();
    }

    /// Throws [UnsoundException] if anything is wrong with it.
    public static void check(Path folder) throws IOException {
        List<String> problems = problems(folder);
        if (!problems.isEmpty()) {
            throw new UnsoundException(folder, problems);
        }
    }

    /// What a sound folder is known by: the digest of its sums. Throws [HarnessException] if it has none.
    public static String digest(Path folder) throws IOException {
        Path sums = folder.resolve(RunFolder.SUMS);
        if (!Files.isRegularFile(sums)) {
            throw new HarnessException(
                    "no finished results in '" + folder + "'",
                    sums + " is missing",
                    "give the folder of a finished run, or a published one");
        }
        return Json.sha256(Files.readAllBytes(sums));
    }
}
