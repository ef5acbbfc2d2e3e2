package dev.assay.cli;

import dev.assay.operator.Operators;
import dev.assay.results.gate.GateVerdict;
import dev.assay.results.report.JUnitReport;
import dev.assay.results.report.MarkdownReport;
import dev.assay.results.report.ReportedRun;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options of commands that write reports for other programs.
final class ReportFiles {
    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Write a page for a pull request or a step summary, of at most 60 KB.")
    private @Nullable Path markdown;

    @Option(names = "--junit", paramLabel = "FILE", description = "Write JUnit's XML for a CI server.")
    private @Nullable Path junit;

    /// Removes what an earlier command wrote.
    void clear() throws IOException {
        if (markdown != null) {
            Files.deleteIfExists(markdown);
        }
        if (junit != null) {
            Files.deleteIfExists(junit);
        }
    }

    void write(List<ReportedRun> runs, Optional<GateVerdict> gate) throws IOException {
        if (markdown != null) {
            MarkdownReport.Repeat repeat =
                    (run, row) -> new Repeats(run.plan(), run.manifest().seed() != null).command(row);
            Files.writeString(markdown, new MarkdownReport(runs, gate, Operators::has, repeat).text());
        }
        if (junit != null) {
            try (OutputStream out = Files.newOutputStream(junit)) {
                new JUnitReport(runs, gate).write(out);
            }
        }
    }
}
