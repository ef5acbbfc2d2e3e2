package dev.assay.cli;

import dev.assay.engine.run.Backends;
import dev.assay.engine.run.Probe;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.tck.BackendCheck;
import dev.assay.tck.RuleResult;
import dev.assay.tck.RuleResult.Kind;
import dev.assay.tck.rules.Rule;
import dev.assay.tck.rules.Rules;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay check-backend`.
@Command(
        name = "check-backend",
        description = {
            "Checks the rules that every backend keeps, one after the other, and says of each what was looked at or"
                    + " what is wrong. A crash or a hang is the result of the rule that was being checked; the next ones"
                    + " go on.",
            "",
            "docs/backend-contract.md says of each rule why it is there and how it is checked."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:no rule is broken",
            "2:the command line or a suite file is wrong",
            "3:a rule is broken",
            "7:the backend crashed or hung, and breaks no rule otherwise",
            "10:the plugin cannot be loaded or opened"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  assay check-backend --backend acme",
            "  assay check-backend --backend acme:device=1 gemm my-suite.json",
            "  assay check-backend --list"
        })
final class CheckBackendCommand implements Callable<Integer> {
    private static final String ROW = "%-4s  %-8s  %s%n";

    @Parameters(
            arity = "0..*",
            paramLabel = "SUITE",
            description = "Suites, models and files whose calls are asked. Default: all suites that come with Assay.")
    private List<String> suites = new ArrayList<>();

    @Option(names = "--backend", paramLabel = "ID[:key=value,...]", description = "The backend.", defaultValue = "")
    private String backend = "";

    @Option(names = "--rule", paramLabel = "C01", description = "Only this rule; may be given several times.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long one rule may take. Default: ${DEFAULT-VALUE}.",
            defaultValue = "120")
    private int timeout;

    @Option(names = "--list", description = "Show the rules and check nothing.")
    private boolean list;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (list) {
            Rules.ALL.forEach(rule -> out.println(rule.number() + "  " + rule.statement()));
            return Exit.OK;
        }
        if (backend.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "which backend is missing: --backend ID");
        }
        if (timeout < 1) {
            throw new ParameterException(spec.commandLine(), "'" + timeout + "' for --timeout is no time");
        }
        List<Rule> rules =
                only.isEmpty() ? Rules.ALL : only.stream().map(Rules::named).toList();
        BackendRef reference = new Backends().parse(backend, "--backend " + backend);
        suites.forEach(SuiteNames::load);
        Probe.open(reference, Runtime.getRuntime().availableProcessors());
        return check(reference, rules, out);
    }

    private int check(BackendRef reference, List<Rule> rules, PrintWriter out) throws InterruptedException {
        Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
        out.printf(ROW, "rule", "result", "sentence");
        try (BackendCheck check = new BackendCheck(reference, suites, Duration.ofSeconds(timeout))) {
            for (Rule rule : rules) {
                RuleResult result = check.check(rule);
                counts.merge(result.kind(), 1, Integer::sum);
                String sentence = result.kind() == Kind.OK
                        ? rule.statement() + " (" + result.sentence() + ")"
                        : result.sentence();
                out.printf(ROW, rule.number(), result.kind().word(), sentence);
                out.flush();
            }
        }
        out.println();
        List<String> words = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            words.add(counts.getOrDefault(kind, 0) + " " + kind.word());
        }
        out.println(String.join(", ", words) + " of " + rules.size() + (rules.size() == 1 ? " rule" : " rules"));
        return exit(counts.keySet());
    }

    /// A rule that is broken weighs more than one that was not checked to its end.
    static int exit(Set<Kind> kinds) {
        if (kinds.contains(Kind.VIOLATED)) {
            return Exit.INCORRECT;
        }
        return kinds.contains(Kind.CRASH) || kinds.contains(Kind.TIMEOUT) ? Exit.INCOMPLETE : Exit.OK;
    }
}
