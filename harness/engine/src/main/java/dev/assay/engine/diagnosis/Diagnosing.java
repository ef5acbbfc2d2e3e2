package dev.assay.engine.diagnosis;

import dev.assay.engine.diagnosis.Evidence.Run;
import dev.assay.operator.About;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// Names the cause of a wrong output.
///
/// Explanations are tried from those that hardly anything else looks like (damaged memory, a wrong
/// reading of the call under which every element is right) to those that go by the size of errors. Each
/// must account for (almost) all of what is wrong in the run that it explains; what none accounts for
/// stays unknown.
public final class Diagnosing {
    private static final int MOST_RUNS = 4;

    /// Operators whose readings and sums are taken apart by causes of their own.
    private static final Set<String> OWN = Set.of("matmul", "attention", "layer_normalization");

    private Diagnosing() {}

    public static Diagnosis of(Evidence evidence) {
        try {
            return diagnosis(evidence);
        } catch (RuntimeException e) {
            // A diagnosis is help for people; that it fails must not cost the verdict.
            return new Diagnosis(Cause.UNKNOWN, "its diagnosis failed: " + e);
        }
    }

    private static Diagnosis diagnosis(Evidence evidence) {
        Optional<Diagnosis> memory = MemoryCause.of(evidence);
        if (memory.isPresent()) {
            return memory.get();
        }
        List<Held> wrong = new ArrayList<>();
        for (Run run : evidence.runs()) {
            if (wrong.size() < MOST_RUNS
                    && (wrong.isEmpty() || !run.objections().isEmpty())) {
                Held.all(evidence, run).stream().filter(held -> held.wrongs > 0).forEach(wrong::add);
            }
        }
        Optional<Diagnosis> chance = RepeatCause.of(evidence, wrong);
        if (chance.isPresent()) {
            return chance.get();
        }
        boolean objected = evidence.runs().stream()
                .flatMap(run -> run.objections().stream())
                .anyMatch(objection -> !objection.layer().equals("determinism"));
        if (evidence.batchDependent() && wrong.isEmpty() && !objected) {
            return new Diagnosis(
                    Cause.BATCH_DEPENDENT, "what a slice gives depends on how many there are or where it is");
        }
        return values(evidence, wrong);
    }

    private static Diagnosis values(Evidence evidence, List<Held> wrong) {
        Optional<Diagnosis> related = RelationCause.of(evidence);
        if (related.isPresent()) {
            return related.get();
        }
        Optional<Diagnosis> formed = EmulationCause.of(evidence, wrong);
        if (formed.isPresent()) {
            return formed.get();
        }
        if (!OWN.contains(evidence.operator().name())) {
            Optional<Diagnosis> read = PatternCause.of(wrong)
                    .or(() -> CallCause.of(evidence))
                    .or(() -> CodeCause.of(wrong))
                    .or(() -> CopyCause.of(wrong))
                    .or(() -> PatternCause.beyondLimits(wrong))
                    .or(() -> SumCause.of(wrong));
            if (read.isPresent()) {
                return read.get();
            }
        }
        List<Diagnosis> found = new ArrayList<>();
        for (Held held : wrong) {
            Optional<Diagnosis> cause = cause(held);
            cause.ifPresent(found::add);
            if (cause.isPresent() && held.run.dataSet().isEmpty()) {
                // What explains the case itself is the answer; further runs serve where it stays open.
                break;
            }
        }
        if (found.isEmpty() && wrong.isEmpty()) {
            found.addAll(Held.all(evidence, evidence.runs().getFirst()).stream()
                    .flatMap(held -> NarrowCause.of(held).stream())
                    .toList());
        }
        if (found.isEmpty()) {
            String where = wrong.isEmpty()
                    ? ""
                    : "; wrong are " + Places.wrong(wrong.getFirst()).sentence();
            return new Diagnosis(Cause.UNKNOWN, "no known cause explains what was seen" + where);
        }
        Diagnosis first = found.getFirst();
        boolean agreed = found.stream().allMatch(other -> Objects.equals(other.cause(), first.cause()));
        return agreed
                ? first
                : new Diagnosis(Cause.UNKNOWN, "different data sets look like different causes: " + first.sentence());
    }

    private static Optional<Diagnosis> cause(Held held) {
        // Data with one right answer are made to look the same under many faults of rounding.
        boolean ofCase = held.run.dataSet().isEmpty();
        return ReadingCause.of(held)
                .or(() -> SpecialCause.of(held))
                .or(() -> NormalizationCause.of(held))
                .or(() -> AttentionCause.of(held))
                .or(() -> TermCause.of(held))
                .or(() -> SpecialCause.overflow(held))
                .or(() -> ofCase ? RoundingCause.of(held) : Optional.empty())
                .or(() -> AffineCause.of(held))
                .or(() -> PlaceCause.of(held))
                .or(() -> sporadic(held))
                .or(() -> ofCase ? NarrowCause.of(held) : Optional.empty());
    }

    /// Whether no two wrong elements are neighbours in a row or a column, as those of a part of a tile
    /// are.
    private static boolean isolated(Held held) {
        Set<Long> wrong = new HashSet<>();
        for (int i : held.someWrong(held.wrongs)) {
            wrong.add(held.numbers[i]);
        }
        long columns = held.shape.rank() == 0 ? 1 : held.shape.dim(-1);
        return wrong.size() > 2 && wrong.stream().noneMatch(n -> wrong.contains(n + 1) || wrong.contains(n + columns));
    }

    private static Optional<Diagnosis> sporadic(Held held) {
        Places places = Places.wrong(held);
        int far = 0;
        for (int i = 0; i < held.count(); i++) {
            double error = Math.abs(held.got[i] - held.want[i]);
            far += held.wrong[i] && !(error <= Math.abs(held.want[i]) * 0x1p-7) && !(error <= 3 * held.limit(i))
                    ? 1
                    : 0;
        }
        // An error of many times the bound beside elements that are all right is no matter of rounding.
        boolean few = held.wrongs <= Math.max(3, held.count() / 40) && (places.scattered() || isolated(held));
        // A function that is wrong for some operands looks the same.
        boolean elementwise = held.evidence.operator().about().errors() == About.Errors.ELEMENTWISE;
        few &= !elementwise
                && held.wrongs >= (OWN.contains(held.evidence.operator().name()) ? 1 : 3);
        // Of numbers of places a few are easily wrong by rule: the empty groups, the last of each.
        return few && held.dtype.isFloat() && held.count() > 64 && 2 * far >= held.wrongs
                ? Optional.of(new Diagnosis(
                        Cause.SPORADIC, "a few elements are wrong and all others right: " + places.sentence()))
                : Optional.empty();
    }
}
