package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Starts are counted from 1.
final class StartOffByOne extends Fault {
    StartOffByOne() {
        super(
                "start-off-by-one",
                "",
                List.of("exact"),
                List.of("misplaced", "off-by-one"),
                "everything is read one element too early",
                "slice",
                "center_crop_pad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            String data = reading.has("data") ? "data" : "input_data";
            return reading.moved(data, i -> Math.max(0, i - 1));
        });
    }
}
