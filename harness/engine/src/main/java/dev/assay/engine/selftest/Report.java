package dev.assay.engine.selftest;

import dev.assay.results.Fate;
import dev.assay.results.MutantRow;
import dev.assay.results.SelftestFolder;
import dev.assay.results.VariationRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What an examination of the judge says, for people. It holds no times, so that it can be compared.
public final class Report {
    private static final int MOST_SHOWN = 20;

    private final Settings settings;
    private final Grid grid;
    private final Selftest.Outcome outcome;
    private final Score score;
    private final String command;
    private final List<String> lines = new ArrayList<>();

    /// @param command how the program is called
    public Report(Settings settings, Grid grid, Selftest.Outcome outcome, String command) {
        this.settings = settings;
        this.grid = grid;
        this.outcome = outcome;
        this.score = new Score(outcome.mutants(), outcome.variations());
        this.command = command;
    }

    public List<Goal> goals() {
        return score.goals(settings, outcome.faults());
    }

    /// All of it, every line ended.
    public String text() {
        lines.clear();
        line("rule constants %s, %s", settings.ruleConstants(), seeds());
        if (!outcome.mutants().isEmpty()) {
            mutants();
        }
        rightKernels();
        rivals();
        bad();
        line("");
        goals().forEach(goal -> line("goal %s", goal));
        return String.join("\n", lines) + "\n";
    }

    @SuppressWarnings("AnnotateFormatMethod") // that annotation would be a dependency of its own
    private void line(String format, Object... values) {
        lines.add(String.format(Locale.ROOT, format, values));
    }

    private String seeds() {
        long last = settings.seed() + settings.seeds() - 1;
        if (settings.variationsOnly()) {
            last = outcome.variations().stream()
                    .mapToLong(row -> settings.seed() + row.seeds() - 1)
                    .max()
                    .orElse(settings.seed());
        }
        return last == settings.seed() ? "seed " + last : "seeds " + settings.seed() + " to " + last;
    }

    private void mutants() {
        line(
                "mutants: %d judged; %d killed, %d survived, %d equivalent, %d unsupported, %d error",
                outcome.mutants().size(),
                score.with(Fate.KILLED).size(),
                score.with(Fate.SURVIVED).size(),
                score.with(Fate.EQUIVALENT).size(),
                score.with(Fate.UNSUPPORTED).size(),
                score.with(Fate.ERROR).size());
        line("  killed of those that are not equivalent    %s", score.killed());
        line("  killed of all, equivalent ones included    %s", score.killedOfAll());
        line("  killed of those that change an element by  %s", score.loudKilled());
        line("    more than %.0f units of legal noise", Bench.LOUD);
        line("  equivalent of all                          %s", score.equivalent());
        line("  killed by a layer that the fault names     %s", score.byExpectedLayer());
        line("  cause named rightly                        %s", score.diagnosed("yes"));
        line("  cause named wrongly                        %s", score.diagnosed("no"));
        line("  no cause named                             %s", score.diagnosed("unknown"));
        line("  layer that objected first: %s", score.firstLayers());
        score.survivingFaults()
                .forEach((fault, found) ->
                        line("  survives somewhere: %s, killed %d of %d", fault, found.hits(), found.of()));
        Set<String> rare = score.rarelyMet(outcome.faults());
        if (!rare.isEmpty()) {
            line("  faults met less than %d times: %s", Score.LEAST_MUTANTS, rare);
        }
        Set<String> missed = score.neverFound();
        if (!missed.isEmpty()) {
            line("  never found by a layer that they name: %s", missed);
        }
    }

    private void rightKernels() {
        line(
                "right kernels: %d judged, %d tensors, %d false alarms; at most %.3g %% of tensors, with 95 %%"
                        + " confidence",
                score.rightKernels(),
                score.tensors(),
                score.alarms(),
                100 * score.falseAlarms().atMost());
        if (outcome.missing() > 0) {
            line(
                    "not reached within the time: %d of %d %s",
                    outcome.missing(), outcome.planned(), settings.variationsOnly() ? "tensors" : "rows");
        }
    }

    private void rivals() {
        List<Score.Rival> rivals = score.rivals();
        if (rivals.isEmpty()) {
            return;
        }
        line("");
        line("%-28s  %-16s  %s", "criterion", "mutants found", "right kernels accused");
        Proportion alarms = new Proportion(Math.min(score.alarms(), score.rightKernels()), score.rightKernels());
        rival("this judge", score.killed(), alarms);
        rivals.forEach(rival -> rival(rival.name(), rival.kills(), rival.alarms()));
    }

