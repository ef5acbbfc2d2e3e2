package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Deviation;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The loop over whole vectors has no second loop for what is left.
final class SkipVectorTail extends Fault {
    private static final long VECTOR = 8;

    SkipVectorTail() {
        super(
                "skip-vector-tail",
                "G11",
                List.of("memory", "exact"),
                List.of("unwritten"),
                "elements behind the last whole vector of 8 are not written",
                Deviation.libraryOperators());
    }

    @Override
    public Runnable before(Call call, Arguments arguments) {
        Tensor output = arguments.outputs().values().iterator().next().tensor();
        long elements = output.shape().elements();
        long first = elements / VECTOR * VECTOR;
        long[] kept = new long[(int) (elements - first)];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = output.codeAt(output.position(first + i));
        }
        return () -> {
            for (int i = 0; i < kept.length; i++) {
                output.setCodeAt(output.position(first + i), kept[i]);
            }
        };
    }
}
