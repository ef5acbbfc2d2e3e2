package dev.assay.cli;

import dev.assay.results.store.Problem;
import dev.assay.results.store.Verification;
import dev.assay.results.store.Verified;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay results verify`.
@Command(
        name = "verify",
        description = {
            "Recomputes every hash and holds plan, tables, journal and manifest against each other. Lists all that is"
                    + " wrong, with file and line. Of a run that has not ended it says what is missing."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:everything is there and agrees", "2:there are no results", "8:something is wrong or missing"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  assay results verify runs/20260101T120000Z-abcdefgh", "  assay results verify results/published"})
final class ResultsVerifyCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..*",
            paramLabel = "DIR",
            description = "Folders of results, or folders that hold some, such as `runs` or `results/published`.")
    private List<Path> folders = new ArrayList<>();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        List<Verified> all = new ArrayList<>();
        for (Path folder : folders) {
            all.addAll(Verification.of(folder));
        }
        for (Verified one : all) {
            for (Problem problem : one.problems()) {
                out.println(problem);
            }
            String found = one.isSound() ? "sound" : one.count() + (one.count() == 1 ? " problem" : " problems");
            out.println(one.folder() + ": " + found + ": " + one.summary());
        }
        long wrong = all.stream().filter(one -> !one.isSound()).count();
        if (all.size() > 1) {
            out.println((all.size() - wrong) + " of " + all.size() + " folders are sound");
        }
        return wrong == 0 ? Exit.OK : Exit.VERIFICATION;
    }
}
