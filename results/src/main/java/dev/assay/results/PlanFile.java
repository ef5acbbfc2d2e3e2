package dev.assay.results;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `plan.json`: what a run set out to do. It is the denominator: every case of it, on every backend that it is for,
/// ends as exactly one row.
///
/// @param schema version of this format
/// @param settings how the cases are to be run
/// @param suites names and digests of the suites that were expanded
/// @param backends ids and options
/// @param cases in the order in which they are run
public record PlanFile(
        int schema, JsonNode settings, List<SuiteRef> suites, List<BackendRef> backends, List<PlannedCase> cases) {
    public static final int SCHEMA = 2;

    public PlanFile {
        suites = List.copyOf(suites);
        backends = List.copyOf(backends);
        cases = List.copyOf(cases);
    }

    /// A suite that was expanded.
    ///
    /// @param source where it came from: a resource, a file, a folder of models
    /// @param sha256 over its content
    public record SuiteRef(String name, String source, String sha256) {}

    /// A backend with its options.
    ///
    /// @param options as in rows: `key=value,...`; of a file, only its name
    /// @param files where the files that options name lie on this machine, by key
    public record BackendRef(String id, String options, Map<String, String> files) {
        @JsonCreator
        public BackendRef {
            files = Collections.unmodifiableMap(new TreeMap<>(files));
        }

        public BackendRef(String id, String options) {
            this(id, options, Map.of());
        }

        /// As rows name it: with names of files instead of paths.
        public String label() {
            return options.isEmpty() ? id : id + ":" + options;
        }
    }

    /// A case, to be run on every backend, or on some.
    ///
    /// @param why what the case is there to show
    /// @param estimateMs about how long verifying it takes
    /// @param announced the reason if the plan says beforehand that it will not be run
    /// @param spec everything needed to run it
    /// @param backends labels of the backends that it is for; empty if it is for all of the plan
    public record PlannedCase(
            String suite,
            String caseId,
            String caseHash,
            String operator,
            String dtypes,
            String shapes,
            String attributes,
            String fill,
            long seed,
            String why,
            double estimateMs,
            @JsonSetter(nulls = Nulls.SET) @Nullable String announced,
            JsonNode spec,
            List<String> backends) {

        @JsonCreator
        public PlannedCase {
            backends = List.copyOf(backends);
        }

        /// For every backend of the plan.
        public PlannedCase(
                String suite,
                String caseId,
                String caseHash,
                String operator,
                String dtypes,
                String shapes,
                String attributes,
                String fill,
                long seed,
                String why,
                double estimateMs,
                @Nullable String announced,
                JsonNode spec) {
            this(
                    suite,
                    caseId,
                    caseHash,
                    operator,
                    dtypes,
                    shapes,
                    attributes,
                    fill,
                    seed,
                    why,
                    estimateMs,
                    announced,
                    spec,
                    List.of());
        }

        /// The same case for other backends of the plan.
        ///
        /// @param labels empty for all
        public PlannedCase on(List<String> labels) {
            return new PlannedCase(
                    suite,
                    caseId,
                    caseHash,
                    operator,
                    dtypes,
                    shapes,
                    attributes,
                    fill,
                    seed,
                    why,
                    estimateMs,
                    announced,
                    spec,
                    labels);
        }

        public boolean isFor(BackendRef backend) {
            return backends.isEmpty() || backends.contains(backend.label());
        }

        public RowKey key(BackendRef backend) {
            return new RowKey(suite, caseId, seed, backend.id(), backend.options());
        }
    }

    /// A plan of these of its cases, and of the suites that they come from.
    public PlanFile keeping(List<PlannedCase> some) {
        Set<String> used = some.stream().map(PlannedCase::suite).collect(Collectors.toSet());
        List<SuiteRef> from =
                suites.stream().filter(suite -> used.contains(suite.name())).toList();
        return new PlanFile(schema, settings, from, backends, some);
    }

    /// The keys of all rows that a run of this plan has in the end.
    public List<RowKey> keys() {
        List<RowKey> keys = new ArrayList<>();
        for (PlannedCase planned : cases) {
            for (BackendRef backend : backends) {
                if (planned.isFor(backend)) {
                    keys.add(planned.key(backend));
                }
            }
        }
        return keys;
    }
}
