package dev.assay.results.gate;

import dev.assay.results.RowKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which rows a rule is about: those that match a pattern of each kind. `*` stands for any text, `?` for one
/// character.
///
/// @param suites patterns of suite names
/// @param operators patterns of operator names
/// @param cases patterns of case ids
/// @param backends patterns of backend ids; one with a `:` is held against `id:options`
public record Scope(List<String> suites, List<String> operators, List<String> cases, List<String> backends) {
    static final List<String> FIELDS = List.of("suites", "operators", "cases", "backends");
    private static final List<String> ANY = List.of("*");
    public static final Scope EVERYTHING = new Scope(ANY, ANY, ANY, ANY);

    public Scope {
        suites = List.copyOf(suites);
        operators = List.copyOf(operators);
        cases = List.copyOf(cases);
        backends = List.copyOf(backends);
    }

    /// What is left out stands for everything.
    static Scope of(JsonObject object) {
        return new Scope(
                patterns(object, "suites", "names of suites such as \"smoke\", or \"*\""),
                patterns(object, "operators", "names of operators such as \"matmul\" or \"conv*\""),
                patterns(object, "cases", "case ids such as \"matmul/f32.f32-f32/*\""),
                patterns(object, "backends", "ids such as \"cpu\", or ids with options such as \"acme:mode=fast\""));
    }

    private static List<String> patterns(JsonObject object, String name, String what) {
        return object.has(name) ? object.texts(name, "a list of " + what) : ANY;
    }

    public boolean holds(String operator, RowKey key) {
        return matches(suites, key.suite())
                && matches(operators, operator)
                && matches(cases, key.caseId())
                && backends.stream()
                        .anyMatch(pattern ->
                                matches(List.of(pattern), pattern.indexOf(':') < 0 ? key.backend() : Labels.of(key)));
    }

    static boolean matches(List<String> patterns, String text) {
        return patterns.stream().anyMatch(pattern -> matches(pattern, text));
    }

    /// Without regular expressions: no pattern takes longer than the product of both lengths.
    private static boolean matches(String pattern, String text) {
        int at = 0;
        int star = -1;
        int retry = 0;
        int i = 0;
        while (i < text.length()) {
            char wanted = at < pattern.length() ? pattern.charAt(at) : '\0';
            if (at < pattern.length() && wanted == '*') {
                star = at++;
                retry = i;
            } else if (at < pattern.length() && (wanted == '?' || wanted == text.charAt(i))) {
                at++;
                i++;
            } else if (star >= 0) {
                at = star + 1;
                i = ++retry;
            } else {
                return false;
            }
        }
        return pattern.substring(at).chars().allMatch(one -> one == '*');
    }

    /// As in a policy.
    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("suites", suites);
        fields.put("operators", operators);
        fields.put("cases", cases);
        fields.put("backends", backends);
        return fields;
    }

    @Override
    public String toString() {
        return "suites " + suites + ", operators " + operators + ", cases " + cases + ", backends " + backends;
    }
}
