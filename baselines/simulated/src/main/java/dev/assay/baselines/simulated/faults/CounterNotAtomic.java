package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Two rows read the same place from a counter.
final class CounterNotAtomic extends Fault {
    CounterNotAtomic() {
        super(
                "counter-not-atomic",
                "M02",
                List.of("exact"),
                List.of("misplaced", "terms-missing"),
                "the last row of an expert lands on the row before it",
                "moe_scatter");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return arguments -> {
            plain.run(arguments);
            Tensor positions = arguments.output("positions").tensor();
            Tensor rows = arguments.output("rows").tensor();
            Tensor offsets = arguments.output("offsets").tensor();
            long hidden = rows.shape().dim(1);
            for (long expert = 0; expert < offsets.shape().elements() - 1; expert++) {
                long last = (long) offsets.get(expert + 1) - 1;
                if (last <= (long) offsets.get(expert)) {
                    continue;
                }
                for (long i = 0; i < positions.shape().elements(); i++) {
                    positions.set(i, (long) positions.get(i) == last ? (double) (last - 1) : positions.get(i));
                }
                for (long c = 0; c < hidden; c++) {
                    rows.setCodeAt((last - 1) * hidden + c, rows.codeAt(last * hidden + c));
                }
            }
        };
    }
}
