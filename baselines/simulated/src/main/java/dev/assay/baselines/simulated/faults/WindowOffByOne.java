package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The border of a window is counted once too often.
final class WindowOffByOne extends Fault {
    WindowOffByOne() {
        super(
                "window-off-by-one",
                "A04",
                List.of("bound"),
                List.of("off-by-one", "attribute"),
                "the window reaches one key further back",
                "varlen_attention",
                "paged_attention");
    }

    @Override
    public Call misread(Call call) {
        long left = call.attributes().integer("window_left");
        return left < 0 ? call : Calls.integer(call, "window_left", left + 1);
    }
}
