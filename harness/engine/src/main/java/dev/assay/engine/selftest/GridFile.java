package dev.assay.engine.selftest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A grid as it stands in its file. `docs/selftest.md` explains every field.
///
/// @param name stands in every row
/// @param description one or two sentences
/// @param seed of the inputs
/// @param groups of cases
/// @param needs what has to be there for a fault to show
/// @param equivalents mutants that were looked into and are within the contract
record GridFile(
        String name,
        String description,
        long seed,
        List<Group> groups,
        @Nullable List<Need> needs,
        @Nullable List<Equivalent> equivalents) {

    /// Cases that are used alike.
    ///
    /// @param tags what is special about them, for `needs`
    /// @param use `mutants`, `variations` or both: what they serve for
    /// @param faults the only ones that are planted here; all if left out
    /// @param cases templates as in a suite; none if left out
    /// @param suites that come with Assay and whose cases these are, but for those without elements
    /// @param mostWork flops of its reference and bytes, above which a case is left out; all stay if left out
    record Group(
            @Nullable List<String> tags,
            List<String> use,
            @Nullable List<String> faults,
            @Nullable List<JsonNode> cases,
            @Nullable List<String> suites,
            @Nullable Double mostWork) {}

    /// A fault is planted only where it can show. What is left out does not matter.
    ///
    /// @param faults ids
    /// @param operators names
    /// @param tags one of them
    /// @param operands one of them is there
    /// @param attributes one of them is so: `name=value`, or `name!=value` for any other
    /// @param dtypes of the first input
    /// @param fills recipes, without parameters
    /// @param chips on which it differs from the plain device
    /// @param why in a sentence
    record Need(
            List<String> faults,
            @Nullable List<String> operators,
            @Nullable List<String> tags,
            @Nullable List<String> operands,
            @Nullable List<String> attributes,
            @Nullable List<String> dtypes,
            @Nullable List<String> fills,
            @Nullable List<String> chips,
            String why) {}

    /// Mutants that survive and are no fault of the judge. What is left out does not matter.
    ///
    /// @param fault id
    /// @param operators names
    /// @param dtypes of the first input
    /// @param fills recipes, without parameters
    /// @param chips the devices
    /// @param why the proof
    record Equivalent(
            String fault,
            @Nullable List<String> operators,
            @Nullable List<String> dtypes,
            @Nullable List<String> fills,
            @Nullable List<String> chips,
            String why) {}
}
