package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The fraction of a number is not looked at.
final class ExponentAloneTested extends Fault {
    ExponentAloneTested() {
        super(
                "exponent-alone-tested",
                "",
                List.of("exact"),
                List.of("special-values"),
                "NaN and infinity are not told apart",
                "is_nan",
                "is_inf",
                "equal");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        Operand first = call.inputs().getFirst();
        boolean compares = call.operator().equals("equal");
        return Operands.spoiling(plain, call.outputs().getFirst().name(), (y, given) -> {
            Tensor x = given.input(first.name()).tensor();
            for (long i = 0; i < y.shape().elements(); i++) {
                if (!compares && !Double.isFinite(x.get(i))) {
                    y.set(i, 1);
                }
                if (compares && x.shape().equals(y.shape()) && Double.isNaN(x.get(i))) {
                    Tensor other = given.input("B").tensor();
                    y.set(i, other.shape().equals(y.shape()) && Double.isNaN(other.get(i)) ? 1 : 0);
                }
            }
        });
    }
}
