package dev.assay.results.gate;

import dev.assay.HarnessException;
import java.nio.file.Path;
import java.util.List;

/// A folder of results, or an archive of one, is not what was written.
public final class UnsoundException extends HarnessException {
    private static final long serialVersionUID = 1L;

    /// @param problems what is wrong, the first one first
    public UnsoundException(Path where, List<String> problems) {
        super(
                String.join("; ", problems.subList(0, Math.min(5, problems.size())))
                        + (problems.size() > 5 ? "; " + (problems.size() - 5) + " more" : ""),
                where.toString(),
                "restore what was written, or make it anew; nothing is repaired");
    }
}
