package dev.assay.cli;

import dev.assay.operator.Operators;
import dev.assay.results.RunFolder;
import dev.assay.results.gate.Soundness;
import dev.assay.results.report.Matrix;
import dev.assay.results.report.ReportedRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay report`.
@Command(
        name = "report",
        description = {
            "Tells of finished runs: passed cases of those planned, by operator and backend, and what did not pass. It"
                    + " decides nothing; `assay gate` does.",
            "",
            "Several runs share one matrix."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the runs were reported, whatever is in them", "8:a folder is not what its run wrote"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  assay report runs/20260101T120000Z-abcdefgh",
            "  assay report RUN --markdown summary.md --junit junit.xml"
        })
final class ReportCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "RUN", description = "Folders of finished runs, or published ones.")
    private List<Path> runs = new ArrayList<>();

    @Mixin
    private ReportFiles reports = new ReportFiles();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        reports.clear();
        List<ReportedRun> reported = new ArrayList<>();
        for (Path folder : runs) {
            RunFolder run = RunFolder.of(folder);
            Soundness.check(folder);
            reported.add(ReportedRun.read(run));
        }
        PrintWriter out = spec.commandLine().getOut();
        if (reported.size() > 1) {
            Summary.print(Matrix.of(reported, Operators::has), out);
        }
        for (ReportedRun run : reported) {
            if (reported.size() > 1) {
                out.println();
                out.println(run.manifest().runId());
            }
            Summary summary = new Summary(run.plan(), run.rows(), run.manifest().seed() != null);
            if (reported.size() == 1) {
                summary.print(out);
            } else {
                summary.printDetails(out);
            }
        }
        reports.write(reported, Optional.empty());
        return Exit.OK;
    }
}
