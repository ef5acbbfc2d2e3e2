package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;
import java.util.stream.Stream;

/// Indices are counted from 1.
final class IndexOffByOne extends Fault {
    IndexOffByOne() {
        super(
                "index-off-by-one",
                "",
                List.of("exact", "bound"),
                List.of("misplaced", "off-by-one"),
                "each index points one element too early",
                "gather",
                "gather_elements",
                "gather_nd",
                "scatter_elements",
                "scatter_nd",
                "embedding",
                "one_hot",
                "segment_reduce",
                "spmm",
                "sddmm");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            String indices = Stream.of("ids", "segment_ids", "columns")
                    .filter(reading::has)
                    .findFirst()
                    .orElse("indices");
            if (reading.tensor(indices).dtype().isFloat()) {
                return reading.real(indices, reading.tensor(indices).dtype(), (i, index) -> index - 1);
            }
            return reading.whole(indices, (i, index) -> index > 0 ? index - 1 : index);
        });
    }
}
