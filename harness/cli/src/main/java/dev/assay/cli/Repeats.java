package dev.assay.cli;

import dev.assay.engine.model.Models;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.Suites;
import dev.assay.engine.run.Backends;
import dev.assay.results.CaseRow;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Command lines that run cases of a plan again.
final class Repeats {
    private final PlanFile plan;
    private final boolean ownSeed;

    /// @param ownSeed whether the command line set the seed
    Repeats(PlanFile plan, boolean ownSeed) {
        this.plan = plan;
        this.ownSeed = ownSeed;
    }

    /// The backend of a row, with where its files lie.
    BackendRef backend(CaseRow row) {
        return plan.backends().stream()
                .filter(backend ->
                        backend.id().equals(row.backend()) && backend.options().equals(row.backendOptions()))
                .findFirst()
                .orElseGet(() -> new BackendRef(row.backend(), row.backendOptions()));
    }

    /// The command line that runs one case again.
    String command(CaseRow row) {
        String source = plan.suites().stream()
                .filter(suite -> suite.name().equals(row.suite()))
                .map(PlanFile.SuiteRef::source)
                .findFirst()
                .orElse(row.suite());
        List<String> words = new ArrayList<>(List.of(System.getProperty(Assay.COMMAND, "assay"), "run"));
        if (row.fill().startsWith("onnx-")) {
            words.add("--onnx");
            words.add(source);
        } else if (source.startsWith(Models.RESOURCES)) {
            words.add(row.suite());
            // What was asked of the model stands behind its file.
            words.addAll(List.of(source.split(" ")).subList(1, source.split(" ").length));
            if (RunSettings.of(plan).mode() == RunSettings.Mode.RELEASE) {
                words.add("--release");
            }
        } else {
            words.add(source.startsWith(Suites.RESOURCES) ? row.suite() : source);
        }
        if (ownSeed) {
            words.add("--seed");
            words.add(Long.toString(row.seed()));
        }
        words.add("--backend");
        words.add(Backends.argument(backend(row)));
        words.add("--case");
        words.add(row.caseId());
        return words.stream().map(Repeats::quoted).collect(Collectors.joining(" "));
    }

    /// As a shell takes it for one word.
    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:=,+@-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
