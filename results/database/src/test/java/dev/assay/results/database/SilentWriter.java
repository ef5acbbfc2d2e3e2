package dev.assay.results.database;

import dev.assay.results.RunFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// Uploads a run, says so, and never seals it. For a process that is to be killed.
final class SilentWriter {
    private SilentWriter() {}

    /// Runs until it is killed.
    ///
    /// @param arguments address of the store, folder of the run
    public static void main(String[] arguments) throws Exception {
        Runnable silence = () -> {
            System.out.println("uploaded");
            try {
                Thread.sleep(Duration.ofMinutes(1));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        StoreUrl url = StoreUrl.of(arguments[0], Map.of("PGPASSWORD", PostgresServer.PASSWORD));
        try (PostgresStore store = PostgresStore.open(url, Duration.ofMinutes(10), silence)) {
            store.push(RunFolder.of(Path.of(arguments[1])));
        }
    }
}
