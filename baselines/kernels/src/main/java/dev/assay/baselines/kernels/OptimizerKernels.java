package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Steps of optimizers: each element is read from all tensors before it is written to any, for they are stepped where
/// they lie.
final class OptimizerKernels {
    private static final int CHUNK = 1 << 12;

    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "adamw",
            OptimizerKernels::adamW,
            "sgd",
            OptimizerKernels::sgd,
            "lion",
            OptimizerKernels::lion,
            "momentum",
            (call, arithmetic) -> groups(call, 3, arithmetic, momentum(call, arithmetic)),
            "adagrad",
            (call, arithmetic) -> groups(call, 3, arithmetic, adagrad(call, arithmetic)),
            "adam",
            (call, arithmetic) -> groups(call, 4, arithmetic, adam(call, arithmetic)));

    private OptimizerKernels() {}

    /// Replaces an element's numbers by new ones: the parameter, its gradient, which stays, and the states.
    @FunctionalInterface
    private interface Body {
        void step(double[] x);
    }

    /// The same with the learning rate of the launch.
    @FunctionalInterface
    private interface RatedBody {
        void step(double[] x, double rate);
    }

    /// Goes over tensors of one shape.
    ///
    /// @param into where the new numbers go, by the place of the old ones
    private static void loop(List<Optional<Tensor>> from, List<List<Tensor>> into, Body body) {
        long elements = from.getFirst().orElseThrow().shape().elements();
        Parallel.forEach(Math.toIntExact(Math.ceilDiv(elements, (long) CHUNK)), part -> {
            long first = (long) part * CHUNK;
            int count = (int) Math.min(CHUNK, elements - first);
            double[][] numbers = new double[from.size()][count];
            for (int k = 0; k < numbers.length; k++) {
                if (from.get(k).isPresent()) {
                    from.get(k).get().decode(first, count, numbers[k], 0);
                }
            }
            double[] x = new double[numbers.length];
            for (int i = 0; i < count; i++) {
                for (int k = 0; k < x.length; k++) {
                    x[k] = numbers[k][i];
                }
                body.step(x);
                for (int k = 0; k < x.length; k++) {
                    // One NaN for all: which payload survives depends on what the JVM has compiled.
                    numbers[k][i] = Double.isNaN(x[k]) ? Double.NaN : x[k];
                }
            }
            for (int k = 0; k < numbers.length; k++) {
                for (Tensor to : into.get(k)) {
                    to.encode(first, count, numbers[k], 0);
                }
            }
        });
    }

    /// A step over named tensors, of the master where there is one.
    private static SharedKernel step(Call call, List<String> states, Body body) {
        List<String> names = new ArrayList<>(List.of(call.hasInput("master") ? "master" : "param", "grad"));
        names.addAll(states);
        return arguments -> {
            List<Optional<Tensor>> from = new ArrayList<>();
            List<List<Tensor>> into = new ArrayList<>();
            for (String name : names) {
                from.add(call.hasInput(name) ? Optional.of(arguments.input(name).tensor()) : Optional.empty());
                List<Tensor> to = new ArrayList<>();
                output(arguments, name + "_out").ifPresent(to::add);
                if (name.equals("master")) {
                    output(arguments, "param_out").ifPresent(to::add);
                }
                into.add(to);
            }
            loop(from, into, body);
        };
    }

    private static Optional<Tensor> output(Arguments arguments, String name) {
        return arguments.outputs().containsKey(name)
                ? Optional.of(arguments.output(name).tensor())
                : Optional.empty();
    }

    private static SharedKernel adamW(Call call, Arithmetic a) {
        Attributes attributes = call.attributes();
        long step = call.constants().getOrDefault("step", List.of(1L)).getFirst();
        double rate = attributes.real("lr");
        double beta1 = a.round(attributes.real("beta1"));
        double beta2 = a.round(attributes.real("beta2"));
        double fresh1 = a.subtract(1, beta1);
        double fresh2 = a.subtract(1, beta2);
        double epsilon = a.round(attributes.real("eps"));
        double stays = a.subtract(1, a.round(rate * attributes.real("weight_decay")));
        double size = a.divide(a.round(rate), a.subtract(1, a.pow(beta1, (double) step)));
        double root = a.sqrt(a.subtract(1, a.pow(beta2, (double) step)));
        double sign = attributes.integer("maximize") == 1 ? -1 : 1;
        return step(call, List.of("exp_avg", "exp_avg_sq"), x -> {
            double g = sign * x[1];
            x[2] = a.multiplyAdd(beta1, x[2], a.multiply(fresh1, g));
            x[3] = a.multiplyAdd(beta2, x[3], a.multiply(fresh2, a.multiply(g, g)));
            double divisor = a.add(a.divide(a.sqrt(x[3]), root), epsilon);
            x[0] = a.subtract(a.multiply(x[0], stays), a.multiply(size, a.divide(x[2], divisor)));
        });
    }

    private static SharedKernel sgd(Call call, Arithmetic a) {
        Attributes attributes = call.attributes();
        double rate = a.round(attributes.real("lr"));
        double momentum = a.round(attributes.real("momentum"));
        double fresh = a.round(1 - attributes.real("dampening"));
        double decay = a.round(attributes.real("weight_decay"));
        boolean buffered = call.hasInput("momentum_buffer");
        boolean first = attributes.integer("is_first_step") == 1;
        boolean nesterov = attributes.integer("nesterov") == 1;
        double sign = attributes.integer("maximize") == 1 ? -1 : 1;
        return step(call, List.of("momentum_buffer"), x -> {
            double g = sign * x[1];
            if (decay != 0) {
                g = a.multiplyAdd(decay, x[0], g);
            }
            double direction = g;
            if (buffered) {
                x[2] = first ? g : a.multiplyAdd(momentum, x[2], a.multiply(fresh, g));
                direction = nesterov ? a.multiplyAdd(momentum, x[2], g) : x[2];
            }
            x[0] = a.multiplyAdd(-rate, direction, x[0]);
        });
    }

    private static SharedKernel lion(Call call, Arithmetic a) {
        Attributes attributes = call.attributes();
        double rate = a.round(attributes.real("lr"));
        double beta1 = a.round(attributes.real("beta1"));
        double beta2 = a.round(attributes.real("beta2"));
        double fresh1 = a.round(1 - attributes.real("beta1"));
        double fresh2 = a.round(1 - attributes.real("beta2"));
        double stays = a.round(1 - attributes.real("lr") * attributes.real("weight_decay"));
        return step(call, List.of("exp_avg"), x -> {
            double along = Math.signum(a.multiplyAdd(beta1, x[2], a.multiply(fresh1, x[1])));
            x[0] = a.subtract(a.multiply(x[0], stays), rate * along);
            x[2] = a.multiplyAdd(beta2, x[2], a.multiply(fresh2, x[1]));
        });
    }

    /// A step over groups of tensors, without the gradients among the results.
    private static SharedKernel groups(Call call, int groups, Arithmetic a, RatedBody body) {
        int count = call.members("inputs").size() / groups;
        return arguments -> {
            double rate = a.round(arguments.input("R").tensor().get(0));
            for (int n = 0; n < count; n++) {
                List<Optional<Tensor>> from = new ArrayList<>();
                List<List<Tensor>> into = new ArrayList<>();
                for (int group = 0; group < groups; group++) {
                    String name = Call.member("inputs", group * count + n);
                    from.add(Optional.of(arguments.input(name).tensor()));
                    int to = (group == 0 ? 0 : group - 1) * count + n;
                    into.add(
                            group == 1
                                    ? List.of()
                                    : List.of(arguments
                                            .output(Call.member("outputs", to))
                                            .tensor()));
                }
                loop(from, into, x -> body.step(x, rate));
            }
        };
    }

    private static long updates(Call call) {
        return call.constants().getOrDefault("T", List.of(0L)).getFirst();
    }

    private static RatedBody momentum(Call call, Arithmetic a) {
        double alpha = a.round(call.attributes().real("alpha"));
        double beta = updates(call) > 0 ? a.round(call.attributes().real("beta")) : 1;
        double norm = a.round(call.attributes().real("norm_coefficient"));
        boolean nesterov = call.attributes().text("mode").equals("nesterov");
        return (x, rate) -> {
            double g = a.multiplyAdd(norm, x[0], x[1]);
            x[2] = a.multiplyAdd(alpha, x[2], a.multiply(beta, g));
            double direction = nesterov ? a.multiplyAdd(alpha, x[2], g) : x[2];
            x[0] = a.subtract(x[0], a.multiply(rate, direction));
        };
    }

    private static RatedBody adagrad(Call call, Arithmetic a) {
        double slower =
                a.multiplyAdd((double) updates(call), a.round(call.attributes().real("decay_factor")), 1);
        double epsilon = a.round(call.attributes().real("epsilon"));
        double norm = a.round(call.attributes().real("norm_coefficient"));
        return (x, rate) -> {
            double g = a.multiplyAdd(norm, x[0], x[1]);
            x[2] = a.multiplyAdd(g, g, x[2]);
            double divisor = a.add(a.sqrt(x[2]), epsilon);
            x[0] = a.subtract(x[0], a.divide(a.multiply(a.divide(rate, slower), g), divisor));
        };
    }

    private static RatedBody adam(Call call, Arithmetic a) {
        Attributes attributes = call.attributes();
        long count = updates(call);
        double alpha = a.round(attributes.real("alpha"));
        double beta = a.round(attributes.real("beta"));
        double fresh1 = a.subtract(1, alpha);
        double fresh2 = a.subtract(1, beta);
        double epsilon = a.round(attributes.real("epsilon"));
        double norm = a.round(attributes.real("norm_coefficient"));
        double stays = a.subtract(1, a.round(attributes.real("norm_coefficient_post")));
        double correction = count > 0
                ? a.divide(
                        a.sqrt(a.subtract(1, a.pow(beta, (double) count))), a.subtract(1, a.pow(alpha, (double) count)))
                : 1;
        return (x, rate) -> {
            double g = a.multiplyAdd(norm, x[0], x[1]);
            x[2] = a.multiplyAdd(alpha, x[2], a.multiply(fresh1, g));
            x[3] = a.multiplyAdd(beta, x[3], a.multiply(fresh2, a.multiply(g, g)));
            double divisor = a.add(a.sqrt(x[3]), epsilon);
            double update = a.multiply(a.multiply(rate, correction), a.divide(x[2], divisor));
            x[0] = a.multiply(stays, a.subtract(x[0], update));
        };
    }
}
