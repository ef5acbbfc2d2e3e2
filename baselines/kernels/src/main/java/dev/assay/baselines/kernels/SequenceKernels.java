package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Operators that keep a state along a sequence.
final class SequenceKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "causal_conv1d",
            SequenceKernels::packedConvolution,
            "causal_conv_with_state",
            SequenceKernels::convolution,
            "linear_attention",
            (call, arithmetic) -> new Linear(call, arithmetic)::run);

    private SequenceKernels() {}

    /// Keeps a window of the last k values, from the oldest on.
    private static SharedKernel convolution(Call call, Arithmetic arithmetic) {
        Shape x = call.input("input").shape();
        int k = Math.toIntExact(call.input("weight").shape().dim(2));
        int length = Math.toIntExact(x.dim(2));
        boolean silu = !call.attributes().text("activation").equals("none");
        return arguments -> {
            Tensor from = arguments.input("input").tensor();
            Tensor to = arguments.output("output").tensor();
            Tensor weights = arguments.input("weight").tensor();
            int channels = Math.toIntExact(x.dim(1));
            Parallel.forEach(Math.toIntExact(x.dim(0) * channels), row -> {
                double[] line = new double[k - 1 + length];
                if (call.hasInput("past_state")) {
                    arguments.input("past_state").tensor().decode((long) row * (k - 1), k - 1, line, 0);
                }
                from.decode((long) row * length, length, line, k - 1);
                double[] weight = new double[k];
                weights.decode((long) row % channels * k, k, weight, 0);
                double bias =
                        call.hasInput("bias") ? arguments.input("bias").tensor().get(row % channels) : 0;
                double[] result = new double[length];
                for (int t = 0; t < length; t++) {
                    result[t] = filtered(line, t, weight, bias, silu, arithmetic);
                }
                to.encode((long) row * length, length, result, 0);
                if (call.hasOutput("present_state")) {
                    arguments.output("present_state").tensor().encode((long) row * (k - 1), k - 1, line, length);
                }
            });
        };
    }

    /// Lays state and sequence out as one line per channel.
    private static SharedKernel packedConvolution(Call call, Arithmetic arithmetic) {
        int dim = Math.toIntExact(call.input("x").shape().dim(1));
        int width = Math.toIntExact(call.input("weight").shape().dim(0));
        List<Long> starts = call.constants().getOrDefault("query_start_loc", List.of());
        List<Long> slots = call.constants().getOrDefault("cache_indices", List.of());
        List<Long> stateful = call.constants().getOrDefault("has_initial_state", List.of());
        boolean silu = !call.attributes().text("activation").equals("none");
        return arguments -> {
            Tensor x = arguments.input("x").tensor();
            Tensor out = arguments.output("out").tensor();
            Tensor weights = arguments.input("weight").tensor();
            Tensor before = arguments.input("conv_state").tensor();
            Tensor after = arguments.output("conv_state_out").tensor();
            for (int n = 0; n + 1 < starts.size(); n++) {
                long slot = slots.isEmpty() ? n : slots.get(n);
                long first = starts.get(n);
                int length = Math.toIntExact(starts.get(n + 1) - first);
                if (length == 0
                        || (!slots.isEmpty() && slot == call.attributes().integer("pad_slot_id"))) {
                    out.encode(first * dim, length * dim, new double[length * dim], 0);
                    continue;
                }
                boolean restored = stateful.isEmpty() || stateful.get(n) != 0;
                Parallel.forEach(dim, c -> {
                    double[] line = new double[width - 1 + length];
                    for (int i = 0; i < line.length; i++) {
                        line[i] = i >= width - 1
                                ? x.get((first + i - (width - 1)) * dim + c)
                                : restored ? before.get((slot * (width - 1) + i) * dim + c) : 0;
                    }
                    double[] weight = new double[width];
                    Arrays.setAll(weight, j -> weights.get((long) j * dim + c));
                    double bias = call.hasInput("bias")
                            ? arguments.input("bias").tensor().get(c)
                            : 0;
                    for (int t = 0; t < length; t++) {
                        out.set((first + t) * dim + c, filtered(line, t, weight, bias, silu, arithmetic));
                    }
                    for (int i = 0; i < width - 1; i++) {
                        after.set((slot * (width - 1) + i) * dim + c, line[length + i]);
                    }
                });
            }
        };
    }

    /// One value of a filter whose window starts at `from`.
    static double filtered(double[] line, int from, double[] weight, double bias, boolean silu, Arithmetic arithmetic) {
        double sum = bias;
        for (int j = weight.length - 1; j >= 0; j--) {
            sum = arithmetic.multiplyAdd(weight[j], line[from + j], sum);
        }
        double result = silu ? arithmetic.divide(sum, arithmetic.add(1, arithmetic.exp(-sum))) : sum;
        return Double.isNaN(result) ? Double.NaN : result;
    }

    /// Linear attention column by column: the columns of a state do not know of each other.
    private static final class Linear {
        private final Call call;
        private final Arithmetic arithmetic;
        private final int tokens;
        private final int heads;
        private final int states;
        private final int keySize;
        private final int valueSize;
        private final double scale;

        Linear(Call call, Arithmetic arithmetic) {
            this.call = call;
            this.arithmetic = arithmetic;
            this.tokens = Math.toIntExact(call.input("query").shape().dim(1));
            this.heads = Math.toIntExact(call.attributes().integer("q_num_heads"));
            this.states = Math.toIntExact(call.attributes().integer("kv_num_heads"));
            this.keySize = Math.toIntExact(call.input("query").shape().dim(2) / heads);
            this.valueSize = Math.toIntExact(call.input("value").shape().dim(2) / states);
            double given = call.attributes().real("scale");
            this.scale = given == 0 ? arithmetic.divide(1, arithmetic.sqrt(keySize)) : given;
        }

        void run(Arguments arguments) {
            int batches = Math.toIntExact(call.input("query").shape().dim(0));
            Parallel.forEach(batches * states, n -> head(arguments, n / states, n % states));
        }

        private double[] read(Arguments arguments, String input, long row, int width) {
            double[] values = new double[width];
            arguments.input(input).tensor().decode(row * width, width, values, 0);
            return values;
        }

        private void head(Arguments arguments, int b, int g) {
            double[][] columns = new double[valueSize][keySize];
            if (call.hasInput("past_state")) {
                Tensor past = arguments.input("past_state").tensor();
                double[] row = new double[valueSize];
                for (int i = 0; i < keySize; i++) {
                    past.decode((((long) b * states + g) * keySize + i) * valueSize, valueSize, row, 0);
                    for (int m = 0; m < valueSize; m++) {
                        columns[m][i] = row[m];
                    }
                }
            }
            int group = heads / states;
            for (int t = 0; t < tokens; t++) {
                long token = (long) b * tokens + t;
                update(arguments, token, g, columns);
                for (int h = g * group; h < (g + 1) * group; h++) {
                    double[] q = read(arguments, "query", token * heads + h, keySize);
                    double[] o = new double[valueSize];
                    for (int m = 0; m < valueSize; m++) {
                        o[m] = canonical(arithmetic.multiply(scale, arithmetic.dot(q, columns[m], keySize)));
                    }
                    arguments.output("output").tensor().encode((token * heads + h) * valueSize, valueSize, o, 0);
                }
            }
            if (call.hasOutput("present_state")) {
                double[] state = new double[keySize * valueSize];
                for (int n = 0; n < state.length; n++) {
                    state[n] = canonical(columns[n % valueSize][n / valueSize]);
                }
                arguments
                        .output("present_state")
                        .tensor()
                        .encode(((long) b * states + g) * state.length, state.length, state, 0);
            }
        }

        private void update(Arguments arguments, long token, int g, double[][] columns) {
            double[] k = read(arguments, "key", token * states + g, keySize);
            double[] v = read(arguments, "value", token * states + g, valueSize);
            double[] factors = new double[keySize];
            Arrays.fill(factors, 1);
            if (call.hasInput("decay")) {
                boolean common = call.input("decay").shape().dim(2) == states;
                double[] g0 = read(arguments, "decay", token * states + g, common ? 1 : keySize);
                Arrays.setAll(factors, i -> arithmetic.exp(g0[common ? 0 : i]));
            }
            double[] erasing = k.clone();
            if (call.hasInput("erase_gate")) {
                double[] gate = read(arguments, "erase_gate", token * states + g, keySize);
                Arrays.setAll(erasing, i -> arithmetic.multiply(gate[i], k[i]));
            }
            boolean delta = call.hasInput("beta");
            double rate = 1;
            if (delta) {
                boolean common = call.input("beta").shape().dim(2) == 1;
                rate = read(arguments, "beta", common ? token : token * states + g, 1)[0];
            }
            for (int m = 0; m < valueSize; m++) {
                double[] column = columns[m];
                for (int i = 0; i < keySize && call.hasInput("decay"); i++) {
                    column[i] = arithmetic.multiply(factors[i], column[i]);
                }
                double add = delta
                        ? arithmetic.multiply(rate, arithmetic.subtract(v[m], arithmetic.dot(column, erasing, keySize)))
                        : v[m];
                for (int i = 0; i < keySize; i++) {
                    column[i] = arithmetic.multiplyAdd(k[i], add, column[i]);
                }
            }
        }

        private static double canonical(double value) {
            return Double.isNaN(value) ? Double.NaN : value;
        }
    }
}
