package dev.assay.tck.rules;

import dev.assay.backend.BackendOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// What a backend says of its options.
final class C03OptionsAreWellFormed extends Rule {
    private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9_-]*");

    C03OptionsAreWellFormed() {
        super(
                "C03",
                "every option has a key of its own in lower case, a meaning, and a default that is one of its values",
                "`assay list backends ID` shows them, and nothing else explains them",
                "`options()` is read");
    }

    @Override
    Outcome look(Candidate candidate) {
        List<BackendOption> options = candidate.provider().options();
        if (Candidate.isNull(options)) {
            throw Found.violation("options() answers null", "options()", "answer an empty list");
        }
        Set<String> keys = new HashSet<>();
        for (BackendOption option : options) {
            String where = "options(), key '" + option.key() + "'";
            boolean others = option.kind() == BackendOption.Kind.OTHERS;
            if (!others && !KEY.matcher(option.key()).matches()) {
                throw Found.violation(
                        "the key '" + option.key() + "' cannot be written as key=value",
                        where,
                        "use lower case letters, digits, '-' and '_'");
            }
            if (!keys.add(option.key())) {
                throw Found.violation("the key '" + option.key() + "' is there twice", where, "declare it once");
            }
            if (option.meaning().isBlank()) {
                throw Found.violation("the meaning is empty", where, "say in a sentence what it does");
            }
            boolean free = option.allowed().isEmpty() || option.standard().isEmpty();
            if (!free && !option.allowed().contains(option.standard())) {
                throw Found.violation(
                        "the default '" + option.standard() + "' is not among " + option.allowed(),
                        where,
                        "allow it or choose another");
            }
        }
        return new Outcome.Ok(Candidate.count(options.size(), "option"));
    }
}
