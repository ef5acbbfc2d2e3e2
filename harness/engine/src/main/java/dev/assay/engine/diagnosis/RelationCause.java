package dev.assay.engine.diagnosis;

import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Causes that show in relations between outputs ([dev.assay.operator.Relation]): an output under whose
/// transpose, or other change, all relations would hold; a last row or column that was left out;
/// vectors that are not orthogonal.
final class RelationCause {
    /// Where an iteration that stops early leaves errors, in units of the largest element: less than a
    /// wrong formula does.
    private static final double CLOSE = 0.25;
    private static final int MOST_ELEMENTS = 1 << 16;

    private RelationCause() {}

    static Optional<Diagnosis> of(Evidence evidence) {
        List<Held> all = Held.all(evidence, evidence.runs().getFirst());
        List<Held> relations = all.stream().filter(held -> held.relation >= 0).toList();
        boolean wrong = all.stream().anyMatch(held -> held.wrongs > 0);
        if (relations.isEmpty() || !wrong || all.stream().anyMatch(held -> held.count() > MOST_ELEMENTS)) {
            return Optional.empty();
        }
        boolean related = relations.stream().allMatch(held -> held.wrongs == 0);
        return changed(evidence)
                .or(() -> related ? unmoved(evidence) : Optional.empty())
                .or(() -> last(relations))
                .or(() -> orthogonality(relations));
    }

    /// A change of one output under which everything would be right.
    private static Optional<Diagnosis> changed(Evidence evidence) {
        Evidence.Run run = evidence.runs().getFirst();
        for (Map.Entry<String, Tensor> output : run.outputs().entrySet()) {
            Tensor given = output.getValue();
            for (Change change : changes(given)) {
                Map<String, Tensor> others = new LinkedHashMap<>(run.outputs());
                others.put(output.getKey(), change.made());
                Evidence.Run other =
                        new Evidence.Run(run.dataSet(), run.inputs(), others, others, run.objections(), run.damage());
                if (Held.all(evidence, other).stream().allMatch(held -> held.wrongs == 0)) {
                    return Optional.of(new Diagnosis(change.cause(), output.getKey() + " is " + change.what()));
                }
            }
        }
        return Optional.empty();
    }

    /// All relations hold, and an output of whole numbers says of every row that it stays in its place.
    private static Optional<Diagnosis> unmoved(Evidence evidence) {
        for (Map.Entry<String, Tensor> output :
                evidence.runs().getFirst().outputs().entrySet()) {
            Tensor given = output.getValue();
            long length = given.shape().rank() == 0 ? 1 : given.shape().dim(-1);
            boolean own = !given.dtype().isFloat() && length > 1;
            for (long i = 0; i < given.shape().elements() && own; i++) {
                own = given.get(i) == i % length + 1;
            }
            if (own) {
                return Optional.of(new Diagnosis(
                        Cause.MISPLACED,
                        "rows are never exchanged: " + output.getKey() + " names each by its own place"));
            }
        }
        return Optional.empty();
    }

    private record Change(Cause cause, String what, Tensor made) {}

    private static List<Change> changes(Tensor given) {
        List<Change> all = new ArrayList<>();
        Shape shape = given.shape();
        if (!given.dtype().isFloat()) {
            for (int step = -1; step <= 1; step += 2) {
                int shift = step;
                all.add(new Change(
                        Cause.OFF_BY_ONE,
                        "one too " + (step > 0 ? "small" : "large") + " everywhere",
                        made(given, i -> i, shift)));
            }
            return all;
        }
        long columns = shape.rank() == 0 ? 1 : shape.dim(-1);
        if (columns > 1) {
            all.add(new Change(
                    Cause.MISPLACED,
                    "in reverse order along its last dimension",
                    made(given, i -> i - i % columns + columns - 1 - i % columns, 0)));
        }
        if (shape.rank() >= 2 && shape.dim(-2) == columns && columns > 1) {
            long size = columns * columns;
            all.add(new Change(
                    Cause.MISPLACED,
                    "transposed",
                    made(given, i -> i / size * size + i % columns * columns + i / columns % columns, 0)));
        }
        return all;
    }

    private interface Place {
        long of(long number);
    }

    private static Tensor made(Tensor given, Place place, int shift) {
        Tensor made = Tensor.allocate(TensorSpec.dense(given.dtype(), given.shape()), Arena.ofAuto());
        for (long i = 0; i < given.shape().elements(); i++) {
            made.setCodeAt(i, given.codeAt(given.position(place.of(i))) + shift);
        }
        return made;
    }

    /// All that is wrong lies in the last row or column of matrices.
    private static Optional<Diagnosis> last(List<Held> relations) {
        int seen = 0;
        for (Held held : relations) {
            Shape shape = held.shape;
            long rows = shape.dim(-2);
            long columns = shape.dim(-1);
            for (int i = 0; i < held.count(); i++) {
                boolean edge = held.numbers[i] % columns == columns - 1 || held.numbers[i] / columns % rows == rows - 1;
                if (held.wrong[i] && (!edge || Math.min(rows, columns) < 3)) {
                    return Optional.empty();
                }
                seen += held.wrong[i] ? 1 : 0;
            }
        }
        return seen == 0
                ? Optional.empty()
                : Optional.of(
                        new Diagnosis(Cause.TERMS_MISSING, "the last row or column of matrices is not worked out"));
    }

    private static boolean isIdentity(Held held) {
        return held.count() > 0
                && IntStream.range(0, held.count()).allMatch(i -> held.want[i] == 0 || held.want[i] == 1);
    }

    private static Optional<Diagnosis> orthogonality(List<Held> relations) {
        List<Held> identities =
                relations.stream().filter(RelationCause::isIdentity).toList();
        List<Held> products =
                relations.stream().filter(held -> !isIdentity(held)).toList();
        if (identities.isEmpty() || products.isEmpty()) {
            return Optional.empty();
        }
        boolean orthogonal = identities.stream().allMatch(held -> held.wrongs == 0);
        boolean whole = products.stream().allMatch(held -> held.wrongs == 0);
        if (whole && !orthogonal) {
            return Optional.of(new Diagnosis(
                    Cause.ORTHOGONALITY, "vectors are not orthonormal, although they span what they should"));
        }
        boolean near = products.stream().allMatch(RelationCause::isNear);
        return orthogonal && near
                ? Optional.of(new Diagnosis(
                        Cause.ROUGH_FUNCTION,
                        "vectors are orthonormal and near the right ones: an iteration stops before it has converged"))
                : Optional.empty();
    }

    private static boolean isNear(Held held) {
        double most = IntStream.range(0, held.count())
                .mapToDouble(i -> Math.abs(held.want[i]))
                .max()
                .orElse(0);
        int far = 0;
        for (int i = 0; i < held.count(); i++) {
            // Never a maximum: NaN must not vanish in it.
            far += Math.abs(held.got[i] - held.want[i]) > CLOSE * most || Double.isNaN(held.got[i]) ? 1 : 0;
        }
        return far <= 0.05 * held.count();
    }
}
