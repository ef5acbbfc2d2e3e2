package dev.assay.results.gate;

import dev.assay.results.Json;
import dev.assay.results.RowKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// What must hold of a run before it is released. Data alone: nothing in it is executed.
///
/// @param mustPass rows that must pass; what is in none of these is not looked at
/// @param allowUnsupported which of them may be refused by their backend
/// @param allowNotRun which of them the plan may announce as not run
/// @param minCases least number of rows that must have been judged
/// @param requiredSuites suites that must have been run, in exactly this form
/// @param regressions which regressions against a baseline matter; empty if none does
/// @param allowMissing which rows of the baseline the run may lack
public record Policy(
        List<Scope> mustPass,
        List<Scope> allowUnsupported,
        List<Scope> allowNotRun,
        long minCases,
        List<RequiredSuite> requiredSuites,
        List<RegressionRule> regressions,
        List<Scope> allowMissing) {
    public static final int SCHEMA = 1;
    static final String HINT = "$schema";
    static final List<String> FIELDS = List.of(
            HINT,
            "schema",
            "must_pass",
            "allow_unsupported",
            "allow_not_run",
            "min_cases",
            "required_suites",
            "regressions",
            "allow_missing");

    private static final long MOST_CASES = 1_000_000_000;
    private static final double LARGEST_MARGIN = 1000;
    private static final List<Scope> EVERYTHING = List.of(Scope.EVERYTHING);

    /// Everything must pass, or be refused, or be announced; a slower run is a matter of 5 %.
    public static final Policy DEFAULT =
            new Policy(EVERYTHING, EVERYTHING, EVERYTHING, 1, List.of(), List.of(RegressionRule.DEFAULT), List.of());

    public Policy {
        mustPass = List.copyOf(mustPass);
        allowUnsupported = List.copyOf(allowUnsupported);
        allowNotRun = List.copyOf(allowNotRun);
        requiredSuites = List.copyOf(requiredSuites);
        regressions = List.copyOf(regressions);
        allowMissing = List.copyOf(allowMissing);
    }

    /// A suite that must have been run.
    ///
    /// @param sha256 of its content, or empty
    /// @param version of Assay that it came with, or empty
    public record RequiredSuite(String name, String sha256, String version) {
        static final List<String> FIELDS = List.of("name", "sha256", "version");
        private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

        private Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("name", name);
            fields.put(sha256.isEmpty() ? "version" : "sha256", sha256.isEmpty() ? version : sha256);
            if (!sha256.isEmpty() && !version.isEmpty()) {
                fields.put("version", version);
            }
            return fields;
        }

        static RequiredSuite of(JsonObject object) {
            object.only(FIELDS);
            String name = object.text("name", "the name of a suite");
            Optional<String> sha256 = object.optionalText("sha256", "64 hex digits, as in plan.json");
            Optional<String> version = object.optionalText("version", "a version of Assay, as in manifest.json");
            if (sha256.isEmpty() && version.isEmpty()) {
                throw object.wrong("", "suite '" + name + "' has neither sha256 nor version", "add one of them");
            }
            sha256.filter(text -> !DIGEST.matcher(text).matches()).ifPresent(text -> {
                throw object.wrong("sha256", "'" + text + "' is no digest", "write 64 hex digits, as in plan.json");
            });
            return new RequiredSuite(name, sha256.orElse(""), version.orElse(""));
        }
    }

    /// Which slower rows matter.
    ///
    /// @param metrics patterns of `metric` in `timing.csv`
    /// @param clocks patterns of `clock`
    /// @param marginPct how much slower a row may be, in percent
    public record RegressionRule(Scope scope, List<String> metrics, List<String> clocks, double marginPct) {
        static final RegressionRule DEFAULT = new RegressionRule(Scope.EVERYTHING, List.of("*"), List.of("*"), 5);
        static final List<String> FIELDS = names();

        public RegressionRule {
            metrics = List.copyOf(metrics);
            clocks = List.copyOf(clocks);
        }

        private static List<String> names() {
            List<String> names = new ArrayList<>(Scope.FIELDS);
            names.addAll(List.of("metrics", "clocks", "margin_pct"));
            return List.copyOf(names);
        }

        private Map<String, Object> fields() {
            Map<String, Object> fields = scope.fields();
            fields.put("metrics", metrics);
            fields.put("clocks", clocks);
            fields.put("margin_pct", marginPct);
            return fields;
        }

        static RegressionRule of(JsonObject object) {
            object.only(FIELDS);
            return new RegressionRule(
                    Scope.of(object),
                    object.has("metrics") ? object.texts("metrics", "a list of metrics such as \"run\"") : List.of("*"),
                    object.has("clocks") ? object.texts("clocks", "a list of clocks such as \"device\"") : List.of("*"),
                    object.number("margin_pct", 0, LARGEST_MARGIN));
        }

        public boolean holds(String operator, RowKey key, String metric, String clock) {
            return scope.holds(operator, key) && Scope.matches(metrics, metric) && Scope.matches(clocks, clock);
        }
    }

    /// Throws [HarnessException] with file, line, field and what is allowed.
    public static Policy read(Path file) {
        return of(JsonObject.read(file));
    }

    /// The same from memory.
    ///
    /// @param file where the bytes come from
    public static Policy parse(Path file, byte[] bytes) {
        return of(JsonObject.parse(file, bytes));
    }

    private static Policy of(JsonObject object) {
        object.only(FIELDS);
        if (object.has(HINT)) {
            object.text(HINT, "where the schema lies");
        }
        object.whole("schema", SCHEMA, SCHEMA);
        List<Scope> mustPass = scopes(object, "must_pass", DEFAULT.mustPass());
        if (mustPass.isEmpty()) {
            throw object.wrong("must_pass", "nothing must pass", "name what must, or leave the field out");
        }
        return new Policy(
                mustPass,
                scopes(object, "allow_unsupported", DEFAULT.allowUnsupported()),
                scopes(object, "allow_not_run", DEFAULT.allowNotRun()),
                object.has("min_cases") ? object.whole("min_cases", 1, MOST_CASES) : DEFAULT.minCases(),
                object.has("required_suites")
                        ? object.objects("required_suites", "a list of {\"name\", \"sha256\" or \"version\"}").stream()
                                .map(RequiredSuite::of)
                                .toList()
                        : DEFAULT.requiredSuites(),
                object.has("regressions")
                        ? object.objects("regressions", "a list of {\"margin_pct\", ...}").stream()
                                .map(RegressionRule::of)
                                .toList()
                        : DEFAULT.regressions(),
                scopes(object, "allow_missing", DEFAULT.allowMissing()));
    }

    private static List<Scope> scopes(JsonObject object, String name, List<Scope> otherwise) {
        if (!object.has(name)) {
            return otherwise;
        }
        return object.objects(name, "a list of {" + String.join(", ", Scope.FIELDS) + "}").stream()
                .map(one -> Scope.of(one.only(Scope.FIELDS)))
                .toList();
    }

    static boolean anyHolds(List<Scope> scopes, String operator, RowKey key) {
        return scopes.stream().anyMatch(scope -> scope.holds(operator, key));
    }

    /// The policy as a file that reads back equal.
    public String text() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("schema", SCHEMA);
        fields.put("must_pass", mustPass.stream().map(Scope::fields).toList());
        fields.put(
                "allow_unsupported",
                allowUnsupported.stream().map(Scope::fields).toList());
        fields.put("allow_not_run", allowNotRun.stream().map(Scope::fields).toList());
        fields.put("min_cases", minCases);
        fields.put(
                "required_suites",
                requiredSuites.stream().map(RequiredSuite::fields).toList());
        fields.put(
                "regressions", regressions.stream().map(RegressionRule::fields).toList());
        fields.put("allow_missing", allowMissing.stream().map(Scope::fields).toList());
        return Json.pretty(fields);
    }
}
