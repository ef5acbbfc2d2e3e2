package dev.assay.cli;

import dev.assay.results.gate.Baselines;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Where named baselines lie.
final class BaselineFolder {
    @Option(
            names = "--baselines",
            paramLabel = "DIR",
            description = "Folder of the named baselines. Default: results/baselines.")
    private Path folder = Baselines.FOLDER;

    Baselines open() {
        return new Baselines(folder);
    }
}
