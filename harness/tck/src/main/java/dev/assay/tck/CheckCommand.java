package dev.assay.tck;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.results.PlanFile.BackendRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a worker is asked: first to get ready, then to check one rule after the other.
///
/// @param backend in the first command
/// @param suites in the first command
/// @param rule number of the rule, in the others
@JsonInclude(JsonInclude.Include.NON_NULL)
record CheckCommand(
        @Nullable BackendRef backend,
        @Nullable List<String> suites,
        @Nullable String rule) {

    static CheckCommand ready(BackendRef backend, List<String> suites) {
        return new CheckCommand(backend, suites, null);
    }

    static CheckCommand check(String rule) {
        return new CheckCommand(null, null, rule);
    }
}
