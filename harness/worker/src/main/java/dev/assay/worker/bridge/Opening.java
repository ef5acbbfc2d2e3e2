package dev.assay.worker.bridge;

import dev.assay.HarnessException;
import dev.assay.backend.BackendOptions;
import dev.assay.worker.remote.BackendLostException;
import dev.assay.worker.remote.RemoteBackend;
import dev.assay.worker.remote.RemoteException;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Opens a backend in a process, and says in one sentence why it does not open.
final class Opening {
    private Opening() {}

    /// @param what is opened, for errors: a path
    static RemoteBackend open(
            String what, List<String> command, Map<String, String> environment, BackendOptions options) {
        try {
            return RemoteBackend.open(command, environment, options);
        } catch (RemoteException e) {
            throw new HarnessException(String.valueOf(e.getMessage()), what, "mend it or its options", e);
        } catch (BackendLostException e) {
            throw new HarnessException(
                    "its process ended while it was opened: " + e.how(), what, "run it by hand to see why", e);
        }
    }

    /// Options without those that were for us.
    static BackendOptions without(BackendOptions options, String... ours) {
        NavigableMap<String, String> values = new TreeMap<>(options.values());
        List.of(ours).forEach(values::remove);
        return new BackendOptions(values);
    }
}
