package dev.assay.engine.diagnosis;

import dev.assay.engine.diagnosis.Evidence.Run;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Two runs on equal inputs that are not equally right.
final class RepeatCause {
    private RepeatCause() {}

    static Optional<Diagnosis> of(Evidence evidence, List<Held> wrong) {
        for (Run run : evidence.runs()) {
            long differ = differ(run);
            if (differ == 0) {
                continue;
            }
            boolean objected = run.objections().stream().anyMatch(o -> o.layer().equals("determinism"));
            Run other = new Run(run.dataSet(), run.inputs(), run.outputsAgain(), run.outputsAgain(), run.objections());
            boolean rightOnce = false;
            for (Held again : Held.all(evidence, other)) {
                rightOnce |= again.wrongs
                        != wrong.stream()
                                .filter(held -> held.run.equals(run) && held.position == again.position)
                                .mapToInt(held -> held.wrongs)
                                .sum();
            }
            if (rightOnce || (objected && wrong.isEmpty())) {
                return Optional.of(new Diagnosis(
                        Cause.NONDETERMINISTIC, differ + " elements differ between two runs on the same inputs"));
            }
        }
        return Optional.empty();
    }

    private static long differ(Run run) {
        long differ = 0;
        for (Map.Entry<String, Tensor> output : run.outputs().entrySet()) {
            Tensor first = output.getValue();
            Tensor second = run.outputsAgain().get(output.getKey());
            if (second == null
                    || second.memory().equals(first.memory())
                    || first.memory().mismatch(second.memory()) < 0) {
                continue;
            }
            for (long i = 0; i < first.shape().elements(); i++) {
                differ += Double.compare(first.get(i), second.get(i)) == 0 ? 0 : 1;
            }
        }
        return differ;
    }
}
