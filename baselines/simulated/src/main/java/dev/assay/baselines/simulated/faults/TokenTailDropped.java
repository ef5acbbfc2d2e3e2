package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Tensor;
import java.util.List;

/// A loop over whole tiles of tokens.
final class TokenTailDropped extends Fault {
    TokenTailDropped() {
        super(
                "token-tail-dropped",
                "G08",
                List.of("bound", "exact"),
                List.of("terms-missing"),
                "tokens that do not fill a tile of 64 are left out of the gradient of the weights",
                "linear_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            Tensor x = reading.tensor("X");
            long length = Math.max(1, x.shape().dim(-1));
            long tokens = x.shape().elements() / length;
            long whole = tokens / 64 * 64;
            return reading.real("X", x.dtype(), (i, value) -> i / length < whole ? value : 0);
        });
    }
}
