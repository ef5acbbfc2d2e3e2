package dev.assay.results.gate;

import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.gate.Policy.RequiredSuite;
import dev.assay.results.gate.Reason.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Whether enough was run, and what was asked for.
record Extent(Policy policy, Manifest manifest, PlanFile plan) {

    /// @param met scopes of what must pass that some row is in
    List<Reason> problems(Set<Scope> met, long judged, long planned) {
        List<Reason> problems = new ArrayList<>();
        for (Scope scope : new LinkedHashSet<>(policy.mustPass())) {
            if (!met.contains(scope)) {
                problems.add(Reason.of(Kind.TOO_FEW, "no row matches what must pass: " + scope));
            }
        }
        if (judged < policy.minCases()) {
            problems.add(Reason.of(
                    Kind.TOO_FEW,
                    judged + " rows were judged, of " + planned + " planned, and at least " + policy.minCases()
                            + " must be"));
        }
        policy.requiredSuites().forEach(required -> problems.addAll(problems(required)));
        return problems;
    }

    private List<Reason> problems(RequiredSuite required) {
        Optional<SuiteRef> found = plan.suites().stream()
                .filter(suite -> suite.name().equals(required.name()))
                .findFirst();
        if (found.isEmpty()) {
            return List.of(Reason.of(Kind.SUITE, "the required suite '" + required.name() + "' was not run"));
        }
        List<Reason> problems = new ArrayList<>();
        differ(problems, required, "sha256", required.sha256(), found.get().sha256());
        differ(problems, required, "version of Assay", required.version(), manifest.version());
        return problems;
    }

    private static void differ(
            List<Reason> problems, RequiredSuite required, String what, String wanted, String found) {
        if (!wanted.isEmpty() && !wanted.equals(found)) {
            problems.add(Reason.of(
                    Kind.SUITE,
                    "suite '" + required.name() + "' was run with " + what + " " + found + ", and " + wanted
                            + " is required"));
        }
    }
}
