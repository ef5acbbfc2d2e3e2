package dev.assay.engine.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A suite as it stands in a file. `docs/suites.md` explains every field.
///
/// @param name also the file's name
/// @param description one or two sentences for `assay list suites`
/// @param seed of all its inputs
/// @param contract what is asked of the contracts of all its cases
/// @param cases templates, each of which expands to cases
public record SuiteFile(
        String name,
        String description,
        @Nullable Long seed,
        @Nullable Contract contract,
        List<Template> cases) {

    /// What is asked of a backend's contracts.
    ///
    /// @param accept fields of the weakest contract that is accepted; those left out are strict
    /// @param tightness largest median of the bound in ulps, on standard data, by dtype of the output or by
    ///     operator and dtype
    public record Contract(
            @Nullable Map<String, JsonNode> accept,
            @Nullable Map<String, Double> tightness) {}

    /// A template: the product of its sweep or its points, dtypes, attribute sets and fills.
    ///
    /// @param operator name in the catalogue
    /// @param inputs dimensions by input name: numbers, variables, or sums of products of them such as
    ///     `h*d` and `p+t`
    /// @param types dtype of inputs that do not follow `dtypes`
    /// @param transposed inputs stored with their last two dimensions exchanged
    /// @param outputs optional outputs asked for
    /// @param attributes values; a text that begins with `$` names a variable
    /// @param constants values of inputs that belong to the call, or a recipe that draws them
    /// @param recipes of single inputs, in place of what their operator makes of `fills`
    /// @param sweep values of each variable, of which every combination is taken
    /// @param points combinations of variables that belong together
    /// @param dtypes of the inputs, one after the other
    /// @param fills recipes, one after the other
    /// @param contract what is asked of contracts here in place of what the suite asks
    /// @param why what these cases are there to show
    public record Template(
            String operator,
            Map<String, List<JsonNode>> inputs,
            @Nullable Map<String, String> types,
            @Nullable List<String> transposed,
            @Nullable List<String> outputs,
            @Nullable Map<String, JsonNode> attributes,
            @Nullable Map<String, JsonNode> constants,
            @Nullable Map<String, String> recipes,
            @Nullable Map<String, List<Long>> sweep,
            @Nullable List<Map<String, Long>> points,
            List<String> dtypes,
            List<String> fills,
            @Nullable Contract contract,
            String why) {}
}
