package dev.assay.worker.bridge;

import dev.assay.HarnessException;
import dev.assay.backend.BackendProvider;
import dev.assay.worker.remote.RemoteBackend;
import java.util.ServiceLoader;

/// Names that what is opened must not have.
final class Names {
    private Names() {}

    /// The backend, if it does not call itself what an installed backend is called: its rows could be taken for that
    /// one's.
    ///
    /// @param what was opened, for errors: a path
    static RemoteBackend itsOwn(RemoteBackend backend, String what) {
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
            if (provider.id().equals(backend.name())) {
                backend.close();
                throw new HarnessException(
                        "it calls itself '" + backend.name() + "', as an installed backend does",
                        what,
                        "give it a name of its own");
            }
        }
        return backend;
    }
}
