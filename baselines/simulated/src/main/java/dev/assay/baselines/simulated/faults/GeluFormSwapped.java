package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Two formulas go by the name of GELU.
final class GeluFormSwapped extends Fault {
    GeluFormSwapped() {
        super(
                "gelu-form-swapped",
                "N19",
                List.of("bound", "rms", "bias"),
                List.of("rough-function", "attribute"),
                "the error function is approximated where it is asked for, and the other way round",
                "gelu",
                "geglu",
                "gelu_grad");
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().has("approximate")
                ? Calls.text(
                        call,
                        "approximate",
                        call.attributes().text("approximate").equals("tanh") ? "none" : "tanh")
                : call;
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (call.attributes().has("approximate")) {
            return plain;
        }
        return KernelLibrary.plan(call, new ForwardingArithmetic(arithmetic) {
            @Override
            public double erf(double x) {
                double z = x * Math.sqrt(2);
                return tanh(round(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z * z * z)));
            }
        });
    }
}
