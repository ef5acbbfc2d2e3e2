package dev.assay.tck.rules;

import dev.assay.backend.BackendProvider;
import java.util.regex.Pattern;

/// How a backend calls itself.
final class C02IdAndVersion extends Rule {
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]*");

    C02IdAndVersion() {
        super(
                "C02",
                "the id is made of lower case letters, digits and hyphens, and there is a version",
                "both stand in every row, and the id in options of the command line and names of folders",
                "`id()` and `version()` are asked twice");
    }

    @Override
    Outcome look(Candidate candidate) {
        BackendProvider provider = candidate.provider();
        String id = provider.id();
        if (Candidate.isNull(id) || !ID.matcher(id).matches()) {
            throw Found.violation("the id is '" + id + "'", "id()", "answer a name such as acme-npu");
        }
        if (!id.equals(provider.id())) {
            throw Found.violation("the id was '" + id + "' before", "id()", "answer the same every time");
        }
        String version = provider.version();
        if (Candidate.isNull(version) || version.isBlank()) {
            throw Found.violation(
                    "the version is '" + version + "'",
                    "version()",
                    "answer the version of the plugin, or leave the method out");
        }
        return new Outcome.Ok(id + " " + version);
    }
}
