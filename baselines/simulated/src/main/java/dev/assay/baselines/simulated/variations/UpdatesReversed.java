package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Reading;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.Shape;
import java.util.function.LongUnaryOperator;

/// As atomics may come.
final class UpdatesReversed extends Variation {
    UpdatesReversed() {
        super(
                "updates-reversed",
                "9",
                "updates that meet come in reverse order",
                "scatter_elements",
                "scatter_nd",
                "segment_reduce");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            if (reading.call().operator().equals("segment_reduce")) {
                return segments(reading);
            }
            Shape indices = reading.tensor("indices").shape();
            int rank = indices.rank();
            if (reading.call().operator().equals("scatter_nd")) {
                long length = indices.dim(-1);
                long tuples = indices.slice(0, rank - 1).elements();
                long inner = reading.tensor("updates").shape().elements() / Math.max(1, tuples);
                return reading.moved("indices", i -> (tuples - 1 - i / length) * length + i % length)
                        .moved("updates", i -> (tuples - 1 - i / inner) * inner + i % inner);
            }
            long axis = reading.call().attributes().integer("axis");
            int along = Math.toIntExact(axis < 0 ? axis + rank : axis);
            long size = indices.dim(along);
            long inner = indices.slice(along + 1, rank).elements();
            LongUnaryOperator reversed = i -> i + (size - 1 - 2 * (i / inner % size)) * inner;
            return reading.moved("indices", reversed).moved("updates", reversed);
        });
    }

    private static Reading segments(Reading reading) {
        long rows = reading.tensor("segment_ids").shape().elements();
        long width = reading.tensor("data").shape().elements() / Math.max(1, rows);
        return reading.moved("segment_ids", i -> rows - 1 - i)
                .moved("data", i -> (rows - 1 - i / width) * width + i % width);
    }
}
