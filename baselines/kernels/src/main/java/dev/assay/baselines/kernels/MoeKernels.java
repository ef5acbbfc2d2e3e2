package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/// Mixtures of experts: routers pick the best expert `k` times; dispatch counts, then places.
final class MoeKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "moe_softmax_topk", MoeKernels::softmax,
            "moe_sigmoid_grouped_topk", MoeKernels::grouped,
            "moe_align_block_size", (call, arithmetic) -> align(call),
            "moe_scatter", (call, arithmetic) -> scatter(call),
            "moe_combine", MoeKernels::combine);

    private MoeKernels() {}

    private static Tensor input(Arguments arguments, String name) {
        return arguments.input(name).tensor();
    }

    private static Tensor output(Arguments arguments, String name) {
        return arguments.output(name).tensor();
    }

    private static SharedKernel softmax(Call call, Arithmetic arithmetic) {
        int k = Math.toIntExact(call.attributes().integer("k"));
        boolean renormalizes = call.attributes().integer("renormalize") != 0;
        Shape shape = call.input("logits").shape();
        int experts = Math.toIntExact(shape.dim(1));
        return arguments -> Parallel.forEach(Math.toIntExact(shape.dim(0)), token -> {
            double[] row = row(input(arguments, "logits"), token, experts);
            double top = arithmetic.largest(row, experts);
            for (int i = 0; i < experts; i++) {
                row[i] = arithmetic.exp(arithmetic.subtract(row[i], top));
            }
            double total = arithmetic.sum(row, experts);
            for (int i = 0; i < experts; i++) {
                row[i] = arithmetic.divide(row[i], total);
            }
            int[] chosen = best(row.clone(), k);
            double[] weights = Arrays.stream(chosen).mapToDouble(i -> row[i]).toArray();
            if (renormalizes) {
                divide(weights, arithmetic.sum(weights, k), arithmetic);
            }
            write(arguments, token, weights, chosen);
        });
    }

    private static double[] row(Tensor tensor, long number, int length) {
        double[] row = new double[length];
        tensor.decode(number * length, length, row, 0);
        return row;
    }

    /// The largest, again and again; what was taken is minus infinity after that.
    private static int[] best(double[] values, int count) {
        int[] chosen = new int[count];
        boolean[] taken = new boolean[values.length];
        for (int r = 0; r < count; r++) {
            int best = -1;
            for (int i = 0; i < values.length; i++) {
                if (!taken[i] && (best < 0 || values[i] > values[best])) {
                    best = i;
                }
            }
            taken[best] = true;
            chosen[r] = best;
        }
        return chosen;
    }

    private static void divide(double[] values, double by, Arithmetic arithmetic) {
        for (int i = 0; i < values.length; i++) {
            values[i] = arithmetic.divide(values[i], by);
        }
    }

    private static void write(Arguments arguments, long token, double[] weights, int[] chosen) {
        for (int r = 0; r < chosen.length; r++) {
            // One NaN for all: which payload survives depends on what the JVM has compiled.
            double weight = Double.isNaN(weights[r]) ? Double.NaN : weights[r];
            output(arguments, "weights").set(token * chosen.length + r, weight);
            output(arguments, "ids").set(token * chosen.length + r, chosen[r]);
        }
    }

    private static SharedKernel grouped(Call call, Arithmetic arithmetic) {
        int k = Math.toIntExact(call.attributes().integer("k"));
        int groups = Math.toIntExact(call.attributes().integer("n_group"));
        int bestGroups = Math.toIntExact(call.attributes().integer("topk_group"));
        boolean renormalizes = call.attributes().integer("renormalize") != 0;
        double factor = call.attributes().real("routed_scaling_factor");
        boolean biased = call.hasInput("correction_bias");
        Shape shape = call.input("logits").shape();
        int experts = Math.toIntExact(shape.dim(1));
        int size = experts / groups;
        return arguments -> Parallel.forEach(Math.toIntExact(shape.dim(0)), token -> {
            double[] scores = row(input(arguments, "logits"), token, experts);
            double[] choice = new double[experts];
            for (int i = 0; i < experts; i++) {
                scores[i] = arithmetic.divide(1, arithmetic.add(1, arithmetic.exp(-scores[i])));
                choice[i] = biased
                        ? arithmetic.add(
                                scores[i], input(arguments, "correction_bias").get(i))
                        : scores[i];
            }
            double[] ofGroups = new double[groups];
            for (int g = 0; g < groups; g++) {
                double[] group = Arrays.copyOfRange(choice, g * size, (g + 1) * size);
                int[] two = best(group, Math.min(2, size));
                ofGroups[g] = biased && size > 1 ? arithmetic.add(group[two[0]], group[two[1]]) : group[two[0]];
            }
            boolean[] takesPart = new boolean[groups];
            for (int g : best(ofGroups, bestGroups)) {
                takesPart[g] = true;
            }
            for (int i = 0; i < experts; i++) {
                choice[i] = takesPart[i / size] ? choice[i] : Double.NEGATIVE_INFINITY;
            }
            int[] chosen = best(choice, k);
            double[] weights = Arrays.stream(chosen).mapToDouble(i -> scores[i]).toArray();
            if (renormalizes) {
                divide(weights, arithmetic.add(arithmetic.sum(weights, k), 1e-20), arithmetic);
            }
            for (int r = 0; r < k && factor != 1; r++) {
                weights[r] = arithmetic.multiply(weights[r], arithmetic.round(factor));
            }
            write(arguments, token, weights, chosen);
        });
    }

    private static SharedKernel align(Call call) {
        int experts = Math.toIntExact(call.attributes().integer("num_experts"));
        int block = Math.toIntExact(call.attributes().integer("block_size"));
        return arguments -> {
            Tensor ids = input(arguments, "ids");
            Tensor sorted = output(arguments, "sorted_ids");
            Tensor ofBlocks = output(arguments, "expert_ids");
            int choices = Math.toIntExact(ids.shape().elements());
            int to = 0;
            for (int expert = 0; expert < experts; expert++) {
                int start = to;
                for (int choice = 0; choice < choices; choice++) {
                    if (ids.get(choice) == expert) {
                        sorted.set(to++, choice);
                    }
                }
                while (to % block != 0) {
                    sorted.set(to++, choices);
                }
                for (int b = start / block; b < to / block; b++) {
                    ofBlocks.set(b, expert);
                }
            }
            output(arguments, "num_tokens_post_pad").set(0, to);
            for (long rest = to; rest < sorted.shape().elements(); rest++) {
                sorted.set(rest, choices);
            }
            for (long rest = to / block; rest < ofBlocks.shape().elements(); rest++) {
                ofBlocks.set(rest, -1);
            }
        };
    }

    private static SharedKernel scatter(Call call) {
        int experts = Math.toIntExact(call.attributes().integer("num_experts"));
        return arguments -> {
            Tensor x = input(arguments, "X");
            Tensor ids = input(arguments, "ids");
            Tensor rows = output(arguments, "rows");
            long hidden = x.shape().dim(1);
            long k = ids.shape().dim(1);
            int[] next = new int[experts + 1];
            for (long i = 0; i < ids.shape().elements(); i++) {
                next[(int) ids.get(i) + 1]++;
            }
            for (int e = 0; e < experts; e++) {
                next[e + 1] += next[e];
            }
            for (int e = 0; e <= experts; e++) {
                output(arguments, "offsets").set(e, next[e]);
            }
            for (long i = 0; i < ids.shape().elements(); i++) {
                int to = next[(int) ids.get(i)]++;
                output(arguments, "positions").set(i, to);
                for (long c = 0; c < hidden; c++) {
                    rows.setCodeAt(to * hidden + c, x.codeAt(x.position(i / k * hidden + c)));
                }
            }
        };
    }

    private static SharedKernel combine(Call call, Arithmetic arithmetic) {
        Shape shape = call.output("Y").shape();
        int hidden = Math.toIntExact(shape.dim(1));
        int k = Math.toIntExact(call.input("positions").shape().dim(1));
        return arguments -> Parallel.forEach(Math.toIntExact(shape.dim(0)), token -> {
            double[] sum = new double[hidden];
            for (int r = 0; r < k; r++) {
                long position = (long) input(arguments, "positions").get((long) token * k + r);
                if (position >= 0) {
                    double weight = input(arguments, "weights").get((long) token * k + r);
                    double[] row = row(input(arguments, "rows"), position, hidden);
                    for (int c = 0; c < hidden; c++) {
                        double added = arithmetic.multiplyAdd(weight, row[c], sum[c]);
                        sum[c] = Double.isNaN(added) ? Double.NaN : added;
                    }
                }
            }
            output(arguments, "Y").encode((long) token * hidden, hidden, sum, 0);
        });
    }
}
