package dev.assay.engine.selftest;

import dev.assay.backend.Backend;
import dev.assay.backend.Deviations;
import dev.assay.backend.Deviations.Kind;
import dev.assay.backend.Support;
import dev.assay.engine.diagnosis.Cause;
import dev.assay.engine.diagnosis.Diagnosis;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.judge.Subject;
import dev.assay.engine.plan.CaseId;
import dev.assay.engine.selftest.Notes.Run;
import dev.assay.engine.selftest.Program.Unit;
import dev.assay.results.Fate;
import dev.assay.results.MutantRow;
import dev.assay.results.VariationRow;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Works through one unit: the plain device, its variations and its mutants on the same inputs.
final class Bench {
    /// A change of this many units of legal noise is one that a judge has to see.
    static final double LOUD = 8;

    private final Grid grid;
    private final Criteria criteria;
    private final Unit unit;
    private final Sink<VariationRow> variationRows;
    private final Sink<MutantRow> mutantRows;
    private final Noise noise = new Noise();
    private final Map<String, Judged> rightOnes = new HashMap<>();

    /// Takes a row as soon as it is made.
    interface Sink<R> {
        void add(R row) throws IOException;
    }

    Bench(Grid grid, Criteria criteria, Unit unit, Sink<VariationRow> variationRows, Sink<MutantRow> mutantRows) {
        this.grid = grid;
        this.criteria = criteria;
        this.unit = unit;
        this.variationRows = variationRows;
        this.mutantRows = mutantRows;
    }

    /// What the judge said of a kernel, and what the kernel did.
    ///
    /// @param judgement empty if it refused the call or something threw
    /// @param refusal why it refused the call, or empty text
    /// @param error what was thrown, or empty text
    private record Judged(
            Optional<Judgement> judgement, String refusal, String error, Notes notes, Map<String, Boolean> objections) {
        boolean accused() {
            return judgement
                    .filter(found -> found.verdict() != Verdict.PASS && found.verdict() != Verdict.VACUOUS)
                    .isPresent();
        }

        String layer() {
            return accused() ? judgement.map(Judgement::layer).orElse("") : "";
        }

        String reason() {
            return judgement.map(Judgement::reason).orElse(refusal + error);
        }
    }

