package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.results.RowKey;
import dev.assay.results.RunFolder;
import dev.assay.results.Verdict;
import dev.assay.results.compare.Calibration;
import dev.assay.results.history.Amounts;
import dev.assay.results.history.ChangePoints;
import dev.assay.results.history.Finding;
import dev.assay.results.history.Finding.Stretch;
import dev.assay.results.history.History;
import dev.assay.results.history.RunSearch;
import dev.assay.results.history.Series;
import dev.assay.results.history.Series.Point;
import dev.assay.results.history.SvgPlot;
import dev.assay.results.history.TerminalPlot;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay history`.
@Command(
        name = "history",
        description = {
            "Shows how the times of a case went over many runs, one series per backend and class of machine, and"
                    + " where they changed: rank-based change points, docs/history.md.",
            "",
            "Runs without a time, such as failed ones, are shown and never filled in."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = {
            "  assay history softmax/f32-f32/7x33/-/normal runs --svg softmax.svg",
            "  assay history --scan results/published"
        })
final class HistoryCommand implements Callable<Integer> {
    private static final List<Path> USUAL = List.of(Path.of("results", "published"), Path.of("runs"));
    private static final int MOST_NAMES = 10;

    @Parameters(
            arity = "0..*",
            paramLabel = "[CASE] [DIR...]",
            hideParamSyntax = true,
            description = "Id of the case, in which * stands for anything (not with --scan), and folders of runs or"
                    + " above them. Default: those of results/published and runs that are there.")
    private List<String> words = new ArrayList<>();

    @Option(names = "--scan", description = "Look at all cases, and list those that changed.")
    private boolean scan;

    @Option(names = "--backend", paramLabel = "ID", description = "Of this backend only.", defaultValue = "")
    private String backend = "";

    @Option(
            names = "--statistic",
            paramLabel = "median|min",
            defaultValue = "median",
            description = "What stands for a run: the median of its samples (default), or the median over the forks"
                    + " of the smallest sample of each.")
    private String statistic = "median";

    @Option(
            names = "--noise-floor",
            paramLabel = "PCT",
            defaultValue = "2",
            description = "Changes up to this are noise, in percent. Default and least: 2.")
    private double floor;

    @Option(
            names = "--calibration",
            paramLabel = "FILE",
            description =
                    "What `assay calibrate` wrote: where it is of the same backend and class of machine, its noise"
                            + " floors stand in for a smaller one. May be repeated.")
    private List<Path> calibrations = new ArrayList<>();

    @Option(
            names = "--store",
            paramLabel = "URL",
            defaultValue = "",
            description = "All runs of the shared store postgresql://host/database, besides the folders given.")
    private String store = "";

    @Option(names = "--svg", paramLabel = "FILE", description = "Write the plots as one picture.")
    private @Nullable Path svg;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (!scan && words.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "which case is missing; --scan looks at all of them");
        }
        if (!(floor >= 0 && floor < 1000)) {
            throw new ParameterException(spec.commandLine(), "--noise-floor is " + floor + ", not 0 to 1000 percent");
        }
        if (store.isEmpty()) {
            return look(folders());
        }
        try (TeamStore fetched = TeamStore.fetch(store, List.of())) {
            List<Path> folders = new ArrayList<>(given());
            folders.add(fetched.folder());
            return look(folders);
        }
    }

    private int look(List<Path> folders) throws IOException {
        Pattern pattern = scan ? Pattern.compile(".*") : pattern(words.getFirst());
        TreeSet<String> others = new TreeSet<>();
        History history = new History(chosen(), key -> isWanted(key, pattern, others));
        List<RunFolder> runs = RunSearch.below(folders);
        for (RunFolder run : runs) {
            history.take(run);
        }
        List<Series> series = history.series();
        if (series.isEmpty()) {
            throw none(runs.size(), folders, others);
        }
        List<Calibration> measured = new ArrayList<>();
        for (Path file : calibrations) {
            measured.add(Calibration.read(file));
        }
        List<Finding> findings = Finding.in(series, one -> floorOf(one.key(), measured));
        PrintWriter out = spec.commandLine().getOut();
        if (scan) {
            table(findings, out);
        } else {
            findings.forEach(finding -> show(finding, out));
        }
        summary(findings, runs.size(), history, out);
        if (svg != null) {
            draw(scan ? findings.stream().filter(HistoryCommand::isNews).toList() : findings, svg, out);
        }
        out.flush();
        return Exit.OK;
    }

    /// In percent: what was given, or more where the machine was found to be noisier.
    private double floorOf(Series.Key key, List<Calibration> measured) {
        return measured.stream()
                .filter(one -> one.hwClassId().equals(key.hwClass())
                        && one.backend().equals(key.backend())
                        && one.backendOptions().equals(key.backendOptions()))
                .mapToDouble(one -> one.floorPct(key.caseId(), key.caseHash(), key.metric(), key.clock()))
                .reduce(floor, Math::max);
    }

    private boolean isWanted(RowKey key, Pattern pattern, Set<String> others) {
        if (!backend.isEmpty() && !backend.equals(key.backend())) {
            return false;
        }
        boolean wanted = pattern.matcher(key.caseId()).matches();
        if (!wanted) {
            others.add(key.caseId());
        }
        return wanted;
    }

    private static Pattern pattern(String id) {
        return Pattern.compile(
                Stream.of(id.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
    }

    private History.Statistic chosen() {
        return switch (statistic) {
            case "median" -> History.Statistic.MEDIAN;
            case "min" -> History.Statistic.MIN_OF_FORK;
            default ->
                throw new ParameterException(
                        spec.commandLine(), "--statistic is '" + statistic + "', not median or min");
        };
    }

    private List<Path> given() {
        return words.stream().skip(scan ? 0 : 1).map(Path::of).toList();
    }

    private List<Path> folders() {
        List<Path> given = given();
        List<Path> folders =
                given.isEmpty() ? USUAL.stream().filter(Files::isDirectory).toList() : given;
        if (folders.isEmpty()) {
            throw new HarnessException(
                    "no folder with runs is given, and neither results/published nor runs is here",
                    Path.of("").toAbsolutePath().toString(),
                    "name folders of runs after the case");
        }
        return folders;
    }

    private HarnessException none(int runs, List<Path> folders, Set<String> others) {
        String operator = words.isEmpty() ? "" : words.getFirst().replaceFirst("/.*", "");
        List<String> near = Stream.concat(
                        others.stream().filter(id -> !operator.isEmpty() && id.startsWith(operator)),
                        others.stream().filter(id -> operator.isEmpty() || !id.startsWith(operator)))
                .limit(MOST_NAMES)
                .toList();
        String what = scan ? "no case" : "no case '" + words.getFirst() + "'";
        return new HarnessException(
                what + (backend.isEmpty() ? "" : " of backend '" + backend + "'") + " in " + runs + " runs",
                folders.stream().map(Path::toString).collect(Collectors.joining(", ")),
                near.isEmpty()
                        ? "name folders with runs of it"
                        : "use one of " + near
                                + (others.size() > near.size()
                                        ? " and " + (others.size() - near.size()) + " others"
                                        : ""));
    }

    private static void show(Finding finding, PrintWriter out) {
        Series series = finding.series();
        out.println(series.key().caseId() + "  (" + series.key().suite() + ", seed "
                + series.key().seed() + ")");
        out.println(series.key().label()
                + (series.key().device().isBlank() ? "" : ", " + series.key().device()));
        TerminalPlot.lines(finding).forEach(out::println);
        Table table = new Table("from", "to", "runs", "median", "change", "");
        for (Stretch stretch : finding.stretches()) {
            table.row(
                    when(series.points().get(stretch.from())),
                    when(series.points().get(stretch.to())),
                    "" + stretch.values(),
                    Amounts.text(stretch.median(), series.unit()),
                    stretch.equals(finding.stretches().getFirst()) ? "" : Amounts.change(stretch.changePct()),
                    stretch.provisional() ? "provisional" : "");
        }
        if (!finding.stretches().isEmpty()) {
            table.print(out);
        }
        out.println(lost(series) + evidence(finding));
        out.println();
    }

    private static String lost(Series series) {
        Map<String, Long> words = series.points().stream()
                .filter(point -> point.value() == null)
                .collect(Collectors.groupingBy(
                        point -> point.verdict() == Verdict.PASS
                                ? "not timed"
                                : point.verdict().word(),
                        TreeMap::new,
                        Collectors.counting()));
        long sum = words.values().stream().mapToLong(Long::longValue).sum();
        String which = words.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        return series.points().size() + " runs, " + sum + " without a time" + (sum == 0 ? "" : " (" + which + ")");
    }

    private static String evidence(Finding finding) {
        int values = finding.series().values().length;
        if (values < 2 * ChangePoints.SHORTEST) {
            return "; too few to test: " + values + " times, " + 2 * ChangePoints.SHORTEST + " are needed";
        }
        return String.format(
                Locale.ROOT,
                "; p = %.3g that nothing changed",
                finding.changes().p());
    }

    private static boolean isNews(Finding finding) {
        return finding.stretches().size() > 1;
    }

    private static void table(List<Finding> findings, PrintWriter out) {
        Table table = new Table("case", "backend and machine", "since", "before", "after", "change", "");
        boolean some = false;
        for (Finding finding : findings) {
            List<Stretch> stretches = finding.stretches();
            for (int i = 1; i < stretches.size(); i++) {
                some = true;
                String unit = finding.series().unit();
                table.row(
                        finding.series().key().caseId(),
                        finding.series().key().label(),
                        when(finding.series().points().get(stretches.get(i).from())),
                        Amounts.text(stretches.get(i - 1).median(), unit),
                        Amounts.text(stretches.get(i).median(), unit),
                        Amounts.change(stretches.get(i).changePct()),
                        stretches.get(i).provisional() ? "provisional" : "");
            }
        }
        if (some) {
            table.print(out);
            out.println();
        }
    }

    private static String when(Point point) {
        return point.startedAt().length() < 16
                ? point.startedAt()
                : point.startedAt().substring(0, 16).replace('T', ' ');
    }

    private static void summary(List<Finding> findings, int runs, History history, PrintWriter out) {
        long changed = findings.stream().filter(Finding::hasChanged).count();
        long newest = findings.stream()
                .filter(one -> one.changes().provisional().isPresent())
                .count();
        long brief = findings.stream()
                .filter(one -> one.series().values().length < 2 * ChangePoints.SHORTEST)
                .count();
        out.println(changed + " changed, " + newest + " provisional, " + brief + " too short to test of "
                + findings.size() + " series in " + runs + " folders");
        if (history.repeated() > 0) {
            out.println(history.repeated() + " rows of runs that were found twice are counted once");
        }
        if (history.baseArms() > 0) {
            out.println(
                    history.baseArms() + " runs are left out: they measured an older version again, beside a newer");
        }
    }

    private static void draw(List<Finding> findings, Path file, PrintWriter out) {
        try {
            Files.writeString(file, SvgPlot.of(findings));
        } catch (IOException e) {
            throw new HarnessException(
                    "the picture cannot be written: " + e, file.toString(), "give another file with --svg", e);
        }
        out.println(file);
    }
}
