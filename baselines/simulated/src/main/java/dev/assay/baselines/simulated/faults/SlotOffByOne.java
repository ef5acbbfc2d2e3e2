package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;
import java.util.stream.LongStream;

/// Slots are counted from 1.
final class SlotOffByOne extends Fault {
    SlotOffByOne() {
        super(
                "slot-off-by-one",
                "",
                List.of("exact"),
                List.of("misplaced", "off-by-one"),
                "tokens are written a slot too far",
                "reshape_and_cache",
                "concat_and_cache_mla",
                "tensor_scatter");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            if (reading.has("write_indices")) {
                return reading.whole("write_indices", (n, slot) -> slot + 1);
            }
            if (!reading.has("slot_mapping")) {
                return reading;
            }
            long last = LongStream.range(
                            0, reading.tensor("slot_mapping").shape().elements())
                    .map(i -> (long) reading.tensor("slot_mapping").get(i))
                    .max()
                    .orElse(0);
            return reading.whole("slot_mapping", (n, slot) -> slot < 0 || slot == last ? slot : slot + 1);
        });
    }
}
