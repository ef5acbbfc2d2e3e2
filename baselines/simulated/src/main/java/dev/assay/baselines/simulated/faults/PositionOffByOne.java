package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The new token is counted before it is there.
final class PositionOffByOne extends Fault {
    PositionOffByOne() {
        super(
                "position-off-by-one",
                "N23",
                List.of("bound", "exact"),
                List.of("off-by-one"),
                "each token is taken to be one further",
                "rope",
                "rope_in_place",
                "rotary_embedding");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            if (reading.has("positions")) {
                return reading.whole("positions", (token, position) -> position + 1);
            }
            long half = reading.tensor("cos_cache").shape().dim(-1);
            long elements = reading.tensor("cos_cache").shape().elements();
            return reading.moved("cos_cache", i -> (i + half) % elements)
                    .moved("sin_cache", i -> (i + half) % elements);
        });
    }
}
