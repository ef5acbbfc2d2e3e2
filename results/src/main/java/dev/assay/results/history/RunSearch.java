package dev.assay.results.history;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Finds the folders of finished runs below others.
public final class RunSearch {
    /// Deeper than `results/published/<suite>/<hw_class>/<backend>/<run>` below any of its folders.
    private static final int DEEPEST = 8;

    private RunSearch() {}

    /// Folders of finished runs, ordered by path. A folder that is given twice, or lies below another one
    /// that is given, is found once. Throws [HarnessException] for a folder that is not there or holds
    /// none.
    public static List<RunFolder> below(List<Path> folders) throws IOException {
        TreeSet<Path> found = new TreeSet<>();
        for (Path folder : folders) {
            if (!Files.isDirectory(folder)) {
                throw new HarnessException(
                        "no folder '" + folder + "'",
                        folder.toString(),
                        "give the folder of a run, or one with such folders below it");
            }
            List<Path> runs = finished(folder);
            if (runs.isEmpty()) {
                throw new HarnessException(
                        "no finished run in '" + folder + "'",
                        folder + ": no folder down to " + DEEPEST + " levels has " + RunFolder.MANIFEST + " and "
                                + RunFolder.SUMS,
                        "give the folder that a run printed last; `assay run --resume` finishes one that was cut off");
            }
            found.addAll(runs);
        }
        List<RunFolder> runs = new ArrayList<>();
        for (Path path : found) {
            runs.add(RunFolder.of(path));
        }
        return runs;
    }

    private static List<Path> finished(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder, DEEPEST + 1)) {
            return paths.filter(path -> path.endsWith(RunFolder.MANIFEST))
                    .map(path -> path.toAbsolutePath().normalize().getParent())
                    .filter(run -> run != null && Files.isRegularFile(run.resolve(RunFolder.SUMS)))
                    // Half-written ones, and those that are being replaced.
                    .filter(run -> !run.getFileName().toString().startsWith("."))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
