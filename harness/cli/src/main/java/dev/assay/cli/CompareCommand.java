package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.results.CsvTable;
import dev.assay.results.RunFolder;
import dev.assay.results.Verdict;
import dev.assay.results.compare.Calibration;
import dev.assay.results.compare.Change;
import dev.assay.results.compare.CompareRow;
import dev.assay.results.compare.Comparison;
import dev.assay.results.compare.ComparisonOptions;
import dev.assay.results.compare.Difference;
import dev.assay.results.compare.JsonReport;
import dev.assay.results.compare.MarkdownReport;
import dev.assay.results.compare.TextReport;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay compare`.
@Command(
        name = "compare",
        description = {
            "Says what became of every case from one run to another: which broke, which got slower or faster by more"
                    + " than noise explains, and which cannot be compared. docs/comparison.md has the rules.",
            "",
            "Ends with 0 whatever it finds, unless --exit-code is given."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = {
            "  assay compare runs/BASE runs/CAND -o compare.csv -o comment.md",
            "      the table here, every row in a CSV file, a comment for a pull request"
        })
final class CompareCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "BASE",
            description = "Folder of the run to compare with, or the name of a baseline.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String base;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "CAND",
            description = "Folder of the run in question. Default: BASE, for two backends of one run.")
    private @Nullable Path candidate;

    @Option(
            names = "--base-backend",
            paramLabel = "ID[:key=value,...]",
            description = "Backend of the base. Default: each case is compared on the same backend.")
    private @Nullable String baseBackend;

    @Option(names = "--cand-backend", paramLabel = "ID[:key=value,...]", description = "Backend of the candidate.")
    private @Nullable String candBackend;

    @Option(
            names = "--margin",
            paramLabel = "PERCENT",
            defaultValue = "5",
            description = "The change of a time that matters. Default: ${DEFAULT-VALUE}.")
    private double marginPct;

    @Option(
            names = "--confidence",
            paramLabel = "PERCENT",
            defaultValue = "95",
            description = "Of intervals. Default: ${DEFAULT-VALUE}.")
    private double confidencePct;

    @Option(
            names = "--calibration",
            paramLabel = "FILE",
            description = "What `assay calibrate` measured of the noise of this machine; for several backends, again.")
    private List<Path> calibrations = new ArrayList<>();

    @Option(
            names = "--accept",
            paramLabel = "WHAT",
            split = ",",
            description = "Differences that are no obstacle: rules, suite, hardware, device.")
    private List<String> accepted = new ArrayList<>();

    @Option(
            names = "--confirm",
            arity = "2",
            paramLabel = "FOLDER",
            description = "Base and candidate with fresh rounds of what regressed; these alone decide about it.")
    private List<Path> confirm = new ArrayList<>();

    @Mixin
    private BaselineFolder baselines = new BaselineFolder();

    @Option(
            names = "--explain",
            paramLabel = "CASE",
            description = "Show the samples behind the verdicts of this case.")
    private @Nullable String explained;

    @Option(
            names = "--format",
            paramLabel = "table|md|csv|json",
            defaultValue = "table",
            description = "Of what is printed. Default: ${DEFAULT-VALUE}.")
    private String format = "table";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Also write a file; its ending, .csv, .md, .json or .txt, says in which format.")
    private List<Path> outputs = new ArrayList<>();

    @Option(names = "--all", description = "List every row in the table, and not the first twenty of a kind.")
    private boolean all;

    @Option(
            names = "--exit-code",
            description = "End with 3 if a case broke, 7 if one is missing or did not end, 4 if one regressed, 6 if one"
                    + " is incomparable; the first of these that holds.")
    private boolean exitCode;

    @Option(names = "--strict", description = "With --exit-code, end with 5 if a time is inconclusive or unmeasurable.")
    private boolean strict;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        for (Path file : outputs) {
            kind(ending(file), "-o " + file);
        }
        String printed = kind(format, "--format " + format);
        RunFolder before = baselines.open().resolve(base).folder();
        Comparison comparison = Comparison.of(before, candidate == null ? before : RunFolder.of(candidate), options());
        if (!confirm.isEmpty()) {
            comparison = comparison.confirmed(RunFolder.of(confirm.getFirst()), RunFolder.of(confirm.getLast()));
        }
        PrintWriter out = spec.commandLine().getOut();
        if (explained == null) {
            write(comparison, printed, out);
        } else {
            comparison.explain(explained, out);
        }
        out.flush();
        for (Path file : outputs) {
            try (PrintWriter into =
                    new PrintWriter(new BufferedWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8)))) {
                write(comparison, ending(file), into);
                if (into.checkError()) {
                    throw new HarnessException(
                            "the file cannot be written", "-o " + file, "see that the disk has room");
                }
            } catch (java.nio.file.NoSuchFileException | java.nio.file.AccessDeniedException e) {
                throw new HarnessException(
                        "the file cannot be written: " + e.getMessage(),
                        "-o " + file,
                        "give a folder that is there",
                        e);
            }
        }
        return exitCode ? code(comparison, strict) : Exit.OK;
    }

    private ComparisonOptions options() throws IOException {
        if (candidate == null && (baseBackend == null || candBackend == null)) {
            throw new ParameterException(
                    spec.commandLine(), "CAND is missing: give a second folder, or --base-backend and --cand-backend");
        }
        List<Calibration> measured = new ArrayList<>();
        for (Path file : calibrations) {
            measured.add(Calibration.read(file));
        }
        try {
            return ComparisonOptions.DEFAULT
                    .withMargin(marginPct)
                    .withConfidence(confidencePct / 100)
                    .withBackends(Optional.ofNullable(baseBackend), Optional.ofNullable(candBackend))
                    .withCalibrations(measured)
                    .accepting(differences());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private Set<Difference> differences() {
        Set<Difference> differences = EnumSet.noneOf(Difference.class);
        for (String word : accepted) {
            boolean known = false;
            for (Difference difference : Difference.values()) {
                if (difference.word().equals(word)) {
                    differences.add(difference);
                    known = true;
                }
            }
            if (!known) {
                throw new ParameterException(
                        spec.commandLine(), "--accept is '" + word + "', not rules, suite, hardware or device");
            }
        }
        return differences;
    }

    private String kind(String word, String where) {
        return switch (word) {
            case "table", "txt", "md", "csv", "json" -> word;
            default ->
                throw new HarnessException(
                        "no format '" + word + "'", where, "use one of [table, md, csv, json], or a file that ends so");
        };
    }

    private static String ending(Path file) {
        String name = file.toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    private void write(Comparison comparison, String kind, PrintWriter out) throws IOException {
        switch (kind) {
            case "md" -> out.print(MarkdownReport.of(comparison));
            case "csv" -> {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                new CsvTable<>(CompareRow.class).write(bytes, comparison.rows());
                out.print(bytes.toString(StandardCharsets.UTF_8));
            }
            case "json" -> JsonReport.write(comparison, out);
            default -> TextReport.print(comparison, all, out);
        }
    }

    /// What is wrong weighs more than what is missing, and that more than what is slow.
    static int code(Comparison comparison, boolean isStrict) {
        List<CompareRow> rows = comparison.rows();
        if (rows.stream().anyMatch(row -> row.verdict() == Change.BROKEN && !isLost(row))) {
            return Exit.INCORRECT;
        }
        if (rows.stream().anyMatch(row -> row.verdict() == Change.BROKEN || row.verdict() == Change.MISSING)) {
            return Exit.INCOMPLETE;
        }
        if (has(rows, Change.REGRESSED)) {
            return Exit.REGRESSED;
        }
        if (has(rows, Change.INCOMPARABLE) || comparison.totals().both() == 0) {
            return Exit.INCOMPARABLE;
        }
        boolean open = has(rows, Change.INCONCLUSIVE) || has(rows, Change.UNMEASURABLE);
        return isStrict && open ? Exit.INCONCLUSIVE : Exit.OK;
    }

    private static boolean has(List<CompareRow> rows, Change change) {
        return rows.stream().anyMatch(row -> row.verdict() == change);
    }

    /// Whether the candidate's case did not end by itself.
    private static boolean isLost(CompareRow row) {
        return Exit.isLost(Verdict.of(row.candVerdict()));
    }
}
