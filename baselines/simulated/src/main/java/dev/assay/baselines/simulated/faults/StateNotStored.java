package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.Tensor;
import java.util.List;

/// A state that is kept in registers.
final class StateNotStored extends Fault {
    StateNotStored() {
        super(
                "state-not-stored",
                "",
                List.of("bound", "rms", "bias", "memory"),
                List.of("operand-ignored", "unwritten"),
                "the average that the next step needs stays as it was",
                "adamw",
                "lion",
                "sgd");
    }

    @Override
    public Runnable before(Call call, Arguments arguments) {
        String state = call.operator().equals("sgd")
                ? "momentum_buffer_out"
                : call.operator().equals("lion") ? "exp_avg_out" : "exp_avg_sq_out";
        if (!arguments.outputs().containsKey(state)) {
            return () -> {};
        }
        Tensor tensor = arguments.output(state).tensor();
        long[] kept = new long[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = tensor.codeAt(tensor.position(i));
        }
        return () -> {
            for (int i = 0; i < kept.length; i++) {
                tensor.setCodeAt(tensor.position(i), kept[i]);
            }
        };
    }
}
