package dev.assay.results.sql;

import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A store of finished runs that many share.
///
/// A run is kept whole, byte for byte, or not at all. It never changes: the same run can be pushed any
/// number of times, another one of the same name cannot.
public interface SharedStore extends AutoCloseable {

    /// What became of a push.
    ///
    /// @param stored false if the same run was there already
    /// @param leftOut what else lies in the folder and is not kept, such as traces
    record Pushed(boolean stored, List<String> leftOut) {
        public Pushed {
            leftOut = List.copyOf(leftOut);
        }
    }

    /// Stores a finished run. If somebody else is storing the same run, waits for the end of that. Throws
    /// [dev.assay.HarnessException] if the folder is not what its sums say, or if another run of
    /// this name is stored.
    Pushed push(RunFolder run) throws IOException;

    /// Writes a stored run as a new folder with its name below `parent`, after comparing every hash.
    RunFolder pull(String runId, Path parent) throws IOException;

    /// The stored runs, oldest first.
    List<StoredRun> runs();

    @Override
    void close();

    /// A stored run.
    ///
    /// @param sha256 over `SHA256SUMS`, and so over all of it
    /// @param bytes of all files
    record StoredRun(String runId, String startedAt, String hwClass, String version, String sha256, long bytes) {}
}
