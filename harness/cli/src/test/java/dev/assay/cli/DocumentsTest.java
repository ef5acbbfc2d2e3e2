package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.plan.SuiteFile;
import dev.assay.engine.plan.Suites;
import dev.assay.engine.scorecard.Criteria;
import dev.assay.engine.selftest.Examination;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.CsvTable;
import dev.assay.results.Fate;
import dev.assay.results.MutantRow;
import dev.assay.results.ScorecardRow;
import dev.assay.results.VariationRow;
import dev.assay.results.Verdict;
import dev.assay.tck.rules.Candidate;
import dev.assay.tck.rules.Outcome;
import dev.assay.tck.rules.Rules;
import dev.assay.tensor.Fills;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// The documents say what the code does.
class DocumentsTest {
    private static final Path ROOT = Path.of("..", "..");
    private static final Pattern EMPTY_LINE = Pattern.compile("\n\\s*\n");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)\\)");
    private static final Pattern COMMAND = Pattern.compile("(?:^|`)assay ([a-z][^`]*?)(?:`|   |$)");
    private static final int MOST_LINES = 40;
    private static final Pattern CASE_ID = Pattern.compile("[a-z0-9_.-]+(/[a-z0-9_.+-]+){4}");

    private static String text(String file) throws IOException {
        return Files.readString(ROOT.resolve(file));
    }

    private static void rowFor(String document, String start) {
        assertTrue(document.contains("\n" + start), () -> "no line begins with " + start);
    }

    @Test
    void everyFieldOfAContractStandsThereWithItsStrictValue() throws IOException {
        String document = text("docs/contract.md");
        ComputeContract.STRICT
                .fields()
                .forEach((name, value) -> rowFor(document, "| `" + name + "` | `" + value + "`"));
    }

    /// `assay check-backend --list` has their statements; the page has the rest, in the words of the rules.
    @Test
    void everyRuleOfBackendsStandsThereInItsOwnWords() throws IOException {
        List<String> rows = Rules.ALL.stream()
                .map(rule -> "| " + String.join(" | ", rule.number(), rule.statement(), rule.why(), rule.how()) + " |")
                .toList();
        assertEquals(
                rows,
                text("docs/backend-contract.md")
                        .lines()
                        .filter(line -> line.startsWith("| C"))
                        .toList());
    }

    @Test
    void everyFieldOfASuiteAndEveryRecipeIsExplained() throws IOException {
        String document = text("docs/suites.md");
        for (Class<?> part : List.of(SuiteFile.class, SuiteFile.Template.class)) {
            for (RecordComponent component : part.getRecordComponents()) {
                rowFor(document, "| `" + component.getName() + "` |");
            }
        }
        for (String fill : Fills.purposes().keySet()) {
            assertTrue(document.contains("\n| `" + fill + "` |") || document.contains("\n| `" + fill + "("), fill);
        }
    }

    @Test
    void everyCriterionOfTheScorecardStandsThere() throws IOException {
        String document = text("docs/scorecard.md");
        Criteria.ALL.forEach(criterion -> rowFor(document, "| `" + criterion.id() + "` |"));
        for (RecordComponent component : ScorecardRow.class.getRecordComponents()) {
            String column =
                    component.getName().replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
            assertTrue(document.contains("`" + column + "`"), column);
        }
    }

    @Test
    void theSizesOfEveryOperatorAreExplained() throws IOException {
        String document = text("docs/case-id.md");
        for (Operator operator : Operators.all()) {
            if (namesItsSizes(operator)) {
                assertTrue(
                        document.lines()
                                .anyMatch(line -> line.startsWith("|") && line.contains("`" + operator.name() + "`")),
                        operator.name());
            }
        }
    }

    /// Whether it does not simply list the shapes of its inputs.
    private static boolean namesItsSizes(Operator operator) {
        try {
            return operator.getClass().getMethod("sizes", Call.class).getDeclaringClass() != Operator.class;
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }

    /// `./assay list operators --markdown > docs/operators.md` writes it anew.
    @Test
    void thePageOfOperatorsIsNotStale() throws IOException {
        assertEquals(text("docs/operators.md"), OperatorPage.text());
    }

    @Test
    void everyCaseIdFollowsTheGrammar() {
        for (String suite : SuiteNames.all()) {
            SuiteNames.load(suite)
                    .cases()
                    .forEach(one -> assertTrue(
                            CASE_ID.matcher(one.id().toString()).matches(),
                            one.id().toString()));
        }
    }

    @Test
    void theReadmeNamesEverySuiteAndEveryCommand() throws IOException {
        String document = text("README.md");
        for (String suite : SuiteNames.all()) {
            assertTrue(document.contains("`" + suite + "`"), suite);
        }
        for (String command : List.of("run", "plan", "list", "doctor", "selftest", "new-backend", "check-backend")) {
            assertTrue(document.contains("assay " + command), command);
        }
    }

    /// Whoever has only the distribution copies them from there.
    @Test
    void everyCommandOfTheVendorGuideExists() throws IOException {
        List<String> commands = text("docs/vendor-guide.md")
                .lines()
                .flatMap(line -> COMMAND.matcher(line).results().map(found -> found.group(1)))
                .toList();
        assertTrue(commands.size() > 15, commands.size() + " commands");
        for (String command : commands) {
            List<String> words = List.of(command.strip().split(" +"));
            CommandLine known = Optional.ofNullable(
                            new CommandLine(new Assay()).getSubcommands().get(words.getFirst()))
                    .orElseThrow(() -> new AssertionError(command));
            words.stream()
                    .filter(word -> word.startsWith("-"))
                    .forEach(word ->
                            assertTrue(known.getCommandSpec().optionsMap().containsKey(word), command));
        }
    }

    @Test
    void theSelftestsColumnsAreDocumented() throws IOException {
        String document = text("docs/selftest.md");
        List<String> columns = new ArrayList<>(new CsvTable<>(MutantRow.class).header());
        columns.addAll(new CsvTable<>(VariationRow.class).header());
        for (String column : columns) {
            assertTrue(document.contains("`" + column + "`"), column);
        }
        for (Fate fate : Fate.values()) {
            assertTrue(document.contains("`" + fate.word() + "`"), fate.word());
        }
    }

    /// The example of a backend: compiled, packed as a vendor would, found by ServiceLoader, judged.
    @Test
    void theExampleOfABackendPasses(@TempDir Path folder) throws Exception {
        String document = text("CONTRIBUTING.md");
        int from = document.indexOf("```java\n") + "```java\n".length();
        String example = document.substring(from, document.indexOf("```", from));
        assertEquals(
                text("harness/tck/src/test/java/com/acme/AcmeProvider.java"), example, "what the formatter has seen");
        assertTrue(example.lines().count() <= MOST_LINES, "a backend in " + MOST_LINES + " lines");
        assertTrue(example.lines().allMatch(line -> line.length() <= 120));
        Path source = Files.createDirectories(folder.resolve("com/acme")).resolve("AcmeProvider.java");
        Files.writeString(source, example);
        int result = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        folder.toString(),
                        source.toString());
        assertEquals(0, result);
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(BackendProvider.class.getName()), "com.acme.AcmeProvider\n");
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            BackendProvider provider = ServiceLoader.load(BackendProvider.class, loader).stream()
                    .map(ServiceLoader.Provider::get)
                    .filter(one -> one.id().equals("acme"))
                    .findFirst()
                    .orElseThrow();
            try (Backend backend = provider.open(new BackendOptions(new TreeMap<>()))) {
                List<Verdict> verdicts = Suites.load("smoke", OptionalLong.empty()).cases().stream()
                        .flatMap(one -> Examination.judge(backend, one).stream())
                        .map(Judgement::verdict)
                        .toList();
                assertEquals(List.of(Verdict.PASS, Verdict.PASS, Verdict.PASS, Verdict.PASS), verdicts);
            }
            Candidate candidate = new Candidate(() -> provider, BackendOptions.NONE, List.of("smoke", "edges"));
            List<String> violations = Rules.ALL.stream()
                    .map(rule -> rule.check(candidate))
                    .filter(Outcome.Violated.class::isInstance)
                    .map(Outcome::sentence)
                    .toList();
            assertEquals(List.of(), violations);
        }
    }

    @Test
    void noLinkLeadsNowhere() throws IOException {
        try (Stream<Path> documents = Files.list(ROOT.resolve("docs"))) {
            List<Path> all = Stream.concat(
                            documents, Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")))
                    .toList();
            for (Path document : all) {
                Matcher links = LINK.matcher(Files.readString(document));
                while (links.find()) {
                    Path target = document.resolveSibling(links.group(1));
                    assertTrue(Files.exists(target), document + " leads to " + target);
                }
            }
        }
    }

    /// `.ci/mutate` takes minutes and is no part of the gate: a table that has gone stale would be noticed late.
    @Test
    void everyMutantOfTheJudgeStillHasItsText() throws IOException {
        String source = "";
        int mutants = 0;
        for (String block :
                EMPTY_LINE.splitAsStream(text(".ci/mutation/mutants.txt")).toList()) {
            if (block.startsWith("file ")) {
                source = " " + text(block.substring("file ".length()).strip()).replaceAll("\\s+", " ");
            } else if (block.startsWith("mutant ")) {
                mutants++;
                String replaced = block.lines()
                        .filter(line -> line.startsWith("-"))
                        .map(line -> line.substring(1).strip())
                        .collect(Collectors.joining(" "))
                        .replaceAll("\\s+", " ");
                int first = source.indexOf(replaced);
                String name = block.lines().findFirst().orElseThrow();
                assertTrue(first >= 0 && source.indexOf(replaced, first + 1) < 0, name + " no longer fits its file");
            }
        }
        assertTrue(mutants > 200, mutants + " mutants");
    }
}
