package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.model.Models;
import dev.assay.engine.model.Request;
import dev.assay.engine.plan.Suite;
import dev.assay.engine.plan.Suites;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// What can stand for SUITE: suites, models and files.
final class SuiteNames {
    private SuiteNames() {}

    /// Names of suites and models, in order.
    static List<String> all() {
        List<String> names = new ArrayList<>(Suites.names());
        names.addAll(Models.names());
        names.sort(null);
        return List.copyOf(names);
    }

    /// Throws [HarnessException] that lists the names there are.
    ///
    /// @param request how a model is to be run; refused for anything else unless it is the standard one
    static Suite load(String name, Request request, OptionalLong seed) {
        if (Models.names().contains(name)) {
            return Models.suite(name, request, seed);
        }
        if (!name.endsWith(".json") && !Suites.names().contains(name)) {
            throw new HarnessException(
                    "no suite '" + name + "'",
                    "suites on the class path",
                    "use one of " + all() + ", or a file that ends in .json");
        }
        if (!request.isStandard()) {
            throw new HarnessException(
                    "'" + name + "' is no model",
                    request.words().strip(),
                    "leave the options of models out, or name only models: " + Models.names());
        }
        return Suites.load(name, seed);
    }

    static Suite load(String name) {
        return load(name, Request.STANDARD, OptionalLong.empty());
    }
}
