package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Arguments;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.Tensor;
import java.util.List;

/// As fused kernels have it: differences are weighed into the averages, the host works out what does not depend on an
/// element, and the decay joins the update before the parameter is read.
final class DecayInUpdate extends Variation {
    DecayInUpdate() {
        super("decay-in-update", "28", "the decay is added to the update, averages are interpolated", "adamw");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        Attributes attributes = call.attributes();
        double step = call.constants().getOrDefault("step", List.of(1L)).getFirst();
        double rate = attributes.real("lr");
        double fresh1 = arithmetic.round(1 - attributes.real("beta1"));
        double fresh2 = arithmetic.round(1 - attributes.real("beta2"));
        double first = arithmetic.round(1 / (1 - Math.pow(attributes.real("beta1"), step)));
        double root = arithmetic.round(1 / Math.sqrt(1 - Math.pow(attributes.real("beta2"), step)));
        double sign = attributes.integer("maximize") == 1 ? -1 : 1;
        return arguments -> {
            Tensor param = read(arguments, arguments.inputs().containsKey("master") ? "master" : "param");
            Tensor grad = read(arguments, "grad");
            Tensor averages = read(arguments, "exp_avg");
            Tensor squares = read(arguments, "exp_avg_sq");
            for (long i = 0; i < param.shape().elements(); i++) {
                double g = sign * grad.get(i);
                double m = toward(averages.get(i), g, fresh1, arithmetic);
                double v = toward(squares.get(i), arithmetic.multiply(g, g), fresh2, arithmetic);
                double divisor = arithmetic.add(
                        arithmetic.multiply(arithmetic.sqrt(v), root), arithmetic.round(attributes.real("eps")));
                double update = arithmetic.divide(arithmetic.multiply(m, first), divisor);
                double old = param.get(i);
                double decayed = arithmetic.multiplyAdd(arithmetic.round(attributes.real("weight_decay")), old, update);
                double stepped = arithmetic.multiplyAdd(arithmetic.round(-rate), decayed, old);
                write(arguments, "exp_avg_out", i, m);
                write(arguments, "exp_avg_sq_out", i, v);
                write(arguments, "param_out", i, stepped);
                write(arguments, "master_out", i, stepped);
            }
        };
    }

    private static double toward(double old, double fresh, double weight, Arithmetic arithmetic) {
        return arithmetic.multiplyAdd(weight, arithmetic.subtract(fresh, old), old);
    }

    private static Tensor read(Arguments arguments, String input) {
        return arguments.input(input).tensor();
    }

    private static void write(Arguments arguments, String output, long number, double value) {
        if (arguments.outputs().containsKey(output)) {
            // One NaN for all: which payload survives depends on what the JVM has compiled.
            arguments.output(output).tensor().set(number, Double.isNaN(value) ? Double.NaN : value);
        }
    }
}
