package dev.assay.results.store;

import java.nio.file.Path;
import java.util.List;

/// What came of looking at one folder.
///
/// @param folder that was looked at
/// @param isFinished whether the run has ended; if not, that is among the problems
/// @param summary what is in it, on one line
/// @param problems by file and line; of one file at most a hundred and how many there are besides
/// @param count of all problems
public record Verified(Path folder, boolean isFinished, String summary, List<Problem> problems, long count) {
    public Verified {
        problems = List.copyOf(problems);
    }

    public boolean isSound() {
        return problems.isEmpty();
    }
}
