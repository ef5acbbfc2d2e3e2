package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.CellText;
import dev.assay.results.CsvTable;
import dev.assay.results.Keyed;
import dev.assay.results.SampleRow;
import dev.assay.results.ScorecardRow;
import dev.assay.results.TimingRow;
import dev.assay.results.report.TableDiff;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay diff-driver`.
@Command(
        name = "diff-driver",
        description = {
            "Shows git what changed between two tables: rows with another verdict, new and missing rows, and what"
                    + " changed in the others. git calls it with seven arguments, or nine for a renamed file.",
            "",
            "Once in a clone: git config diff.assay.command \"assay diff-driver\"",
            "In .gitattributes: *.csv diff=assay"
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  assay diff-driver cases.csv old.csv 0 100644 new.csv 0 100644")
final class DiffDriverCommand implements Callable<Integer> {
    private static final List<CsvTable<?>> TABLES = List.of(
            new CsvTable<>(CaseRow.class),
            new CsvTable<>(TimingRow.class),
            new CsvTable<>(SampleRow.class),
            new CsvTable<>(ScorecardRow.class));
    private static final List<String> NOTHING = List.of("/dev/null", "nul");
    private static final int LONGEST_HEADER = 1 << 16;

    @Parameters(
            arity = "1..*",
            paramLabel = "ARGUMENT",
            description = "Path, old file, hash and mode, new file, hash and mode; and for a renamed file its new path"
                    + " and how alike they are.")
    private List<String> arguments = new ArrayList<>();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /// git takes any other exit code for a driver that died, and ends.
    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        String name = CellText.harmless(arguments.getFirst());
        switch (arguments.size()) {
            case 1 -> out.println("assay diff of " + name + ": not merged yet");
            case 7, 9 -> {
                String renamed = arguments.size() == 9 ? name + " -> " + CellText.harmless(arguments.get(7)) : name;
                diff(renamed, file(arguments.get(1)), file(arguments.get(4)), out);
            }
            default ->
                throw new ParameterException(
                        spec.commandLine(), arguments.size() + " arguments instead of the seven that git gives");
        }
        out.flush();
        return Exit.OK;
    }

    private static Optional<Path> file(String argument) {
        return NOTHING.contains(argument) ? Optional.empty() : Optional.of(Path.of(argument));
    }

    private static void diff(String name, Optional<Path> before, Optional<Path> after, PrintWriter out)
            throws IOException {
        String header = header(before.or(() -> after));
        for (CsvTable<?> table : TABLES) {
            if (header.equals(String.join(",", table.header()))) {
                // Printed when it is whole: half a diff would look like all of it.
                StringWriter text = new StringWriter();
                try (PrintWriter printer = new PrintWriter(text)) {
                    print(table, name, before, after, printer);
                } catch (HarnessException e) {
                    plain(name, before, after, e.oneLine(), out);
                    return;
                }
                out.print(text);
                return;
            }
        }
        plain(name, before, after, "it is no table of this version of Assay", out);
    }

    private static <R extends Record & Keyed> void print(
            CsvTable<R> table, String name, Optional<Path> before, Optional<Path> after, PrintWriter out)
            throws IOException {
        new TableDiff<>(table, before, after).print(name, out);
    }

    private static void plain(String name, Optional<Path> before, Optional<Path> after, String why, PrintWriter out)
            throws IOException {
        out.println("assay diff of " + name + ": " + size(before) + " -> " + size(after) + "; not compared row by row: "
                + CellText.harmless(why));
        out.println("  git diff --no-ext-diff shows its lines");
    }

    private static String size(Optional<Path> file) throws IOException {
        return file.isPresent() ? Files.size(file.get()) + " bytes" : "no file";
    }

    private static String header(Optional<Path> file) throws IOException {
        if (file.isEmpty() || !Files.isRegularFile(file.get())) {
            return "";
        }
        try (InputStream in = Files.newInputStream(file.get())) {
            String head = new String(in.readNBytes(LONGEST_HEADER), StandardCharsets.ISO_8859_1);
            int end = head.indexOf('\n');
            return end < 0 ? "" : head.substring(0, end);
        }
    }
}
