package dev.assay.worker.remote;

import dev.assay.HarnessException;
import dev.assay.backend.BackendProvider;
import dev.assay.worker.WorkerConnection;
import dev.assay.worker.abi.NativeLibrary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ServiceLoader;

/// `assay-worker`: hosts a Java provider or a C library until the harness hangs up.
public final class HostMain {
    /// First argument: the second is the id of a provider.
    public static final String JAVA = "java";
    /// First argument: the second is the path of a library.
    public static final String NATIVE = "native";

    private HostMain() {}

    /// Serves one backend.
    ///
    /// @param args kind, id or path, socket
    public static void main(String[] args) throws IOException, InterruptedException {
        try (WorkerConnection connection = WorkerConnection.connect(Path.of(args[2]))) {
            if (args[0].equals(NATIVE)) {
                Path library = Path.of(args[1]);
                // What is wrong with a library is told in the reply to open.
                BackendHost.serve(
                        connection,
                        NATIVE,
                        "",
                        options -> NativeLibrary.load(library).open(options));
            } else {
                BackendProvider provider = provider(args[1]);
                BackendHost.serve(connection, provider.id(), provider.version(), provider::open);
            }
        }
    }

    private static BackendProvider provider(String id) {
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
            if (provider.id().equals(id)) {
                return provider;
            }
        }
        throw new HarnessException("no backend '" + id + "'", "worker", "put its jar into the folder plugins");
    }
}
