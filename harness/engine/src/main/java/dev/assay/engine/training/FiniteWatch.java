package dev.assay.engine.training;

import dev.assay.backend.Call;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.Optional;

/// Looks for the first call whose output is not finite.
final class FiniteWatch implements DeviceTraining.Watcher {
    private final DeviceTraining device;
    private Optional<ParityFinding> found = Optional.empty();

    FiniteWatch(DeviceTraining device) {
        this.device = device;
    }

    @Override
    public void after(TapeCall entry, Call call) {
        if (found.isPresent()) {
            return;
        }
        // Large tensors are looked through by several threads.
        try (Arena arena = Arena.ofShared()) {
            for (Map.Entry<String, Tensor> output :
                    device.read(entry.outputs(), call.outputs(), arena).entrySet()) {
                Tensor tensor = output.getValue();
                if (!tensor.isFinite()) {
                    found = Optional.of(new ParityFinding(
                            ParityFinding.Kind.DIVERGED,
                            device.done() + 1,
                            entry.part(),
                            call.operator(),
                            "its output " + output.getKey() + " is " + first(tensor)));
                    return;
                }
            }
        }
    }

    private static String first(Tensor tensor) {
        for (long i = 0; i < tensor.shape().elements(); i++) {
            if (!Double.isFinite(tensor.get(i))) {
                return tensor.get(i) + " at element " + i;
            }
        }
        return "finite";
    }

    Optional<ParityFinding> found() {
        return found;
    }
}
