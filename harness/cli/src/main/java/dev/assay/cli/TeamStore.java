package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import dev.assay.results.sql.RunDatabase;
import dev.assay.results.sql.SharedStore;
import dev.assay.results.sql.SharedStore.StoredRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Runs of a shared store, on this disk for as long as a command needs them.
final class TeamStore implements AutoCloseable {
    private final Path folder;
    private final List<RunFolder> runs;

    private TeamStore(Path folder, List<RunFolder> runs) {
        this.folder = folder;
        this.runs = runs;
    }

    /// @param ids none for all
    static TeamStore fetch(String url, List<String> ids) throws IOException {
        Path folder = Files.createTempDirectory("assay-store");
        List<RunFolder> runs = new ArrayList<>();
        try (SharedStore store = open(url)) {
            List<String> wanted =
                    ids.isEmpty() ? store.runs().stream().map(StoredRun::runId).toList() : ids;
            if (wanted.isEmpty()) {
                throw new HarnessException("the store holds no run", "--store", "push one with `assay results push`");
            }
            for (String id : wanted) {
                runs.add(store.pull(id, folder));
            }
            return new TeamStore(folder, runs);
        } catch (IOException | RuntimeException e) {
            delete(folder);
            throw e;
        }
    }

    static SharedStore open(String url) {
        if (url.isBlank()) {
            throw new HarnessException(
                    "which store is missing", "--store", "give --store postgresql://host/database, or set ASSAY_STORE");
        }
        return RunDatabase.installed().store(url);
    }

    List<RunFolder> runs() {
        return List.copyOf(runs);
    }

    Path folder() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        delete(folder);
    }

    private static void delete(Path folder) throws IOException {
        List<Path> paths;
        try (Stream<Path> all = Files.walk(folder)) {
            paths = all.toList();
        }
        for (Path path : paths.reversed()) {
            Files.delete(path);
        }
    }
}
