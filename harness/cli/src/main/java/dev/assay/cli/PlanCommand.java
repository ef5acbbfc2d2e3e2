package dev.assay.cli;

import dev.assay.engine.plan.CaseSpec;
import dev.assay.results.Json;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.PlannedCase;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `assay plan`.
@Command(
        name = "plan",
        description = "Says what a run would do and take, and what it would leave out and why. Runs nothing.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = "  assay plan llama3-8b --backend simulated --release")
final class PlanCommand implements Callable<Integer> {
    private static final int MOST_LEFT_OUT = 20;

    @Mixin
    private PlanOptions options = new PlanOptions();

    @Option(names = "--json", description = "Print the plan as it would stand in plan.json.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        PlanFile plan = options.plan();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.print(Json.pretty(plan));
            out.flush();
            return Exit.OK;
        }
        Table table = new Table("suite", "operator", "cases", "not run", "reference");
        Map<List<String>, List<PlannedCase>> groups = plan.cases().stream()
                .collect(Collectors.groupingBy(
                        planned -> List.of(planned.suite(), planned.operator()),
                        () -> new TreeMap<>(PlanCommand::compare),
                        Collectors.toList()));
        groups.forEach((names, cases) -> table.row(
                names.get(0), names.get(1), "" + cases.size(), "" + announced(cases), Durations.text(time(cases))));
        table.print(out);
        out.println();
        out.printf(
                Locale.ROOT,
                "%d cases on %s: %d rows, of which %d not run; about %s to verify%n",
                plan.cases().size(),
                plan.backends().stream().map(PlanFile.BackendRef::label).toList(),
                plan.cases().size() * plan.backends().size(),
                announced(plan.cases()) * plan.backends().size(),
                Durations.text(time(plan.cases()) * plan.backends().size()));
        TreeMap<String, Integer> left = new TreeMap<>();
        for (PlannedCase planned : plan.cases()) {
            if (CaseSpec.parse(planned.spec()).known() != null) {
                left.merge(planned.suite() + ": " + planned.operator() + " (" + planned.why() + ")", 1, Integer::sum);
            }
        }
        left.keySet().stream().limit(MOST_LEFT_OUT).forEach(line -> out.println("no operator: " + line));
        if (left.size() > MOST_LEFT_OUT) {
            out.println("... and " + (left.size() - MOST_LEFT_OUT) + " more without an operator");
        }
        for (PlannedCase planned : plan.cases()) {
            if (planned.announced() != null) {
                out.println("not run: " + planned.caseId() + ": " + planned.announced());
            }
        }
        return Exit.OK;
    }

    private static int compare(List<String> a, List<String> b) {
        return String.join("\n", a).compareTo(String.join("\n", b));
    }

    private static long announced(List<PlannedCase> cases) {
        return cases.stream().filter(planned -> planned.announced() != null).count();
    }

    private static double time(List<PlannedCase> cases) {
        return cases.stream()
                .filter(planned -> planned.announced() == null)
                .mapToDouble(PlannedCase::estimateMs)
                .sum();
    }
}
