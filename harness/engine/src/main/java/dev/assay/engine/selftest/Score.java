package dev.assay.engine.selftest;

import dev.assay.results.Fate;
import dev.assay.results.MutantRow;
import dev.assay.results.VariationRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/// How good the judge is, by the rows of an examination.
///
/// @param mutants one row each
/// @param variations rows of right kernels
public record Score(List<MutantRow> mutants, List<VariationRow> variations) {
    /// Mutants that every fault should be met with.
    public static final int LEAST_MUTANTS = 3;

    public Score {
        mutants = List.copyOf(mutants);
        variations = List.copyOf(variations);
    }

    /// A published criterion beside ours.
    ///
    /// @param kills of the mutants that are not equivalent and that it says something about
    /// @param alarms of the right kernels that it says something about
    public record Rival(String name, Proportion kills, Proportion alarms) {}

    private List<MutantRow> where(Predicate<MutantRow> wanted) {
        return mutants.stream().filter(wanted).toList();
    }

    public List<MutantRow> with(Fate fate) {
        return where(row -> row.status() == fate);
    }

    private static boolean counts(MutantRow row) {
        return row.status() == Fate.KILLED || row.status() == Fate.SURVIVED;
    }

    private static Proportion of(Collection<MutantRow> all, Predicate<MutantRow> hit) {
        return new Proportion(all.stream().filter(hit).count(), all.size());
    }

    private static boolean isKilled(MutantRow row) {
        return row.status() == Fate.KILLED;
    }

    /// Of those that are not equivalent.
    public Proportion killed() {
        return of(where(Score::counts), Score::isKilled);
    }

    /// Of all, equivalent ones counted as survivors.
    public Proportion killedOfAll() {
        return of(where(row -> counts(row) || row.status() == Fate.EQUIVALENT), Score::isKilled);
    }

    /// Of those that change some element by more than [Bench#LOUD] units of legal noise.
    public Proportion loudKilled() {
        return of(
                where(row -> counts(row) && row.changeNoise() != null && row.changeNoise() > Bench.LOUD),
                Score::isKilled);
    }

    /// Of all that were judged.
    public Proportion equivalent() {
        return of(where(row -> counts(row) || row.status() == Fate.EQUIVALENT), row -> row.status() == Fate.EQUIVALENT);
    }

    /// Killed by a layer that the fault names, alone or among others, of those that were killed.
    public Proportion byExpectedLayer() {
        return of(with(Fate.KILLED), row -> Boolean.TRUE.equals(row.expectedLayersObjected()));
    }

    /// Diagnoses that are `yes`, `no` or `unknown`, of the killed whose fault says what is right.
    public Proportion diagnosed(String how) {
        return of(
                where(row -> isKilled(row) && !row.diagnosed().isEmpty()),
                row -> row.diagnosed().equals(how));
    }

    /// Killed mutants by the layer that objected first.
    public Map<String, Integer> firstLayers() {
        Map<String, Integer> layers = new TreeMap<>();
        with(Fate.KILLED).forEach(row -> layers.merge(row.layer(), 1, Integer::sum));
        return layers;
    }

    /// Faults that survive somewhere: killed of those that are not equivalent.
    public Map<String, Proportion> survivingFaults() {
        Map<String, Proportion> all = new TreeMap<>();
        where(Score::counts)
                .forEach(row -> all.merge(row.fault(), new Proportion(isKilled(row) ? 1 : 0, 1), Score::sum));
        all.values().removeIf(one -> one.hits() == one.of());
        return all;
    }

    /// Faults of these with fewer than [#LEAST_MUTANTS] mutants that can count.
    public Set<String> rarelyMet(Set<String> faults) {
        return metLessThan(LEAST_MUTANTS, faults);
    }

    private Set<String> metLessThan(int least, Set<String> faults) {
        Map<String, Integer> met = new TreeMap<>();
        where(Score::counts).forEach(row -> met.merge(row.fault(), 1, Integer::sum));
        Set<String> rare = new TreeSet<>(faults);
        rare.removeIf(fault -> met.getOrDefault(fault, 0) >= least);
        return rare;
    }

