package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.Fourier;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.kernels.SpectralKernels;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Bits are reversed before it is known which algorithm runs.
final class BitsReversedAlways extends Fault {
    BitsReversedAlways() {
        super(
                "bits-reversed-always",
                "",
                List.of("bound", "exact"),
                List.of("misplaced"),
                "elements are put in bit-reversed order although the length is no power of two",
                "dft");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return SpectralKernels.transform(call, arithmetic, (re, im, inverse, m) -> {
            int bits = 32 - Integer.numberOfLeadingZeros(Math.max(1, re.length - 1));
            for (int i = 0; i < re.length && Integer.bitCount(re.length) > 1; i++) {
                int j = Integer.reverse(i) >>> (32 - bits);
                if (j > i && j < re.length) {
                    double x = re[i];
                    double y = im[i];
                    re[i] = re[j];
                    im[i] = im[j];
                    re[j] = x;
                    im[j] = y;
                }
            }
            Fourier.usual(re, im, inverse, m);
        });
    }
}
