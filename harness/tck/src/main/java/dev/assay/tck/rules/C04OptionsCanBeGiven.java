package dev.assay.tck.rules;

import dev.assay.HarnessException;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendProvider;
import dev.assay.engine.run.Backends;
import java.util.List;

/// Options on the command line.
final class C04OptionsCanBeGiven extends Rule {
    private static final String UNKNOWN = "no-such-option";

    C04OptionsCanBeGiven() {
        super(
                "C04",
                "every value that an option allows can be given with `--backend ID:key=value`, and no other key can",
                "a value with a comma in it can never arrive, and a misspelt key must not be ignored",
                "each allowed value goes through the harness's own reading of `--backend`, and so does an unknown key");
    }

    @Override
    Outcome look(Candidate candidate) {
        BackendProvider provider = candidate.provider();
        int values = 0;
        for (BackendOption option : provider.options()) {
            for (String value : option.allowed()) {
                mustArrive(provider, option, value);
                values++;
            }
        }
        if (provider.options().stream().noneMatch(option -> option.key().equals(UNKNOWN))) {
            try {
                Backends.parse(provider, provider.id() + ":" + UNKNOWN + "=1", "C04");
                throw Found.violation(
                        "the key '" + UNKNOWN + "' is not declared and was not refused",
                        "options()",
                        "declare the same keys every time");
            } catch (HarnessException e) {
                return new Outcome.Ok(Candidate.count(values, "value"));
            }
        }
        return new Outcome.Ok(Candidate.count(values, "value"));
    }

    private static void mustArrive(BackendProvider provider, BackendOption option, String value) {
        String text = provider.id() + ":" + option.key() + "=" + value;
        String where = "--backend " + text;
        String fix = "use values without ',' and '+', and declare the same ones every time";
        try {
            var reference = Backends.parse(provider, text, where);
            var options = Backends.options(reference);
            List<String> given =
                    option.repeatable() ? options.all(option.key()) : List.of(options.get(option.key(), ""));
            if (!given.equals(List.of(value))) {
                throw Found.violation("the value '" + value + "' arrives as " + given, where, fix);
            }
        } catch (HarnessException e) {
            throw Found.violation("the value '" + value + "' cannot be given: " + e.what(), where, fix);
        }
    }
}
