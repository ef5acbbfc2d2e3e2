package dev.assay.cli;

import dev.assay.engine.run.Backends;
import dev.assay.engine.run.SupportReply.Answer;
import dev.assay.engine.run.SupportSurvey;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay list support`.
@Command(
        name = "support",
        description = {
            "What backends say they support, by operator and dtype: calls supported of those asked, and the reasons of"
                    + " refusals. Each call is asked once, whatever the cases fill it with; nothing is run. The dtype is"
                    + " that of the first input that may have several.",
            "",
            "--format csv has the columns backend, backend_options, operator, dtype, asked, answer (supported,"
                    + " unsupported, error, crash, timeout), calls, reason; new ones come last."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = "  assay list support --backend simulated gemm --format markdown")
final class SupportCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "SUITE",
            description = "Suites, models and files whose calls are asked. Default: all that come with Assay.")
    private List<String> suites = new ArrayList<>();

    @Option(
            names = "--backend",
            paramLabel = "ID[:KEY=VALUE,...]",
            description = "A backend; may be given more than once. Default: every one that is installed.")
    private List<String> backends = new ArrayList<>();

    @Option(
            names = "--onnx",
            paramLabel = "DIR",
            description = "Ask for the calls of the ONNX backend node tests below this folder.")
    private List<Path> onnx = new ArrayList<>();

    @Option(
            names = "--format",
            paramLabel = "table|csv|markdown",
            description = "Default: ${DEFAULT-VALUE}.",
            defaultValue = "table")
    private String format = "table";

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "For a single answer. Default: ${DEFAULT-VALUE}.",
            defaultValue = "30")
    private int timeout;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (!List.of("table", "csv", "markdown").contains(format)) {
            throw new ParameterException(
                    spec.commandLine(), "--format is '" + format + "', not table, csv or markdown");
        }
        if (timeout < 1) {
            throw new ParameterException(spec.commandLine(), "'" + timeout + "' for --timeout is no time");
        }
        Backends installed = new Backends();
        List<BackendRef> references = backends.isEmpty()
                ? installed.everyone()
                : backends.stream()
                        .map(text -> installed.parse(text, "--backend " + text))
                        .toList();
        List<PlannedCase> cases = Sources.cases(suites, onnx, OptionalLong.empty());
        List<SupportMatrix> matrices = new ArrayList<>();
        int threads = Runtime.getRuntime().availableProcessors();
        for (BackendRef reference : references) {
            SupportSurvey survey = new SupportSurvey(reference, threads, Duration.ofSeconds(timeout));
            matrices.add(new SupportMatrix(reference, survey.ask(cases)));
        }
        PrintWriter out = spec.commandLine().getOut();
        switch (format) {
            case "csv" -> out.print(SupportMatrix.csv(matrices));
            case "markdown" -> matrices.forEach(matrix -> out.print(matrix.markdown()));
            default -> matrices.forEach(matrix -> matrix.print(out));
        }
        out.flush();
        boolean lost = matrices.stream().anyMatch(matrix -> matrix.has(Answer.CRASH) || matrix.has(Answer.TIMEOUT));
        boolean broken = matrices.stream().anyMatch(matrix -> matrix.has(Answer.ERROR));
        return broken ? Exit.INCORRECT : lost ? Exit.INCOMPLETE : Exit.OK;
    }
}
