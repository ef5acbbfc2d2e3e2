package dev.assay.engine.diagnosis;

import dev.assay.engine.diagnosis.Evidence.Damage;
import dev.assay.engine.diagnosis.Evidence.Run;
import dev.assay.tensor.Poison;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Causes that show in memory: what was damaged, never written, or taken from what lay there before.
final class MemoryCause {
    private MemoryCause() {}

    static Optional<Diagnosis> of(Evidence evidence) {
        for (Run run : evidence.runs()) {
            Optional<Diagnosis> damage = damage(run.damage()).or(() -> unwritten(run));
            if (damage.isPresent()) {
                return damage;
            }
        }
        return evidence.runs().stream().flatMap(run -> garbage(run).stream()).findFirst();
    }

    private static Optional<Diagnosis> damage(List<Damage> damage) {
        // A kernel that runs over the end of one argument may reach the next: writing outside comes first.
        return damage.stream()
                .filter(one -> !one.inputChanged())
                .findFirst()
                .map(one -> new Diagnosis(
                        Cause.OUTSIDE_WRITES, "memory that is not the kernel's is written: " + one.what()))
                .or(() -> damage.stream()
                        .findFirst()
                        .map(one -> new Diagnosis(Cause.INPUTS_CHANGED, "an input is written to: " + one.what())));
    }

    private static Optional<Diagnosis> unwritten(Run run) {
        for (Map.Entry<String, Tensor> output : run.outputs().entrySet()) {
            Tensor first = output.getValue();
            Tensor second = run.outputsAgain().get(output.getKey());
            if (second == null
                    || second.memory().equals(first.memory())
                    || !first.spec().isDense()) {
                continue;
            }
            long nan = Poison.NAN.code(first.dtype());
            long finite = Poison.FINITE.code(first.dtype());
            Places places = new Places(output.getKey(), first.shape());
            for (long i = 0; i < first.shape().elements(); i++) {
                places.see(i, first.codeAt(i) == nan && second.codeAt(i) == finite);
            }
            if (places.count() > 0) {
                return Optional.of(new Diagnosis(
                        Cause.UNWRITTEN,
                        places.count() == first.shape().elements()
                                ? "nothing of output " + output.getKey() + " is written"
                                : "never written are " + places.sentence()));
            }
        }
        return Optional.empty();
    }

    /// Two runs on the same inputs differ by what was in memory before them.
    private static Optional<Diagnosis> garbage(Run run) {
        for (Map.Entry<String, Tensor> output : run.outputs().entrySet()) {
            Tensor first = output.getValue();
            Tensor second = run.outputsAgain().get(output.getKey());
            if (second == null || first.memory().mismatch(second.memory()) < 0) {
                continue;
            }
            long garbage = 0;
            long differ = 0;
            boolean finite = run.inputs().values().stream().allMatch(Tensor::isFinite);
            double poison = Math.abs(first.dtype().decode(Poison.FINITE.code(first.dtype()))) / 2;
            for (long i = 0; i < first.shape().elements(); i++) {
                double one = first.get(i);
                double other = second.get(i);
                if (Double.compare(one, other) != 0) {
                    differ++;
                    garbage += (finite && Double.isNaN(one) != Double.isNaN(other))
                                    || (Math.abs(other) >= poison && !(Math.abs(one) >= poison))
                            ? 1
                            : 0;
                }
            }
            if (2 * garbage > differ) {
                return Optional.of(new Diagnosis(
                        Cause.READS_GARBAGE,
                        "what was in memory before shows in " + garbage + " elements of output " + output.getKey()));
            }
        }
        return Optional.empty();
    }
}
