package dev.assay.results;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// `manifest.json`: which run this is and what it stands on.
///
/// @param schema version of this format
/// @param columns version of the CSV columns
/// @param runId name of the folder
/// @param version of Assay
/// @param commit of Assay's source, or `unknown`
/// @param cleanTree whether the source was exactly that commit; empty if unknown
/// @param ruleConstants version and digest of the judge's constants
/// @param planSha256 over `plan.json`
/// @param arguments the command line
/// @param seed given on the command line, if any
/// @param session shared by the runs whose rounds of timing were interleaved; empty for a run that stands alone
/// @param arm which of them this is, `base` or `cand`; empty for a run that stands alone
/// @param startedAt UTC, ISO 8601
/// @param endedAt the same; empty while it goes on
/// @param complete whether every planned case was run or announced as not run
/// @param counts rows by verdict
/// @param exitCode of the run
public record Manifest(
        int schema,
        int columns,
        String runId,
        String version,
        String commit,
        @Nullable Boolean cleanTree,
        String ruleConstants,
        String planSha256,
        List<String> arguments,
        @Nullable Long seed,
        String session,
        String arm,
        String startedAt,
        String endedAt,
        boolean complete,
        Map<String, Integer> counts,
        int exitCode) {
    public static final int SCHEMA = 1;

    /// Increased by one whenever a column of a table is added, renamed or changes meaning.
    public static final int COLUMNS = 1;

    public Manifest {
        arguments = List.copyOf(arguments);
        counts = new TreeMap<>(counts);
    }

    /// The same run when it is over.
    public Manifest ended(String at, boolean everything, Map<String, Integer> verdicts, int code) {
        return new Manifest(
                schema,
                columns,
                runId,
                version,
                commit,
                cleanTree,
                ruleConstants,
                planSha256,
                arguments,
                seed,
                session,
                arm,
                startedAt,
                at,
                everything,
                verdicts,
                code);
    }
}
