package dev.assay.engine.run;

import dev.assay.backend.Backend;
import dev.assay.worker.remote.BackendLostException;
import dev.assay.worker.remote.RemoteBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// A backend that is opened anew when the process that it runs in is gone, or has grown by a quarter of the machine's
/// memory.
final class OpenBackend implements AutoCloseable {
    private static final long PAGE = 4096;
    private static final long LEAST_LEAK = 2L << 30;

    private final Supplier<Backend> opening;
    private final long mostLeaked;
    private Backend backend;
    private long privateBytes;

    /// Opens it. Throws what the opening throws.
    OpenBackend(Supplier<Backend> opening) {
        this(opening, Math.max(LEAST_LEAK, Environment.memoryBytes() / 4));
    }

    /// @param mostLeaked bytes that a process may hold more than when it was new
    OpenBackend(Supplier<Backend> opening, long mostLeaked) {
        this.opening = opening;
        this.mostLeaked = mostLeaked;
        this.backend = opening.get();
        this.privateBytes = privateBytes(backend);
    }

    /// The backend, which may have to be opened anew.
    Backend get() {
        boolean leaks = privateBytes(backend) - privateBytes > mostLeaked;
        if (leaks || lost().isPresent()) {
            backend.close();
            backend = opening.get();
            privateBytes = privateBytes(backend);
        }
        return backend;
    }

    /// Why the process is gone, if it is.
    Optional<BackendLostException> lost() {
        return backend instanceof RemoteBackend remote ? remote.lost() : Optional.empty();
    }

    /// What is asked of the backend from now on has to be answered within this time together.
    void limit(Duration time) {
        if (backend instanceof RemoteBackend remote) {
            remote.limit(time);
        }
    }

    /// Memory that the process shares with nobody; 0 where that is not known.
    private static long privateBytes(Backend backend) {
        if (!(backend instanceof RemoteBackend remote)) {
            return 0;
        }
        try {
            String[] pages = Files.readString(Path.of("/proc", Long.toString(remote.pid()), "statm"))
                    .split(" ", -1);
            return (Long.parseLong(pages[1]) - Long.parseLong(pages[2])) * PAGE;
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        backend.close();
    }
}
