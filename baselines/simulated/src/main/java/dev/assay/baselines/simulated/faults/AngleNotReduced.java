package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.kernels.SpectralKernels;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// An angle of many turns has lost the digits of its last one.
final class AngleNotReduced extends Fault {
    AngleNotReduced() {
        super(
                "angle-not-reduced",
                "",
                List.of("bound", "rms"),
                List.of("rough-function"),
                "angles are formed in f32 from k times t, many turns of them",
                "dft",
                "stft");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return SpectralKernels.transform(call, arithmetic, (re, im, inverse, m) -> {
            int n = re.length;
            double[] x = re.clone();
            double[] y = im.clone();
            float turn = (float) (2 * Math.PI / n);
            for (int k = 0; k < n; k++) {
                double real = 0;
                double imaginary = 0;
                for (int t = 0; t < n; t++) {
                    double angle = turn * (float) (k * t);
                    double c = m.cos(angle);
                    double s = inverse ? m.sin(angle) : -m.sin(angle);
                    real = m.add(real, m.subtract(m.multiply(x[t], c), m.multiply(y[t], s)));
                    imaginary = m.add(imaginary, m.add(m.multiply(x[t], s), m.multiply(y[t], c)));
                }
                re[k] = real;
                im[k] = imaginary;
            }
        });
    }
}