    void run() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            Subject subject = Examination.subject(unit.cell().one(), unit.seed(), arena);
            if (unit.wantsPlain()) {
                variationRows.add(variation(unit.plain(), right(unit.plain(), subject, arena)));
            }
            for (Specimen specimen : unit.variations()) {
                variationRows.add(variation(specimen, right(specimen, subject, arena)));
            }
            for (Specimen specimen : unit.mutants()) {
                try (Arena own = Arena.ofShared()) {
                    mutantRows.add(mutant(specimen, judged(specimen, subject, Optional.of(own)), subject, arena));
                }
            }
        }
    }

    /// A right kernel is judged once, whether for its own row or to compare a mutant with.
    private Judged right(Specimen specimen, Subject subject, Arena arena) {
        String name = specimen.toString();
        Judged known = rightOnes.get(name);
        if (known == null) {
            boolean compared = specimen.deviation().isEmpty() && !unit.mutants().isEmpty();
            known = judged(specimen, subject, compared ? Optional.of(arena) : Optional.empty());
            rightOnes.put(name, known);
        }
        return known;
    }

    /// Whatever is thrown becomes part of the row: one broken kernel must not end the examination.
    private Judged judged(Specimen specimen, Subject subject, Optional<Arena> kept) {
        Map<String, Boolean> objections = new TreeMap<>();
        Notes notes = new Notes();
        try (Backend backend = specimen.open()) {
            Support support = backend.supports(subject.call());
            if (support instanceof Support.No(String reason)) {
                return new Judged(Optional.empty(), reason, "", notes, objections);
            }
            Judgement judgement = Examination.judge(
                    new Recording(backend, notes, kept),
                    subject,
                    (trial, ignored) -> objections.putAll(criteria.objections(trial)));
            return new Judged(Optional.of(judgement), "", "", notes, objections);
        } catch (RuntimeException | Error e) {
            return new Judged(Optional.empty(), "", told(e), notes, objections);
        }
    }

    private static String told(Throwable thrown) {
        StackTraceElement[] trace = thrown.getStackTrace();
        return thrown + (trace.length > 0 ? " at " + trace[0] : "");
    }

    private VariationRow variation(Specimen specimen, Judged judged) {
        CaseId id = unit.cell().one().id();
        boolean bad = judged.accused() || !judged.error().isEmpty();
        return new VariationRow(
                grid.name(),
                id.toString(),
                id.operator(),
                id.dtypes(),
                id.shapes(),
                id.attributes(),
                id.fill(),
                unit.seed(),
                1,
                specimen.provider().id(),
                specimen.options().toString(),
                specimen.chip(),
                specimen.deviation().map(Deviations.Entry::id).orElse(""),
                specimen.deviation().map(Deviations.Entry::catalogue).orElse(""),
                judged.notes().tensors(),
                judged.accused() ? 1 : 0,
                judged.error().isEmpty() ? 0 : 1,
                bad ? unit.seed() : null,
                judged.layer(),
                bad ? judged.reason() : "",
                words(judged.objections(), "1/1", "0/1"));
    }

    private static String words(Map<String, Boolean> objections, String yes, String no) {
        return objections.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + (entry.getValue() ? yes : no))
                .collect(Collectors.joining(" "));
    }

    private MutantRow mutant(Specimen specimen, Judged mutant, Subject subject, Arena arena) {
        Deviations.Entry fault = specimen.deviation().orElseThrow();
        Judged plain = right(unit.plain(), subject, arena);
        Verdict verdict = mutant.judgement().map(Judgement::verdict).orElse(Verdict.ERROR);
        Fate fate;
        String reason = mutant.reason();
        if (!mutant.error().isEmpty()) {
            fate = Fate.ERROR;
        } else if (!mutant.refusal().isEmpty()) {
            fate = Fate.UNSUPPORTED;
        } else if (mutant.notes().sameAs(plain.notes())) {
            fate = Fate.EQUIVALENT;
            reason = "every run is bit for bit that of the plain device";
        } else if (mutant.accused()) {
            fate = Fate.KILLED;
        } else {
            Optional<String> equivalence = equivalence(fault, mutant, subject, arena);
            fate = equivalence.isPresent() ? Fate.EQUIVALENT : Fate.SURVIVED;
            reason = equivalence.orElse(verdict == Verdict.VACUOUS ? "vacuous: " + reason : reason);
        }
        boolean killed = fate == Fate.KILLED;
        List<String> layers = killed ? mutant.judgement().map(Judgement::layers).orElse(List.of()) : List.<String>of();
        Optional<Diagnosis> diagnosis = killed ? mutant.judgement().flatMap(Judgement::diagnosis) : Optional.empty();
        Optional<Change> change = change(plain, mutant);
        CaseId id = unit.cell().one().id();
        return new MutantRow(
                grid.name(),
                id.toString(),
                id.operator(),
                id.dtypes(),
                id.shapes(),
                id.attributes(),
                id.fill(),
                unit.seed(),
                specimen.provider().id(),
                specimen.options().toString(),
                specimen.chip(),
                fault.id(),
                fault.catalogue(),
                fate,
                killed ? mutant.layer() : "",
                String.join("+", layers),
                String.join("+", fault.layers()),
                killed ? !Collections.disjoint(layers, fault.layers()) : null,
                mutant.judgement().map(Judgement::elements).orElse(null),
                change.map(Change::changed).orElse(null),
                change.map(Change::ulps).orElse(null),
                change.map(Change::noise).orElse(null),
                diagnosis.map(found -> found.cause().code()).orElse(""),
                killed ? diagnosed(fault, diagnosis) : "",
                reason,
                words(mutant.objections(), "yes", "no"));
    }

    private static String diagnosed(Deviations.Entry fault, Optional<Diagnosis> diagnosis) {
        if (fault.diagnoses().isEmpty()) {
            return "";
        }
        Cause cause = diagnosis.map(Diagnosis::cause).orElse(Cause.UNKNOWN);
        if (fault.diagnoses().contains(cause.code())) {
            return "yes";
        }
        return cause == Cause.UNKNOWN ? "unknown" : "no";
    }

    /// Why nobody could have found anything: some legitimate variation did the same on every run, or somebody has
    /// shown that the contract allows it.
    private Optional<String> equivalence(Deviations.Entry fault, Judged mutant, Subject subject, Arena arena) {
        Predicate<Specimen> concerned =
                specimen -> specimen.concerns(subject.call().operator());
        for (Deviations.Entry variation : unit.plain().entries(Kind.VARIATION)) {
            Specimen specimen = unit.plain().with(variation);
            if (concerned.test(specimen)
                    && right(specimen, subject, arena).notes().sameAs(mutant.notes())) {
                return Optional.of("every run is bit for bit that of the variation " + variation.id());
            }
        }
        return grid.equivalence(fault.id(), unit.plain().chip(), unit.cell());
    }

    /// What the fault changed on the inputs of the case; the noise over all runs if that is little.
    private Optional<Change> change(Judged plain, Judged mutant) {
        List<Run> were = plain.notes().runs();
        List<Run> are = mutant.notes().runs();
        if (were.isEmpty() || are.isEmpty() || mutant.judgement().isEmpty()) {
            return Optional.empty();
        }
        Change first = noise.between(were.getFirst(), are.getFirst());
        double largest = first.noise();
        for (int i = 1; largest <= LOUD && i < Math.min(were.size(), are.size()); i++) {
            if (were.get(i).question().equals(are.get(i).question())) {
                largest =
                        Math.max(largest, noise.between(were.get(i), are.get(i)).noise());
            }
        }
        return Optional.of(new Change(first.changed(), first.ulps(), largest));
    }
}
