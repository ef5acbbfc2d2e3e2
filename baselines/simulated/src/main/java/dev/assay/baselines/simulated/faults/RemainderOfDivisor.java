package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The other of two conventions.
final class RemainderOfDivisor extends Fault {
    RemainderOfDivisor() {
        super(
                "remainder-of-divisor",
                "",
                List.of("exact"),
                List.of("sign", "attribute"),
                "the remainder has the sign of the divisor",
                "mod");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, call.outputs().getFirst().name(), (y, given) -> {
            Tensor divisor = given.input("B").tensor();
            for (long i = 0; i < y.shape().elements(); i++) {
                double by = divisor.get(
                        divisor.shape().elements() == 1
                                ? 0
                                : i % divisor.shape().elements());
                double rest = y.get(i);
                y.set(i, rest != 0 && rest < 0 != by < 0 ? rest + by : rest);
            }
        });
    }
}
