package dev.assay.cli;

import dev.assay.engine.training.ParityFinding;
import dev.assay.engine.training.ParityStep;
import dev.assay.engine.training.Spread;
import dev.assay.engine.training.TrainingPlan;
import dev.assay.results.CsvTable;
import dev.assay.results.Json;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.RunFolder;
import dev.assay.results.TrainingRow;
import dev.assay.results.plot.CurvePlot;
import dev.assay.results.plot.CurvePlot.Mark;
import dev.assay.results.plot.CurvePlot.Panel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/// The folder of a training.
///
/// ```
/// training.json  steps.csv  curves.svg
/// ```
final class TrainingFolder {
    private static final CsvTable<TrainingRow> TABLE = new CsvTable<>(TrainingRow.class);

    /// More would hide each other.
    private static final int MOST_MARKS = 3;

    private final Path path;
    private final BackendRef backend;
    private final TrainingPlan plan;

    private TrainingFolder(Path path, BackendRef backend, TrainingPlan plan) {
        this.path = path;
        this.backend = backend;
        this.plan = plan;
    }

    /// A new folder below `parent`.
    static TrainingFolder create(Path parent, BackendRef backend, TrainingPlan plan) throws IOException {
        return new TrainingFolder(RunFolder.create(parent).path(), backend, plan);
    }

    Path path() {
        return path;
    }

    /// Takes an empty folder away.
    void remove() throws IOException {
        Files.delete(path);
    }

    /// Writes what is known so far; each file is whole at any time.
    ///
    /// @param verdict `right`, `WRONG`, `NOT TRAINED`; `going on` before it is known
    void write(List<ParityStep> steps, List<ParityFinding> findings, long judged, String verdict) throws IOException {
        Build build = Build.current();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("schema", 2);
        facts.put("assay", build.version());
        facts.put("commit", build.commit());
        facts.put("backend", backend.id());
        facts.put("backend_options", backend.options());
        facts.put("model", plan.model());
        facts.put("dtype", plan.dtype().label());
        facts.put("plan", plan);
        facts.put("steps_done", steps.size());
        facts.put("calls_judged", judged);
        facts.put("verdict", verdict);
        facts.put(
                "findings",
                findings.stream()
                        .map(finding -> {
                            Map<String, Object> one = new LinkedHashMap<>();
                            one.put("kind", finding.kind().word());
                            one.put("step", finding.step());
                            one.put("part", finding.part());
                            one.put("operator", finding.operator());
                            one.put("what", finding.what());
                            return one;
                        })
                        .toList());
        replace("training.json", Json.pretty(facts));
        replace("steps.csv", TABLE.format(steps.stream().map(this::row).toList()));
        replace("curves.svg", picture(steps, findings));
    }

    private void replace(String name, String content) throws IOException {
        Path fresh = Files.writeString(path.resolve(name + ".new"), content);
        Files.move(fresh, path.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private TrainingRow row(ParityStep step) {
        return new TrainingRow(
                plan.model(),
                plan.dtype().label(),
                plan.seed(),
                backend.id(),
                backend.options(),
                step.step(),
                step.loss(),
                step.lossF64(),
                least(step.lossTwins()),
                most(step.lossTwins()),
                step.norm(),
                step.normF64(),
                least(step.normTwins()),
                most(step.normTwins()),
                step.distance(),
                least(step.twinDistances()),
                most(step.twinDistances()),
                step.worst(),
                step.parameter());
    }

    private static double least(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
    }

    private static double most(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    }

    /// Loss, norm of the gradients, and distance of the parameters.
    static List<Panel> panels(List<ParityStep> steps) {
        return List.of(
                panel("loss, nats per character", steps, ParityStep::loss, ParityStep::lossF64, ParityStep::lossTwins),
                panel("norm of the gradients", steps, ParityStep::norm, ParityStep::normF64, ParityStep::normTwins),
                new Panel(
                        "distance of the parameters to those in f64",
                        steps.stream().map(ParityStep::step).toList(),
                        steps.stream().map(ParityStep::distance).toList(),
                        "limit",
                        steps.stream().map(step -> Spread.LIMIT * step.reach()).toList(),
                        steps.stream().map(step -> least(step.twinDistances())).toList(),
                        steps.stream().map(step -> most(step.twinDistances())).toList()));
    }

    private static Panel panel(
            String title,
            List<ParityStep> steps,
            Function<ParityStep, Double> device,
            Function<ParityStep, Double> f64,
            Function<ParityStep, List<Double>> twins) {
        return new Panel(
                title,
                steps.stream().map(ParityStep::step).toList(),
                steps.stream().map(device).toList(),
                "f64",
                steps.stream().map(f64).toList(),
                steps.stream().map(step -> least(twins.apply(step))).toList(),
                steps.stream().map(step -> most(twins.apply(step))).toList());
    }

    private String picture(List<ParityStep> steps, List<ParityFinding> findings) {
        String title = "Training on " + backend.label() + " in " + plan.dtype().label();
        String said = findings.isEmpty()
                ? steps.size() + " steps, nothing found."
                : String.join(" ", findings.stream().map(ParityFinding::line).toList());
        SortedMap<Integer, String> words = new TreeMap<>();
        findings.stream()
                .filter(finding -> finding.step() <= steps.size())
                .forEach(finding -> words.merge(
                        finding.step(),
                        finding.kind().word(),
                        (all, one) -> all.contains(one) ? all : all + ", " + one));
        List<Mark> marks = words.entrySet().stream()
                .limit(MOST_MARKS)
                .map(entry -> new Mark(entry.getKey(), entry.getValue()))
                .toList();
        return CurvePlot.svg(title, said, panels(steps), marks);
    }
}
