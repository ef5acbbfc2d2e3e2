package dev.assay.cli;

import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendProvider;
import dev.assay.engine.plan.Suite;
import dev.assay.engine.run.Backends;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Signature;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay list`.
@Command(
        name = "list",
        description = "Shows what there is: operators, backends, suites, cases, support.",
        mixinStandardHelpOptions = true,
        subcommands = SupportCommand.class,
        synopsisSubcommandLabel = "(operators | backends | suites | cases | support)",
        footerHeading = "%nExample:%n",
        footer = "  assay list backends simulated")
final class ListCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "what to list is missing: operators, backends, suites, cases or support");
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(
            name = "operators",
            description = "The operators, or everything about one of them.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = "  assay list operators attention")
    void operators(
            @Parameters(arity = "0..1", paramLabel = "OPERATOR", defaultValue = "") String name,
            @Option(names = "--markdown", description = "All of them as the page docs/operators.md.")
                    boolean markdown) {
        if (markdown) {
            out().print(OperatorPage.text());
            out().flush();
            return;
        }
        if (name.isEmpty()) {
            Table table = new Table("operator", "ONNX", "computes");
            for (Operator operator : Operators.all()) {
                table.row(
                        operator.name(),
                        operator.onnxType().orElse("-"),
                        operator.about().formula());
            }
            table.print(out());
            return;
        }
        Operator operator = Operators.named(name, "list operators");
        out().println(operator.name()
                + operator.onnxType().map(type -> " (ONNX " + type + ")").orElse(""));
        out().println(operator.about().formula());
        out().println("semantics: " + operator.about().source());
        out().println();
        Table operands = new Table("", "operand", "", "dtypes", "meaning");
        operator.signature().inputs().forEach(input -> row(operands, "input", input));
        operator.signature().outputs().forEach(output -> row(operands, "output", output));
        operands.print(out());
        if (!operator.signature().attributes().isEmpty()) {
            out().println();
            Table attributes = new Table("attribute", "default", "meaning");
            operator.signature()
                    .attributes()
                    .forEach(attribute -> attributes.row(
                            attribute.name(),
                            attribute.standard().map(Object::toString).orElse("-"),
                            attribute.meaning()));
            attributes.print(out());
        }
    }

    private static void row(Table table, String kind, Signature.Parameter parameter) {
        String types = parameter.dtypes().stream().map(Object::toString).collect(Collectors.joining(" "));
        table.row(kind, parameter.name(), parameter.optional() ? "optional" : "", types, parameter.meaning());
    }

    @Command(
            name = "backends",
            description = "The installed backends, or the options of one of them. Opens no device.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = "  assay list backends simulated")
    void backends(@Parameters(arity = "0..1", paramLabel = "ID", defaultValue = "") String id) {
        Backends installed = new Backends();
        if (id.isEmpty()) {
            Table table = new Table("backend", "version", "options");
            installed
                    .all()
                    .values()
                    .forEach(provider -> table.row(
                            provider.id(),
                            provider.version(),
                            provider.options().stream()
                                    .map(option -> option.key() + (option.required() ? " (needed)" : ""))
                                    .collect(Collectors.joining(", "))));
            table.print(out());
            return;
        }
        BackendProvider provider = installed.named(id, "list backends");
        out().println(provider.id() + " " + provider.version());
        for (BackendOption option : provider.options()) {
            out().println();
            String standard = option.standard().isEmpty() ? "" : " (default " + option.standard() + ")";
            String how = switch (option.kind()) {
                case REPEATABLE -> "; several are joined by +";
                case REQUIRED, FILE -> "; must be given";
                case OPTIONAL, LOCAL, OTHERS -> "";
            };
            boolean others = option.kind() == BackendOption.Kind.OTHERS;
            out().println((others ? "any other key" : option.key() + "=...") + ": " + option.meaning() + standard
                    + how);
            option.allowed().forEach(value -> out().println("  " + value));
        }
    }

    @Command(
            name = "suites",
            description = "The suites and models that come with Assay.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = "  assay list suites")
    void suites() {
        Table table = new Table("suite", "cases", "what for");
        for (String name : SuiteNames.all()) {
            Suite suite = SuiteNames.load(name);
            table.row(name, "" + suite.cases().size(), suite.description());
        }
        table.print(out());
    }

    @Command(
            name = "cases",
            description =
                    "The ids of a suite's cases, one per line, each followed by a tab and what it is there to show.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = "  assay list cases smoke")
    void cases(@Parameters(arity = "1..*", paramLabel = "SUITE") List<String> suites) {
        for (String name : suites) {
            SuiteNames.load(name).cases().forEach(one -> out().println(one.id() + "\t" + one.why()));
        }
    }
}
