package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Shape;
import java.util.List;

/// The number of bins is taken for n / 2 where it is (n + 1) / 2.
final class LastBinMissing extends Fault {
    LastBinMissing() {
        super(
                "last-bin-missing",
                "",
                List.of("bound", "exact"),
                List.of("terms-missing", "sporadic"),
                "of an odd length the last element of a half spectrum is left out",
                "dft",
                "fftn",
                "stft");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        boolean half = call.attributes().integer("onesided") != 0
                && (call.operator().equals("stft") || call.attributes().integer("inverse") == 0);
        return Operands.spoiling(plain, "output", (output, given) -> {
            Shape shape = output.shape();
            long bins = shape.dim(-2);
            boolean odd = call.operator().equals("stft")
                    ? given.inputs().containsKey("window")
                            && given.input("window").tensor().shape().dim(0) % 2 == 1
                    : given.input("input").tensor().shape().dim(-2) % 2 == 1;
            for (long i = 0; i < shape.elements() && half && odd && bins > 1; i++) {
                if (i / 2 % bins == bins - 1) {
                    output.set(i, 0);
                }
            }
        });
    }
}