    /// Faults that were met by a mutant that counts, and were found nowhere, or nowhere by a layer that they name.
    public Set<String> neverFound() {
        Set<String> faults = new TreeSet<>();
        where(Score::counts).forEach(row -> faults.add(row.fault()));
        where(row -> isKilled(row) && Boolean.TRUE.equals(row.expectedLayersObjected()))
                .forEach(row -> faults.remove(row.fault()));
        return faults;
    }

    public long tensors() {
        return variations.stream().mapToLong(VariationRow::tensors).sum();
    }

    /// Right kernels that were judged, each with each seed.
    public long rightKernels() {
        return variations.stream().mapToLong(VariationRow::seeds).sum();
    }

    public long alarms() {
        return variations.stream().mapToLong(VariationRow::alarms).sum();
    }

    /// Kernels and mutants that threw, or made the judge throw.
    public long errors() {
        return with(Fate.ERROR).size()
                + variations.stream().mapToLong(VariationRow::errors).sum();
    }

    /// Alarms of the tensors of right kernels.
    public Proportion falseAlarms() {
        return new Proportion(Math.min(alarms(), tensors()), tensors());
    }

    /// The published criteria, by name.
    public List<Rival> rivals() {
        Map<String, Proportion> kills = new TreeMap<>();
        for (MutantRow row : where(Score::counts)) {
            for (String word :
                    row.criteria().isEmpty() ? new String[0] : row.criteria().split(" ", -1)) {
                int equals = word.indexOf('=');
                Proportion one = new Proportion(word.endsWith("=yes") ? 1 : 0, 1);
                kills.merge(word.substring(0, equals), one, Score::sum);
            }
        }
        Map<String, Proportion> alarms = new TreeMap<>();
        for (VariationRow row : variations) {
            VariationRows.counts(row.criteria()).forEach((name, count) -> alarms.merge(name, count, Score::sum));
        }
        Set<String> names = new TreeSet<>(kills.keySet());
        names.addAll(alarms.keySet());
        Proportion nothing = new Proportion(0, 0);
        return names.stream()
                .map(name -> new Rival(name, kills.getOrDefault(name, nothing), alarms.getOrDefault(name, nothing)))
                .toList();
    }

    private static Proportion sum(Proportion a, Proportion b) {
        return new Proportion(a.hits() + b.hits(), a.of() + b.of());
    }

    /// What has to be reached.
    ///
    /// @param faults all that were to be planted
    public List<Goal> goals(Settings settings, Set<String> faults) {
        List<Goal> goals = new ArrayList<>();
        boolean strict = settings.level() != Settings.Level.QUICK;
        if (!settings.variationsOnly() && !faults.isEmpty()) {
            goals.add(new Goal("mutants found that change much", loudKilled(), Goal.LOUD_KILLED, true, strict));
            goals.add(new Goal("mutants found", killed(), Goal.KILLED, true, strict));
            if (strict) {
                goals.add(new Goal("equivalent mutants", equivalent(), Goal.EQUIVALENT, false, true));
                goals.add(new Goal("causes named rightly", diagnosed("yes"), Goal.DIAGNOSED, true, true));
                goals.add(new Goal("causes named wrongly", diagnosed("no"), Goal.MISDIAGNOSED, false, true));
            }
            if (settings.cases().isEmpty() && settings.backends().isEmpty()) {
                // So few are planted that an equivalent one leaves less than three.
                int least = strict ? LEAST_MUTANTS : 1;
                Proportion rare = new Proportion(metLessThan(least, faults).size(), faults.size());
                String what = strict ? "faults met less than 3 times" : "faults never met";
                goals.add(new Goal(what, rare, 0, false, true));
                Proportion missed = new Proportion(neverFound().size(), faults.size());
                goals.add(new Goal("faults never found by a layer that they name", missed, 0, false, true));
            }
        }
        if (settings.faults().isEmpty()) {
            goals.add(new Goal("false alarms", falseAlarms(), 0, false, true));
        }
        Proportion threw = new Proportion(errors(), mutants.size() + rightKernels());
        goals.add(new Goal("kernels that threw", threw, 0, false, true));
        return goals;
    }
}
