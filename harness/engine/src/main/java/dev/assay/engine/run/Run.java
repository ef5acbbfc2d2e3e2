package dev.assay.engine.run;

import dev.assay.engine.timing.HostLoad;
import dev.assay.results.JournalState;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.util.List;

/// Runs a plan to its end: every case of it, on every backend of it, gets exactly one row.
///
/// First everything is verified, in one worker per backend that is replaced when it crashes or hangs. Then what
/// passed is timed in rounds, in each of them in a fresh worker for each backend, operator and dtype, so that no
/// operator spoils another's JIT profile. Every finished case, and every turn of a group in a round, is in the
/// journal, on disk, before the next one starts.
public final class Run {
    private Run() {}

    /// Runs what the folder's plan holds and its journal does not hold yet.
    ///
    /// @return rows, timings and samples of all that is done now
    public static JournalState execute(RunFolder folder, RunListener listener)
            throws IOException, InterruptedException {
        try (Arm arm = Arm.open(folder, listener)) {
            verify(arm);
            new Rounds(List.of(arm), HostLoad::now).run();
            arm.finished();
            return arm.state();
        }
    }

    /// Gives every case of a run its row.
    static void verify(Arm arm) throws IOException, InterruptedException {
        try (Verification verification = new Verification(arm)) {
            verification.run();
        }
    }
}
