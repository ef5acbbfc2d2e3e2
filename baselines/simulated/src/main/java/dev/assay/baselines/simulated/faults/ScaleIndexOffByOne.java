package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Shape;
import java.util.List;

/// The index of a block is one off where scales are read.
final class ScaleIndexOffByOne extends Fault {
    ScaleIndexOffByOne() {
        super(
                "scale-index-off-by-one",
                "G28",
                List.of("bound", "exact"),
                List.of("scale", "misplaced"),
                "each block, channel or head has the scale of the one before it",
                "paged_attention",
                "quant_matmul",
                "weight_only_matmul",
                "fp8_block_matmul",
                "dequantize_linear",
                "qlinear_matmul",
                "qlinear_conv");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            Reading read = reading;
            for (String input : reading.call().inputs().stream()
                    .map(Operand::name)
                    .filter(name -> name.endsWith("scale") && reading.has(name))
                    .toList()) {
                Shape shape = reading.tensor(input).shape();
                long last = shape.rank() == 0 ? 1 : shape.dim(-1);
                read = read.moved(input, i -> i % last == 0 ? i + last - 1 : i - 1);
            }
            return read;
        });
    }
}
