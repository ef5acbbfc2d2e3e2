package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.run.Backends;
import dev.assay.engine.run.PairedRun;
import dev.assay.engine.run.PluginJar;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What `--against` names: the base that a candidate is timed in alternation with.
final class Opponent {
    private static final String OPTION = "--against ";

    private Opponent() {}

    /// Plans of both.
    record Plans(PlanFile base, PlanFile candidate) {}

    /// Both plans, which share an order of their own.
    ///
    /// @param plan of the candidate
    /// @param base another backend with its options; a jar of another version of the candidate's plugin; or a file
    ///     that takes the place of the one in the candidate's options
    static Plans plans(PlanFile plan, String base) {
        if (plan.backends().size() != 1) {
            throw new HarnessException(
                    plan.backends().size() + " candidates",
                    OPTION + base,
                    "name one with --backend; each of several has a comparison of its own");
        }
        RunSettings settings = RunSettings.of(plan);
        if (settings.mode() == RunSettings.Mode.VERIFY_ONLY) {
            throw new HarnessException(
                    "nothing would be timed", OPTION + base + " --verify-only", "leave one of the two away");
        }
        RunSettings ordered = settings.withTiming(settings.timing().withOrderSeed(Execution.freshOrder()));
        PlanFile candidate =
                new PlanFile(plan.schema(), ordered.toJson(), plan.suites(), plan.backends(), plan.cases());
        BackendRef backend = plan.backends().getFirst();
        if (base.endsWith(".jar")) {
            Path jar = Path.of(base).toAbsolutePath().normalize();
            PluginJar.check(backend.id(), jar);
            return new Plans(PairedRun.against(candidate, backend, jar.toString()), candidate);
        }
        BackendRef other = Files.isRegularFile(Path.of(base))
                ? withFile(backend, base)
                : new Backends().parse(base, OPTION + base);
        return new Plans(PairedRun.against(candidate, other, ""), candidate);
    }

    /// The candidate with another file.
    private static BackendRef withFile(BackendRef candidate, String file) {
        List<String> options = new ArrayList<>();
        int files = 0;
        Map<String, String> values = Backends.options(candidate).values();
        for (Map.Entry<String, String> option : values.entrySet()) {
            boolean isFile = candidate
                            .options()
                            .contains(option.getKey() + "="
                                    + Path.of(option.getValue()).getFileName())
                    && candidate.files().containsKey(option.getKey());
            files += isFile ? 1 : 0;
            options.add(option.getKey() + "=" + (isFile ? file : option.getValue()));
        }
        if (files != 1) {
            throw new HarnessException(
                    "'" + file + "' can take the place of one file, and the backend '" + candidate.label() + "' has "
                            + files,
                    OPTION + file,
                    "write the base as a backend with its options, or give a .jar of the candidate's plugin");
        }
        return new Backends().parse(candidate.id() + ":" + String.join(",", options), OPTION + file);
    }
}
