package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Philox;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/// From logits to a token: penalties, masks by thresholds, draws by the inverse of the cumulative distribution.
final class SamplingKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "apply_penalties", SamplingKernels::penalties,
            "sampling_mask", SamplingKernels::mask,
            "random_sample", SamplingKernels::sample);

    private SamplingKernels() {}

    private static Optional<Tensor> optional(Call call, Arguments arguments, String name) {
        return call.hasInput(name) ? Optional.of(arguments.input(name).tensor()) : Optional.empty();
    }

    /// An element of a row, where an input may have one number for all of the row.
    private static double element(Optional<Tensor> tensor, long row, long column, double otherwise) {
        if (tensor.isEmpty()) {
            return otherwise;
        }
        Shape shape = tensor.get().shape();
        long r = shape.rank() < 2 || shape.dim(0) == 1 ? 0 : row;
        long c = shape.rank() == 0 || shape.dim(-1) == 1 ? 0 : column;
        return tensor.get().get(r * (shape.rank() == 0 ? 1 : shape.dim(-1)) + c);
    }

    private static SharedKernel penalties(Call call, Arithmetic arithmetic) {
        Shape shape = call.input("logits").shape();
        int tokens = Math.toIntExact(shape.dim(1));
        return arguments -> Parallel.forEach(Math.toIntExact(shape.dim(0)), row -> {
            Optional<Tensor> output = optional(call, arguments, "output_counts");
            Optional<Tensor> prompt = optional(call, arguments, "prompt_counts");
            Optional<Tensor> repetition = optional(call, arguments, "repetition");
            Optional<Tensor> presence = optional(call, arguments, "presence");
            Optional<Tensor> frequency = optional(call, arguments, "frequency");
            Optional<Tensor> temperature = optional(call, arguments, "temperature");
            double[] x = row(arguments.input("logits").tensor(), row, tokens);
            for (int i = 0; i < tokens; i++) {
                double count = element(output, row, i, 0);
                double factor = element(repetition, row, i, 1);
                if (repetition.isPresent() && (count > 0 || element(prompt, row, i, 0) > 0)) {
                    x[i] = x[i] > 0 ? arithmetic.divide(x[i], factor) : arithmetic.multiply(x[i], factor);
                }
                if (frequency.isPresent()) {
                    x[i] = arithmetic.subtract(x[i], arithmetic.multiply(element(frequency, row, i, 0), count));
                }
                if (presence.isPresent() && count > 0) {
                    x[i] = arithmetic.subtract(x[i], element(presence, row, i, 0));
                }
                if (temperature.isPresent()) {
                    x[i] = arithmetic.divide(x[i], element(temperature, row, i, 1));
                }
                // One NaN for all: which payload survives depends on what the JVM has compiled.
                x[i] = Double.isNaN(x[i]) ? Double.NaN : x[i];
            }
            arguments.output("Y").tensor().encode((long) row * tokens, tokens, x, 0);
        });
    }

    private static double[] row(Tensor tensor, long number, int length) {
        double[] row = new double[length];
        tensor.decode(number * length, length, row, 0);
        return row;
    }

    /// Of the logits in ascending order, by the sum of all from the smallest on.
    private static SharedKernel mask(Call call, Arithmetic arithmetic) {
        Shape shape = call.input("logits").shape();
        int tokens = Math.toIntExact(shape.dim(1));
        return arguments -> Parallel.forEach(Math.toIntExact(shape.dim(0)), row -> {
            double[] x = row(arguments.input("logits").tensor(), row, tokens);
            double[] sorted = x.clone();
            Arrays.sort(sorted);
            double top = sorted.length == 0 ? 0 : sorted[sorted.length - 1];
            double least = Double.NEGATIVE_INFINITY;
            long k = optional(call, arguments, "top_k")
                    .map(limit -> (long) limit.get(row))
                    .orElse(0L);
            if (k > 0 && k < tokens) {
                least = sorted[tokens - (int) k];
            }
            double p = optional(call, arguments, "top_p")
                    .map(limit -> limit.get(row))
                    .orElse(1.0);
            if (p < 1) {
                least = massLimit(sorted, top, least, p, arithmetic);
            }
            double m = optional(call, arguments, "min_p")
                    .map(limit -> limit.get(row))
                    .orElse(0.0);
            for (int i = 0; i < tokens; i++) {
                boolean stays = x[i] >= least && (m <= 0 || arithmetic.exp(arithmetic.subtract(x[i], top)) >= m);
                x[i] = stays ? x[i] : Double.NEGATIVE_INFINITY;
            }
            arguments.output("Y").tensor().encode((long) row * tokens, tokens, x, 0);
        });
    }

    /// The smallest logit that stays.
    private static double massLimit(double[] sorted, double top, double least, double p, Arithmetic arithmetic) {
        double[] weights = new double[sorted.length];
        for (int i = 0; i < sorted.length; i++) {
            weights[i] = sorted[i] >= least ? arithmetic.exp(arithmetic.subtract(sorted[i], top)) : 0;
        }
        double total = arithmetic.sum(weights, weights.length);
        double dropped = 0;
        for (int i = 0; i < sorted.length - 1; i++) {
            dropped = arithmetic.add(dropped, arithmetic.divide(weights[i], total));
            if (dropped > arithmetic.subtract(1, p)) {
                return Math.max(least, sorted[i]);
            }
        }
        return top;
    }

    private static SharedKernel sample(Call call, Arithmetic arithmetic) {
        Shape shape = call.input("logits").shape();
        int tokens = Math.toIntExact(shape.dim(1));
        int samples = Math.toIntExact(call.attributes().integer("samples"));
        long seed = call.attributes().integer("seed");
        return arguments -> Parallel.forEach(Math.toIntExact(shape.dim(0)), row -> {
            double[] x = row(arguments.input("logits").tensor(), row, tokens);
            double top = Arrays.stream(x).max().orElse(0);
            double[] cumulative = new double[tokens];
            double sum = 0;
            int last = 0;
            for (int i = 0; i < tokens; i++) {
                double weight = arithmetic.exp(arithmetic.subtract(x[i], top));
                last = weight > 0 ? i : last;
                sum = arithmetic.add(sum, weight);
                cumulative[i] = sum;
            }
            Philox random = new Philox(seed);
            for (int n = 0; n < samples; n++) {
                double target = random.uniform(n, row) * sum;
                int found = Arrays.binarySearch(cumulative, target);
                int token = found < 0 ? -found - 1 : found + 1;
                while (token > 0 && token < tokens && cumulative[token] == cumulative[token - 1]) {
                    token++;
                }
                arguments.output("Y").tensor().set((long) row * samples + n, Math.min(token, last));
            }
        });
    }
}
