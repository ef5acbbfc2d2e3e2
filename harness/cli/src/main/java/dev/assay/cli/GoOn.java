package dev.assay.cli;

import java.io.PrintWriter;
import java.util.concurrent.atomic.AtomicBoolean;

/// Says how to go on if the process is stopped before it is over.
final class GoOn {
    private final AtomicBoolean finished = new AtomicBoolean();

    /// @param command that goes on, without the launcher: `run --resume runs/...`
    GoOn(PrintWriter err, String command) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (!finished.get()) {
                err.println();
                err.println("assay: stopped; what is finished is kept. Go on with");
                err.println("  " + System.getProperty(Assay.COMMAND, "assay") + " " + command);
            }
        }));
    }

    void over() {
        finished.set(true);
    }
}
