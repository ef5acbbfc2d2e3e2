package dev.assay.cli;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import dev.assay.backend.Support;
import dev.assay.engine.plan.Suites;
import dev.assay.engine.run.Backends;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The catalogue as a page of Markdown: `docs/operators.md`.
final class OperatorPage {
    private static final String HEAD = """
            # The operators

            What there is, as `./assay list operators --markdown > docs/operators.md` writes it; a test fails when it is stale.
            What holds for all of them, and the finer points of some, is in [semantics.md](semantics.md).

            A number under a backend says how many of the cases of the suites that come with Assay it takes; *errors* says how results may
            differ from exact ones ([judging.md](judging.md)). The simulated accelerator is the one that opens without options.

            """;

    private final Map<String, List<Call>> calls;
    private final Map<String, Map<String, Long>> supported = new TreeMap<>();

    private OperatorPage(Collection<BackendProvider> providers) {
        this.calls = Suites.names().stream()
                .flatMap(name -> Suites.load(name, OptionalLong.empty()).cases().stream())
                .flatMap(one -> one.call().stream())
                .collect(Collectors.groupingBy(Call::operator, TreeMap::new, Collectors.toList()));
        for (BackendProvider provider : providers) {
            try (Backend backend = provider.open(new BackendOptions(new TreeMap<>()))) {
                Map<String, Long> counts = new TreeMap<>();
                calls.forEach((operator, all) -> counts.put(
                        operator,
                        all.stream()
                                .filter(call -> backend.supports(call) instanceof Support.Yes)
                                .count()));
                supported.put(provider.id(), counts);
            }
        }
    }

    /// The page.
    static String text() {
        OperatorPage page = new OperatorPage(new Backends().standing().values());
        StringBuilder text = new StringBuilder(HEAD);
        row(text, List.of("family", "operators"));
        text.append("|---|---|\n");
        Operators.families()
                .forEach((family, operators) -> row(
                        text,
                        List.of(
                                family,
                                operators.stream().map(OperatorPage::link).collect(Collectors.joining(" ")))));
        text.append('\n');
        page.table(text);
        for (Operator operator : Operators.all()) {
            page.section(operator, text);
        }
        return text.toString();
    }

    private static void row(StringBuilder into, Collection<String> cells) {
        into.append("| ")
                .append(cells.stream().map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | ")))
                .append(" |\n");
    }

    private static String link(Operator operator) {
        return "[`" + operator.name() + "`](#" + operator.name() + ")";
    }

    private void table(StringBuilder text) {
        List<String> head = new ArrayList<>(List.of("operator", "computes", "errors", "cases"));
        head.addAll(supported.keySet());
        row(text, head);
        text.append("|---".repeat(head.size())).append("|\n");
        for (Operator operator : Operators.all()) {
            String name = operator.name();
            List<String> cells = new ArrayList<>(List.of(
                    link(operator),
                    operator.about().formula(),
                    operator.about().errors().toString(),
                    "" + calls.getOrDefault(name, List.of()).size()));
            supported.values().forEach(counts -> cells.add("" + counts.getOrDefault(name, 0L)));
            row(text, cells);
        }
    }

    private void section(Operator operator, StringBuilder text) {
        text.append("\n## ").append(operator.name()).append("\n\n");
        text.append(operator.about().formula())
                .append(". Semantics: ")
                .append(operator.about().source())
                .append(". Errors: ")
                .append(operator.about().errors().meaning())
                .append(".\n\n");
        row(text, List.of("operand", "type", "dtypes", "meaning"));
        text.append("|---|---|---|---|\n");
        operator.signature().inputs().forEach(input -> operand("input", input, text));
        operator.signature().outputs().forEach(output -> operand("output", output, text));
        if (!operator.signature().attributes().isEmpty()) {
            text.append('\n');
            row(text, List.of("attribute", "default", "meaning"));
            text.append("|---|---|---|\n");
            for (AttributeSpec attribute : operator.signature().attributes()) {
                String standard =
                        attribute.standard().map(value -> "`" + value + "`").orElse("none");
                row(text, List.of("`" + attribute.name() + "`", standard, attribute.meaning()));
            }
        }
    }

    private static void operand(String kind, Parameter parameter, StringBuilder text) {
        StringBuilder name = new StringBuilder(kind + " `" + parameter.name() + "`");
        name.append(parameter.optional() ? ", optional" : "")
                .append(parameter.variadic() ? ", any number" : "")
                .append(parameter.constant() ? ", constant" : "");
        parameter
                .aliasOf()
                .ifPresent(input -> name.append(", in place of `").append(input).append('`'));
        row(text, List.of(name.toString(), parameter.type(), types(parameter.dtypes()), parameter.meaning()));
    }

    private static String types(Set<DType> dtypes) {
        return dtypes.equals(EnumSet.allOf(DType.class))
                ? "all"
                : dtypes.stream().sorted().map(type -> "`" + type + "`").collect(Collectors.joining(" "));
    }
}
