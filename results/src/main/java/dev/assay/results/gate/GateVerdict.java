package dev.assay.results.gate;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.assay.results.Json;
import dev.assay.results.RowKey;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a gate says of a run: `verdict.json`.
///
/// @param schema version of this format
/// @param runId name of the run
/// @param verdict `passed` or `failed`
/// @param exitCode of the process
/// @param today the date on which waivers were looked at
/// @param policySha256 over the policy in effect
/// @param waiversSha256 over the file of waivers; empty without one
/// @param against what the run was compared with; empty if with nothing
/// @param counts what was looked at
/// @param reasons why the gate is closed, the weightiest first
/// @param waived rows that would have closed it
/// @param notes what does not close it and is worth knowing
public record GateVerdict(
        int schema,
        String runId,
        String verdict,
        int exitCode,
        String today,
        String policySha256,
        String waiversSha256,
        String against,
        Counts counts,
        List<Reason> reasons,
        List<Waived> waived,
        List<String> notes) {
    public static final int SCHEMA = 1;
    public static final String PASSED = "passed";
    public static final String FAILED = "failed";

    /// By weight; what stands first decides.
    static final List<Integer> PRECEDENCE = List.of(8, 3, 7, 4, 6, 5);

    public GateVerdict {
        reasons = List.copyOf(reasons);
        waived = List.copyOf(waived);
        notes = List.copyOf(notes);
    }

    /// A row that a waiver covers.
    ///
    /// @param waiver its id
    public record Waived(String waiver, String verdict, String owner, String expires, RowKey row) {}

    /// Rows, each in one of `passed` to `closing`.
    ///
    /// @param planned by the run
    /// @param inScope of the planned: those that the policy is about
    /// @param judged of those in scope: neither refused nor not run
    /// @param passed of the judged
    /// @param waived of those in scope
    /// @param refused of those in scope: refused, as the policy allows
    /// @param announced of those in scope: not run, as the plan announced and the policy allows
    /// @param closing of those in scope: rows that close the gate
    /// @param outside of the planned: those that the policy is not about
    /// @param verdicts all rows of the run by verdict, as they stand in `cases.csv`
    /// @param changes rows of the comparison by change
    public record Counts(
            long planned,
            long inScope,
            long judged,
            long passed,
            long waived,
            long refused,
            long announced,
            long closing,
            long outside,
            Map<String, Integer> verdicts,
            Map<String, Integer> changes) {
        public Counts {
            verdicts = new TreeMap<>(verdicts);
            changes = new TreeMap<>(changes);
        }
    }

    /// Of a folder that is not what its run wrote: nothing in it is looked at.
    public static GateVerdict unsound(String runId, LocalDate today, String what) {
        return new GateVerdict(
                SCHEMA,
                runId,
                FAILED,
                Reason.Kind.UNVERIFIED.code(),
                today.toString(),
                "",
                "",
                "",
                new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, Map.of(), Map.of()),
                List.of(Reason.of(Reason.Kind.UNVERIFIED, what)),
                List.of(),
                List.of());
    }

    static int exitCode(List<Reason> reasons) {
        return reasons.stream()
                .map(Reason::code)
                .min(Comparator.comparingInt(PRECEDENCE::indexOf))
                .orElse(0);
    }

    @JsonIgnore
    public boolean isPassed() {
        return exitCode == 0;
    }

    /// `verdict.json`.
    public String text() {
        return Json.pretty(this);
    }
}
