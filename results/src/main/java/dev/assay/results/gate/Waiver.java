package dev.assay.results.gate;

import dev.assay.results.CaseRow;
import dev.assay.results.Verdict;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A known fault that somebody answers for until a date. It is applied by the gate; the verdict in the row stays.
///
/// @param id name of the waiver
/// @param suite the only suite it is for, or empty for every one
/// @param operator every case of this operator, or empty
/// @param caseId this case alone, or empty; one of the two is given
/// @param backend id of the plugin
/// @param backendOptions the only options it is for; absent for any
/// @param verdict what is waived: a verdict of a row other than `pass`, or `regressed`
/// @param layer the only layer of the judge it is for, or empty for every one
/// @param worstErrorRatio largest error divided by its bound that is known and waived; absent if none was measured
/// @param slowdownPct by how much a regressed row is known to be slower, in percent; absent for other verdicts
/// @param owner who answers for it
/// @param reason why it is waived
/// @param expires last day on which it counts
/// @param line where it stands in its file
public record Waiver(
        String id,
        String suite,
        String operator,
        String caseId,
        String backend,
        Optional<String> backendOptions,
        String verdict,
        String layer,
        Optional<Double> worstErrorRatio,
        Optional<Double> slowdownPct,
        String owner,
        String reason,
        LocalDate expires,
        long line) {
    public static final String REGRESSED = "regressed";
    static final List<String> FIELDS = List.of(
            "id",
            "suite",
            "operator",
            "case",
            "backend",
            "backend_options",
            "verdict",
            "layer",
            "worst_error_ratio",
            "slowdown_pct",
            "owner",
            "reason",
            "expires");
    /// Verdicts that can be waived.
    static final List<String> VERDICTS = List.of(
            "fail",
            "unstable",
            "error",
            "vacuous",
            "crash",
            "timeout",
            "out_of_memory",
            "unsupported",
            "not_run",
            REGRESSED);

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);
    private static final String INFINITE = "Infinity";

    static Waiver of(JsonObject object) {
        object.only(FIELDS);
        String id = object.text("id", "a name for the waiver");
        Optional<String> operator = object.optionalText("operator", "the name of an operator");
        Optional<String> caseId = object.optionalText("case", "a case id");
        if (operator.isPresent() == caseId.isPresent()) {
            throw object.wrong(
                    operator.isPresent() ? "case" : "",
                    "waiver '" + id + "' names " + (operator.isPresent() ? "both" : "neither")
                            + " a case and an operator",
                    "name one of them: case, operator");
        }
        for (Optional<String> name : List.of(operator, caseId)) {
            if (name.isPresent() && (name.get().contains("*") || name.get().contains("?"))) {
                throw object.wrong(
                        operator.isPresent() ? "operator" : "case",
                        "'" + name.get() + "' is a pattern",
                        "name one case or one operator; a waiver takes no patterns");
            }
        }
        String verdict = object.text("verdict", "one of " + String.join(", ", VERDICTS));
        if (!VERDICTS.contains(verdict)) {
            throw object.wrong(
                    "verdict", "'" + verdict + "' cannot be waived", "write one of " + String.join(", ", VERDICTS));
        }
        boolean slower = verdict.equals(REGRESSED);
        for (String name : List.of("worst_error_ratio", "layer", "slowdown_pct")) {
            if (object.has(name) && slower != name.equals("slowdown_pct")) {
                throw object.wrong(name, "'" + name + "' does not go with '" + verdict + "'", "leave it out");
            }
        }
        if (slower && !object.has("slowdown_pct")) {
            throw object.wrong("", "waiver '" + id + "' does not say how much slower is known", "add \"slowdown_pct\"");
        }
        return new Waiver(
                id,
                object.optionalText("suite", "the name of a suite").orElse(""),
                operator.orElse(""),
                caseId.orElse(""),
                object.text("backend", "the id of a backend"),
                options(object),
                verdict,
                object.optionalText("layer", "a layer of the judge").orElse(""),
                ratio(object),
                slower ? Optional.of(object.number("slowdown_pct", 0, 1e6)) : Optional.empty(),
                object.text("owner", "who answers for it"),
                object.text("reason", "why it is waived"),
                date(object, "expires"),
                object.line());
    }

    private static Optional<String> options(JsonObject object) {
        return object.optionalText("backend_options", "options as in rows, or \"-\" for none")
                .map(options -> options.equals("-") ? "" : options);
    }

    /// JSON has no infinity, and an error where the bound is zero has no other ratio.
    private static Optional<Double> ratio(JsonObject object) {
        String name = "worst_error_ratio";
        if (!object.has(name)) {
            return Optional.empty();
        }
        if (object.isText(name)) {
            if (object.text(name, "").equals(INFINITE)) {
                return Optional.of(Double.POSITIVE_INFINITY);
            }
            throw object.wrong(name, "'" + object.text(name, "") + "' is no ratio", "write a number or \"Infinity\"");
        }
        return Optional.of(object.number(name, 0, Double.MAX_VALUE));
    }

    /// A day in ISO form.
    static LocalDate date(JsonObject object, String name) {
        String text = object.text(name, "a day such as 2027-01-31");
        try {
            return LocalDate.parse(text, DATE);
        } catch (DateTimeParseException e) {
            throw object.wrong(name, "'" + text + "' is no date", "write a day such as 2027-01-31");
        }
    }

    public boolean isExpired(LocalDate today) {
        return today.isAfter(expires);
    }

    /// Whether some row can be meant by both.
    boolean overlaps(Waiver other) {
        boolean sameCases = (caseId.isEmpty() || other.caseId.isEmpty())
                ? operatorName().equals(other.operatorName())
                : caseId.equals(other.caseId);
        return sameCases
                && verdict.equals(other.verdict)
                && backend.equals(other.backend)
                && meet(suite, other.suite)
                && meet(layer, other.layer)
                && (backendOptions.isEmpty()
                        || other.backendOptions.isEmpty()
                        || backendOptions.equals(other.backendOptions));
    }

    /// Empty stands for everything.
    private static boolean meet(String one, String other) {
        return one.isEmpty() || other.isEmpty() || one.equals(other);
    }

    /// A case id begins with its operator.
    private String operatorName() {
        return operator.isEmpty() ? caseId.substring(0, Math.max(0, caseId.indexOf('/'))) : operator;
    }

    /// Whether the row is one that this waiver is about, whatever its verdict.
    boolean isAbout(String rowSuite, String rowOperator, String rowCase, String rowBackend, String rowOptions) {
        return (suite.isEmpty() || suite.equals(rowSuite))
                && (operator.isEmpty() ? caseId.equals(rowCase) : operator.equals(rowOperator))
                && isOn(rowBackend, rowOptions);
    }

    boolean isOn(String rowBackend, String rowOptions) {
        return backend.equals(rowBackend)
                && backendOptions.map(options -> options.equals(rowOptions)).orElse(true);
    }

    /// Why the row is not waived; empty if it is.
    ///
    /// @param row one that the waiver is about, with the verdict that it waives
    List<String> objections(CaseRow row) {
        List<String> objections = new ArrayList<>();
        if (!layer.isEmpty() && !layer.equals(row.layer())) {
            objections.add("it fails in layer '" + row.layer() + "', and '" + layer + "' is waived");
        }
        Double measured = row.worstErrorRatio();
        if (measured == null) {
            worstErrorRatio.ifPresent(
                    cap -> objections.add("its error was not measured, and one of " + cap + " is waived"));
        } else if (row.verdict() == Verdict.FAIL || row.verdict() == Verdict.UNSTABLE || worstErrorRatio.isPresent()) {
            if (worstErrorRatio.isEmpty()) {
                objections.add("its error ratio is " + measured + ", and the waiver states none");
            } else if (!(measured <= worstErrorRatio.get())) {
                objections.add("its error ratio is " + measured + ", and " + worstErrorRatio.get() + " is waived");
            }
        }
        return objections;
    }

    /// What it waives, for people.
    public String subject() {
        return verdict + " of " + (caseId.isEmpty() ? "operator " + operator : caseId)
                + (suite.isEmpty() ? "" : " of " + suite) + " on " + backend
                + backendOptions
                        .map(options -> options.isEmpty() ? " without options" : ":" + options)
                        .orElse("");
    }
}
