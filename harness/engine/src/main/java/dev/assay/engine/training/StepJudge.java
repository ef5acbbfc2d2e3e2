package dev.assay.engine.training;

import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.engine.judge.Judge;
import dev.assay.operator.Operators;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Holds calls of a training step against their references, on the very inputs that the device had.
final class StepJudge implements DeviceTraining.Watcher {
    private final Backend backend;
    private final DeviceTraining device;
    private final Predicate<TapeCall> wanted;
    private final List<ParityFinding> findings = new ArrayList<>();
    private Map<String, Tensor> inputs = Map.of();
    private long judged;

    /// @param wanted which calls
    StepJudge(Backend backend, DeviceTraining device, Predicate<TapeCall> wanted) {
        this.backend = backend;
        this.device = device;
        this.wanted = wanted;
    }

    @Override
    public void before(TapeCall entry, Call call) {
        if (wanted.test(entry)) {
            inputs = device.read(entry.inputs(), call.inputs(), Arena.ofAuto());
        }
    }

    @Override
    public void after(TapeCall entry, Call call) {
        if (!wanted.test(entry)) {
            return;
        }
        Arena arena = Arena.ofAuto();
        Map<String, Tensor> outputs = device.read(entry.outputs(), call.outputs(), arena);
        Map<String, Tensor> now = device.read(entry.inputs(), call.inputs(), arena);
        judged++;
        Optional<String> wrong = changed(now)
                .or(() -> Judge.disagreement(
                        Operators.named(call.operator(), "train-parity"),
                        call,
                        new LinkedHashMap<>(inputs),
                        outputs,
                        backend.contract(call)));
        wrong.ifPresent(what -> findings.add(new ParityFinding(
                ParityFinding.Kind.OPERATOR, device.done() + 1, entry.part(), call.operator(), what)));
    }

    private Optional<String> changed(Map<String, Tensor> now) {
        for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
            Tensor after = now.get(input.getKey());
            if (after != null && input.getValue().memory().mismatch(after.memory()) >= 0) {
                return Optional.of("its input " + input.getKey() + " was changed");
            }
        }
        return Optional.empty();
    }

    /// What was wrong, in the order of the calls.
    List<ParityFinding> findings() {
        return findings;
    }

    long judged() {
        return judged;
    }
}
