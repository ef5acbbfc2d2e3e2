package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Philox;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoublePredicate;

/// What goes on around an optimizer's step: gradients added, clipped and unscaled, averages of weights, dropout, and
/// rounding at random.
final class TrainingKernels {
    private static final int CHUNK = 1 << 12;

    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "clip_grad_norm", TrainingKernels::clip,
            "unscale_check_inf", TrainingKernels::unscale,
            "is_all_finite", TrainingKernels::allFinite,
            "grad_accumulate", TrainingKernels::accumulate,
            "weight_ema", TrainingKernels::average,
            "dropout", TrainingKernels::dropout,
            "dropout_grad", TrainingKernels::dropoutGradient,
            "stochastic_round", TrainingKernels::stochasticRound,
            "muon_newton_schulz", MuonKernel::plan);

    private TrainingKernels() {}

    /// A number from an element and its place.
    @FunctionalInterface
    private interface Element {
        double of(long number, double x);
    }

    private static void each(Tensor from, Tensor to, Element element) {
        long elements = from.shape().elements();
        Parallel.forEach(Math.toIntExact(Math.ceilDiv(elements, (long) CHUNK)), part -> {
            long first = (long) part * CHUNK;
            int count = (int) Math.min(CHUNK, elements - first);
            double[] numbers = new double[count];
            from.decode(first, count, numbers, 0);
            for (int i = 0; i < count; i++) {
                double result = element.of(first + i, numbers[i]);
                // One NaN for all: which payload survives depends on what the JVM has compiled.
                numbers[i] = Double.isNaN(result) ? Double.NaN : result;
            }
            to.encode(first, count, numbers, 0);
        });
    }

    private static List<Tensor> members(Call call, Arguments arguments, String name) {
        List<Tensor> tensors = new ArrayList<>();
        for (int n = 0; n < call.members(name).size(); n++) {
            tensors.add(arguments.input(Call.member(name, n)).tensor());
        }
        return tensors;
    }

    /// The norm of the norms of the tensors.
    private static SharedKernel clip(Call call, Arithmetic a) {
        double longest = a.round(call.attributes().real("max_norm"));
        return arguments -> {
            List<Tensor> grads = members(call, arguments, "grads");
            double[] norms = new double[grads.size()];
            for (int n = 0; n < norms.length; n++) {
                int count = Math.toIntExact(grads.get(n).shape().elements());
                double[] x = new double[count];
                grads.get(n).decode(0, count, x, 0);
                norms[n] = a.sqrt(a.dot(x, x, count));
            }
            double norm = norms.length == 1 ? norms[0] : a.sqrt(a.dot(norms, norms, norms.length));
            norm = Double.isNaN(norm) ? Double.NaN : norm;
            arguments.output("total_norm").tensor().set(0, norm);
            double factor = Math.min(1, a.divide(longest, a.add(norm, a.round(1e-6))));
            for (int n = 0; n < norms.length; n++) {
                Tensor to = arguments.output(Call.member("grads_out", n)).tensor();
                each(grads.get(n), to, (number, x) -> a.multiply(x, factor));
            }
        };
    }

    private static SharedKernel unscale(Call call, Arithmetic a) {
        return arguments -> {
            double scale = arguments.input("inv_scale").tensor().get(0);
            double found = arguments.input("found_inf").tensor().get(0);
            List<Tensor> grads = members(call, arguments, "grads");
            for (int n = 0; n < grads.size(); n++) {
                Tensor grad = grads.get(n);
                found = isEach(grad, Double::isFinite) ? found : 1;
                each(grad, arguments.output(Call.member("grads_out", n)).tensor(), (number, x) -> a.multiply(x, scale));
            }
            arguments.output("found_inf_out").tensor().set(0, found);
        };
    }

    private static boolean isEach(Tensor tensor, DoublePredicate test) {
        for (long i = 0; i < tensor.shape().elements(); i++) {
            if (!test.test(tensor.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static SharedKernel allFinite(Call call, Arithmetic a) {
        boolean infinities = call.attributes().integer("isnan_only") == 0;
        boolean nans = call.attributes().integer("isinf_only") == 0;
        return arguments -> {
            boolean clean = true;
            for (Tensor tensor : members(call, arguments, "input")) {
                clean &= isEach(tensor, x -> !(infinities && Double.isInfinite(x)) && !(nans && Double.isNaN(x)));
            }
            arguments.output("output").tensor().set(0, clean ? 1 : 0);
        };
    }

    private static SharedKernel accumulate(Call call, Arithmetic a) {
        double scale = a.round(call.attributes().real("scale"));
        return arguments -> {
            Tensor grad = arguments.input("grad").tensor();
            Tensor sum = arguments.input("main_grad").tensor();
            each(
                    sum,
                    arguments.output("main_grad_out").tensor(),
                    (number, x) -> a.add(x, a.multiply(scale, grad.get(number))));
        };
    }

    /// The difference, weighed.
    private static SharedKernel average(Call call, Arithmetic a) {
        double fresh = a.round(1 - call.attributes().real("decay"));
        return arguments -> {
            Tensor param = arguments.input("param").tensor();
            each(
                    arguments.input("ema").tensor(),
                    arguments.output("ema_out").tensor(),
                    (number, x) -> a.multiplyAdd(fresh, a.subtract(param.get(number), x), x));
        };
    }

    private static SharedKernel dropout(Call call, Arithmetic a) {
        boolean trains =
                call.constants().getOrDefault("training_mode", List.of(0L)).getFirst() != 0;
        Philox random = new Philox(call.attributes().findInteger("seed").orElse(0));
        return arguments -> {
            double ratio =
                    call.hasInput("ratio") ? arguments.input("ratio").tensor().get(0) : 0.5;
            double scale = a.divide(1, a.subtract(1, ratio));
            Tensor data = arguments.input("data").tensor();
            Optional<Tensor> mask = call.hasOutput("mask")
                    ? Optional.of(arguments.output("mask").tensor())
                    : Optional.empty();
            if (!trains) {
                each(data, arguments.output("output").tensor(), (number, x) -> x);
                mask.ifPresent(to -> each(data, to, (number, x) -> 1));
                return;
            }
            Element stays = (number, x) -> random.uniform(number, 0) >= ratio ? 1 : 0;
            each(
                    data,
                    arguments.output("output").tensor(),
                    (number, x) -> stays.of(number, x) == 1 ? a.multiply(x, scale) : 0);
            mask.ifPresent(to -> each(data, to, stays));
        };
    }

    private static SharedKernel dropoutGradient(Call call, Arithmetic a) {
        return arguments -> {
            double ratio =
                    call.hasInput("ratio") ? arguments.input("ratio").tensor().get(0) : 0.5;
            double scale = a.divide(1, a.subtract(1, ratio));
            Tensor mask = arguments.input("mask").tensor();
            each(
                    arguments.input("dY").tensor(),
                    arguments.output("dX").tensor(),
                    (number, x) -> mask.get(number) == 0 ? 0 : a.multiply(x, scale));
        };
    }

    /// Adds a random part of the distance to the next number, then cuts off.
    private static SharedKernel stochasticRound(Call call, Arithmetic a) {
        Philox random = new Philox(call.attributes().integer("seed"));
        DType type = call.outputs().getFirst().spec().orElseThrow().dtype();
        return arguments ->
                each(arguments.input("X").tensor(), arguments.output("Y").tensor(), (number, x) -> {
                    double size = Math.abs(x);
                    if (!(size < type.maxFinite())) {
                        return x;
                    }
                    double step = type.ulp(size);
                    return Math.copySign(Math.floor(size / step + random.uniform(number, 0)) * step, x);
                });
    }
}
