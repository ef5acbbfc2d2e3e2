package dev.assay.results.gate;

import dev.assay.HarnessException;
import java.nio.file.Path;
import java.util.List;

/// There is nothing to compare with.
public final class NoBaselineException extends HarnessException {
    private static final long serialVersionUID = 1L;

    NoBaselineException(String name, List<String> names, Path folder) {
        super(
                "no baseline and no folder '" + name + "'",
                folder.toString(),
                "use one of " + names + " or the folder of a run, or set it with `assay baseline set`");
    }
}
