package dev.assay.baselines.simulated.late;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.tensor.Tensor;

/// A generator whose numbers are drawn in advance.
final class DropoutEnds extends LateFault {
    private static final long DRAWN = 12;

    DropoutEnds() {
        super("dropout-ends", "from the 13th launch of a kernel on nothing is left out", "dropout");
    }

    @Override
    void launch(long number, Call call, Arithmetic arithmetic, SharedKernel plain, Arguments arguments) {
        plain.run(arguments);
        if (number > DRAWN && call.hasOutput("mask")) {
            Tensor data = arguments.input("data").tensor();
            Tensor output = arguments.output("output").tensor();
            Tensor mask = arguments.output("mask").tensor();
            double ratio = arguments.inputs().containsKey("ratio")
                    ? arguments.input("ratio").tensor().get(0)
                    : 0.5;
            for (long i = 0; i < mask.shape().elements(); i++) {
                mask.set(i, 1);
                output.set(i, data.get(i) / (1 - ratio));
            }
        }
    }
}