    private void rival(String name, Proportion kills, Proportion alarms) {
        line("%-28s  %-16s  %s", name, brief(kills), brief(alarms));
    }

    private static String brief(Proportion one) {
        return one.of() == 0 ? "-" : String.format(Locale.ROOT, "%.1f %% of %d", 100 * one.rate(), one.of());
    }

    private void bad() {
        List<MutantRow> survivors = sorted(Fate.SURVIVED);
        survivors.stream().limit(MOST_SHOWN).forEach(row -> {
            line("");
            line("survived: %s (%s) on %s %s", row.fault(), row.expectedLayers(), row.chip(), row.caseId());
            change(row);
            line("  %s", repeat(row.backend(), row.backendOptions(), row.caseId(), row.seed(), row.fault()));
        });
        more(survivors.size(), SelftestFolder.MUTANTS);
        List<MutantRow> errors = sorted(Fate.ERROR);
        errors.stream().limit(MOST_SHOWN).forEach(row -> {
            line("");
            line("error: %s on %s %s", row.fault(), row.chip(), row.caseId());
            line("  %s", row.reason());
            line("  %s", repeat(row.backend(), row.backendOptions(), row.caseId(), row.seed(), row.fault()));
        });
        more(errors.size(), SelftestFolder.MUTANTS);
        List<VariationRow> alarms = outcome.variations().stream()
                .filter(row -> row.alarms() + row.errors() > 0)
                .sorted(Comparator.comparing(VariationRow::backendOptions).thenComparing(VariationRow::caseId))
                .toList();
        alarms.stream().limit(MOST_SHOWN).forEach(row -> {
            line("");
            line(
                    "%s (%s): %s on %s %s",
                    row.alarms() > 0 ? "false alarm" : "error",
                    row.layer(),
                    row.variation().isEmpty() ? "plain device" : row.variation(),
                    row.chip().isEmpty() ? row.backend() : row.chip(),
                    row.caseId());
            line("  %s", row.reason());
            long seed = row.alarmSeed() == null ? row.seed() : row.alarmSeed();
            line("  %s", repeat(row.backend(), row.backendOptions(), row.caseId(), seed, ""));
        });
        more(alarms.size(), SelftestFolder.VARIATIONS);
        equivalents();
    }

    private void change(MutantRow row) {
        Double ulps = row.changeUlp();
        Double noise = row.changeNoise();
        if (ulps != null && noise != null) {
            line(
                    "  changed: %d of %d elements, by at most %.3g ulps; %.3g units of legal noise over all runs",
                    row.changed() == null ? 0 : row.changed(),
                    row.elements() == null ? 0 : row.elements(),
                    ulps,
                    noise);
        }
    }

    private void equivalents() {
        List<MutantRow> equivalents = sorted(Fate.EQUIVALENT);
        if (!equivalents.isEmpty()) {
            line("");
        }
        equivalents.stream()
                .limit(MOST_SHOWN)
                .forEach(row ->
                        line("equivalent: %s on %s %s: %s", row.fault(), row.chip(), row.caseId(), row.reason()));
        more(equivalents.size(), SelftestFolder.MUTANTS);
    }

    private List<MutantRow> sorted(Fate fate) {
        return score.with(fate).stream()
                .sorted(Comparator.comparing(MutantRow::fault)
                        .thenComparing(MutantRow::chip)
                        .thenComparing(MutantRow::caseId)
                        .thenComparingLong(MutantRow::seed))
                .toList();
    }

    private void more(int count, String file) {
        if (count > MOST_SHOWN) {
            line("... and %d more in %s", count - MOST_SHOWN, file);
        }
    }

    /// The command line that judges one kernel on one case again.
    private String repeat(String backend, String options, String caseId, long seed, String fault) {
        List<String> device = new ArrayList<>();
        String variation = "";
        for (String pair : options.isEmpty() ? new String[0] : options.split(",", -1)) {
            if (pair.startsWith("variation=")) {
                variation = pair.substring("variation=".length());
            } else if (!pair.startsWith("fault=")) {
                device.add(pair);
            }
        }
        StringBuilder words = new StringBuilder(command).append(" selftest");
        if (!grid.source().equals(Grid.STANDARD)) {
            words.append(" --grid ").append(grid.source());
        }
        words.append(" --backend ").append(backend);
        words.append(device.isEmpty() ? "" : ":" + String.join(",", device));
        words.append(fault.isEmpty() ? "" : " --fault " + fault);
        words.append(variation.isEmpty() ? "" : " --variation " + variation);
        return words.append(" --case ")
                .append(caseId)
                .append(" --seed ")
                .append(seed)
                .toString();
    }
}
