package dev.assay.engine.plan;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.operator.Operator;
import dev.assay.operator.Signature.AttributeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The name of a case: `operator/dtypes/shapes/attributes/fill`, such as
/// `matmul/bf16.bf16-bf16/m4096.n4096.k4096/-/normal`. The grammar is in `docs/case-id.md`; it is stable for ever.
public record CaseId(String operator, String dtypes, String shapes, String attributes, String fill) {

    private static final String ABSENT = "x";

    static CaseId of(Operator operator, Call call, String fill) {
        return of(operator, call, fill, Map.of(), Map.of());
    }

    /// @param recipes of single inputs, by name
    /// @param drawn recipes by which constants were drawn, which stand in the place of their values
    static CaseId of(
            Operator operator, Call call, String fill, Map<String, String> recipes, Map<String, String> drawn) {
        StringBuilder fills = new StringBuilder(fillPart(fill));
        recipes.forEach((input, recipe) ->
                fills.append('+').append(fillPart(input)).append('-').append(fillPart(recipe)));
        return new CaseId(
                operator.name(),
                dtypes(call),
                operator.sizes(call),
                attributes(operator, call, drawn),
                fills.toString());
    }

    private static String dtypes(Call call) {
        return types(call.inputs()) + "-" + types(call.outputs());
    }

    /// Types in order; an operand that is left out is `x`, and those at the end are left out altogether.
    private static String types(List<Operand> operands) {
        List<String> labels = new ArrayList<>();
        for (Operand operand : operands) {
            labels.add(operand.spec().map(spec -> spec.dtype().label()).orElse(ABSENT));
        }
        while (!labels.isEmpty() && labels.getLast().equals(ABSENT)) {
            labels.removeLast();
        }
        return String.join(".", labels);
    }

    /// Attributes that differ from their defaults, and constants: `name-value`, joined by `+`.
    private static String attributes(Operator operator, Call call, Map<String, String> drawn) {
        List<String> parts = new ArrayList<>();
        for (AttributeSpec spec : operator.signature().attributes()) {
            Optional<Attribute> value = call.attributes().find(spec.name());
            if (value.isPresent() && !value.equals(spec.standard())) {
                parts.add(spec.name().toLowerCase(Locale.ROOT) + "-" + text(value.get()));
            }
        }
        call.constants().forEach((name, values) -> {
            String recipe = drawn.get(name);
            parts.add(name.toLowerCase(Locale.ROOT) + "-" + (recipe == null ? joined(values) : fillPart(recipe)));
        });
        return parts.isEmpty() ? "-" : String.join("+", parts);
    }

    private static String text(Attribute value) {
        return switch (value) {
            case Attribute.Ints(List<Long> values) -> joined(values);
            case Attribute.Reals(List<Double> values) -> joined(values);
            // An equation: `ij,jk->ik` reads `ij.jk.to.ik`.
            case Attribute.Text(String written) ->
                written.replace(" ", "")
                        .replace("->", ".to.")
                        .replace(",", ".")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9._-]", "_");
            default -> value.toString().toLowerCase(Locale.ROOT);
        };
    }

    private static String joined(List<?> values) {
        return values.stream().map(Object::toString).collect(Collectors.joining("_"));
    }

    /// `uniform(-1,1)` as `uniform_-1_1`.
    private static String fillPart(String fill) {
        return fill.replace("(", "_").replace(",", "_").replace(")", "").toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return String.join("/", operator, dtypes, shapes, attributes, fill);
    }
}
