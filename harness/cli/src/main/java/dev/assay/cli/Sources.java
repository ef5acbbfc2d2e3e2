package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.model.Request;
import dev.assay.engine.onnx.OnnxFolder;
import dev.assay.engine.plan.Planner;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.results.PlanFile.PlannedCase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/// Where cases come from: suites, models, files, and folders of node tests.
final class Sources {
    private Sources() {}

    /// Without any name or folder, all suites and models that come with Assay. Throws [HarnessException] for anything
    /// unknown, and for two of one name.
    static List<Planner.Source> of(List<String> suites, List<Path> onnx, Request request, OptionalLong seed) {
        List<String> names = suites.isEmpty() && onnx.isEmpty() ? SuiteNames.all() : suites;
        List<Planner.Source> sources = new ArrayList<>();
        names.forEach(name -> sources.add(Planner.source(SuiteNames.load(name, request, seed))));
        onnx.forEach(folder -> sources.add(new OnnxFolder(folder)));
        Set<String> seen = new HashSet<>();
        for (Planner.Source source : sources) {
            if (!seen.add(source.reference().name())) {
                throw new HarnessException(
                        "two suites are called '" + source.reference().name() + "', and rows go by that name",
                        source.reference().source(),
                        "give each suite once, or run them one after the other");
            }
        }
        return sources;
    }

    /// All their cases, those of any size included.
    static List<PlannedCase> cases(List<String> suites, List<Path> onnx, OptionalLong seed) {
        RunSettings settings = new RunSettings(Mode.RELEASE, true, 1, 1, 1);
        return new Planner(settings)
                .plan(of(suites, onnx, Request.STANDARD, seed), List.of())
                .cases();
    }
}
