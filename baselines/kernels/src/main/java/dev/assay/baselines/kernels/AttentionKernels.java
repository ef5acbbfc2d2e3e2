package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Attention as serving stacks have it, beside the operator `attention` itself, for which backends have kernels of
/// their
/// own.
final class AttentionKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "flex_attention", AttentionKernels::flex,
            "lse_merge", AttentionKernels::merge,
            "mla_attention", AttentionKernels::latent,
            "paged_attention", AttentionKernels::paged,
            "varlen_attention", AttentionKernels::varlen);

    private AttentionKernels() {}

    private static double scale(Call call, int size, Arithmetic arithmetic) {
        return call.attributes().findReal("scale").orElseGet(() -> arithmetic.divide(1, arithmetic.sqrt(size)));
    }

    private static SharedKernel flex(Call call, Arithmetic arithmetic) {
        Shape q = call.input("Q").shape();
        Shape k = call.input("K").shape();
        int heads = Math.toIntExact(q.dim(1));
        int group = Math.toIntExact(heads / k.dim(1));
        int queries = Math.toIntExact(q.dim(2));
        int keys = Math.toIntExact(k.dim(2));
        int size = Math.toIntExact(q.dim(3));
        int width = Math.toIntExact(call.input("V").shape().dim(3));
        double scale = scale(call, size, arithmetic);
        double cap = call.attributes().real("softcap");
        double bias = call.attributes().real("bias");
        double slope = call.attributes().real("relative_bias");
        boolean causal = call.attributes().integer("is_causal") != 0;
        DType type = call.input("Q").dtype();
        return arguments -> {
            Tensor from = arguments.input("Q").tensor();
            Tensor keyed = arguments.input("K").tensor();
            Tensor valued = arguments.input("V").tensor();
            Tensor to = arguments.output("Y").tensor();
            Parallel.forEach(Math.toIntExact(q.dim(0)) * heads, n -> {
                long shared = n / heads * k.dim(1) + n % heads / group;
                double[] query = new double[size];
                for (int s = 0; s < queries; s++) {
                    from.decode(((long) n * queries + s) * size, size, query, 0);
                    Softmax softmax = new Softmax(query, width, scale, cap, arithmetic);
                    for (int t = 0; t < (causal ? Math.min(s + 1, keys) : keys); t++) {
                        keyed.decode((shared * keys + t) * size, size, softmax.key, 0);
                        valued.decode((shared * keys + t) * width, width, softmax.value, 0);
                        softmax.take(type.round(bias + slope * (s - t)));
                    }
                    to.encode(((long) n * queries + s) * width, width, softmax.result(), 0);
                }
            });
        };
    }

    /// Where a kernel finds the key and the value with a number.
    private interface Keys {
        void read(Arguments arguments, int sequence, int head, int key, Softmax into);
    }

    private interface Queries {
        void read(Arguments arguments, long row, int head, double[] into);
    }

    /// Sizes of a call over packed sequences.
    private record Sizes(List<Long> starts, List<Long> keys, int heads, int shared, int size, int width) {}

    private static SharedKernel varlen(Call call, Arithmetic arithmetic) {
        Shape q = call.input("q").shape();
        Shape v = call.input("v").shape();
        List<Long> starts = call.constants().getOrDefault("cu_seqlens_k", List.of());
        List<Long> lengths = new ArrayList<>();
        for (int n = 1; n < starts.size(); n++) {
            lengths.add(starts.get(n) - starts.get(n - 1));
        }
        int shared = Math.toIntExact(v.dim(1));
        Sizes sizes = new Sizes(
                call.constants().getOrDefault("cu_seqlens_q", List.of()),
                lengths,
                Math.toIntExact(q.dim(1)),
                shared,
                Math.toIntExact(q.dim(2)),
                Math.toIntExact(v.dim(2)));
        return packed(call, arithmetic, sizes, whole("q"), (arguments, sequence, head, key, into) -> {
            long row = (starts.get(sequence) + key) * shared + head;
            arguments.input("k").tensor().decode(row * into.key.length, into.key.length, into.key, 0);
            arguments.input("v").tensor().decode(row * into.value.length, into.value.length, into.value, 0);
        });
    }

    private static Queries whole(String input) {
        return (arguments, row, head, into) -> {
            Tensor q = arguments.input(input).tensor();
            q.decode((row * q.shape().dim(1) + head) * into.length, into.length, into, 0);
        };
    }

    private static SharedKernel paged(Call call, Arithmetic arithmetic) {
        Shape q = call.input("q").shape();
        Shape k = call.input("k_cache").shape();
        boolean headsFirst = call.attributes().text("layout").equals("hnd");
        int page = Math.toIntExact(k.dim(headsFirst ? 2 : 1));
        int shared = Math.toIntExact(k.dim(headsFirst ? 1 : 2));
        List<Long> starts = new ArrayList<>(call.constants().getOrDefault("cu_seqlens_q", List.of()));
        if (starts.isEmpty()) {
            starts.add(0L);
            call.constants()
                    .getOrDefault("q_seq_lens", List.of())
                    .forEach(count -> starts.add(starts.getLast() + count));
        }
        Sizes sizes = new Sizes(
                starts,
                call.constants().getOrDefault("kv_seq_lens", List.of()),
                Math.toIntExact(q.dim(1)),
                shared,
                Math.toIntExact(q.dim(2)),
                Math.toIntExact(call.input("v_cache").shape().dim(3)));
        PageOf pages = pages(call, page);
        return packed(call, arithmetic, sizes, whole("q"), (arguments, sequence, head, key, into) -> {
            long block = pages.number(sequence, key);
            long row = headsFirst
                    ? (block * shared + head) * page + key % page
                    : (block * page + key % page) * shared + head;
            cached(arguments, "k_cache", "k_scale", row, head, into.key, arithmetic);
            cached(arguments, "v_cache", "v_scale", row, head, into.value, arithmetic);
        });
    }

    /// The page of a key.
    private interface PageOf {
        long number(int sequence, int key);
    }

    private static PageOf pages(Call call, int page) {
        List<Long> table = call.constants().getOrDefault("block_table", List.of());
        int columns = Math.toIntExact(call.input("block_table").shape().dim(1));
        return (sequence, key) -> table.get(sequence * columns + key / page);
    }

    private static void cached(
            Arguments arguments,
            String cache,
            String scales,
            long row,
            int head,
            double[] into,
            Arithmetic arithmetic) {
        arguments.input(cache).tensor().decode(row * into.length, into.length, into, 0);
        if (arguments.inputs().containsKey(scales)) {
            double scale = arguments.input(scales).tensor().get(head);
            for (int i = 0; i < into.length; i++) {
                into[i] = arithmetic.multiply(into[i], scale);
            }
        }
    }

    private static SharedKernel latent(Call call, Arithmetic arithmetic) {
        Shape q = call.input("q_nope").shape();
        int width = Math.toIntExact(q.dim(2));
        int rotated = Math.toIntExact(call.input("q_pe").shape().dim(2));
        int heads = Math.toIntExact(q.dim(1));
        int page = Math.toIntExact(call.input("ckv_cache").shape().dim(1));
        Sizes sizes = new Sizes(
                call.constants().getOrDefault("cu_seqlens_q", List.of()),
                call.constants().getOrDefault("kv_seq_lens", List.of()),
                heads,
                1,
                width + rotated,
                width);
        PageOf pages = pages(call, page);
        Queries queries = (arguments, row, head, into) -> {
            arguments.input("q_nope").tensor().decode((row * heads + head) * width, width, into, 0);
            arguments.input("q_pe").tensor().decode((row * heads + head) * rotated, rotated, into, width);
        };
        return packed(call, arithmetic, sizes, queries, (arguments, sequence, head, key, into) -> {
            long row = pages.number(sequence, key) * page + key % page;
            arguments.input("ckv_cache").tensor().decode(row * width, width, into.value, 0);
            System.arraycopy(into.value, 0, into.key, 0, width);
            arguments.input("kpe_cache").tensor().decode(row * rotated, rotated, into.key, width);
        });
    }

    /// Every query of every head goes over the keys that it sees.
    private static SharedKernel packed(Call call, Arithmetic arithmetic, Sizes sizes, Queries queries, Keys keys) {
        double scale = scale(call, sizes.size(), arithmetic);
        boolean causal = call.attributes().integer("causal") == 1;
        long left = call.attributes().integer("window_left");
        long right = causal ? 0 : call.attributes().integer("window_right");
        int total = Math.toIntExact(sizes.starts().getLast());
        return arguments -> Parallel.forEach(sizes.heads() * (sizes.starts().size() - 1), n -> {
            int sequence = n / sizes.heads();
            int head = n % sizes.heads();
            int count = Math.toIntExact(sizes.keys().get(sequence));
            long end = sizes.starts().get(sequence + 1);
            double[] query = new double[sizes.size()];
            Keys all = end - sizes.starts().get(sequence) > 1 ? held(keys, count) : keys;
            for (long row = sizes.starts().get(sequence); row < end; row++) {
                queries.read(arguments, row, head, query);
                Softmax softmax = new Softmax(
                        query, sizes.width(), scale, call.attributes().real("softcap"), arithmetic);
                if (arguments.inputs().containsKey("sinks")) {
                    softmax.sink(arguments.input("sinks").tensor().get(head));
                }
                // The last query stands at the last key.
                long position = count - (end - row);
                int first = left < 0 ? 0 : (int) Math.max(0, position - left);
                int last = right < 0 ? count - 1 : (int) Math.min(count - 1, position + right);
                for (int key = first; key <= last; key++) {
                    all.read(arguments, sequence, head / (sizes.heads() / sizes.shared()), key, softmax);
                    double bias = arguments.inputs().containsKey("alibi_slopes")
                            ? arithmetic.multiply(
                                    -arguments.input("alibi_slopes").tensor().get(head),
                                    (double) Math.abs(position - key))
                            : 0;
                    softmax.take(bias);
                }
                arguments
                        .output("out")
                        .tensor()
                        .encode((row * sizes.heads() + head) * sizes.width(), sizes.width(), softmax.result(), 0);
                if (call.hasOutput("lse")) {
                    arguments.output("lse").tensor().set((long) head * total + row, softmax.logSumExp());
                }
            }
        });
    }

    /// Keys and values of one head of one sequence, each read once for all queries.
    private static Keys held(Keys keys, int count) {
        double[][] ofKeys = new double[count][];
        double[][] ofValues = new double[count][];
        return (arguments, sequence, head, key, into) -> {
            if (ofKeys[key] == null) {
                keys.read(arguments, sequence, head, key, into);
                ofKeys[key] = into.key.clone();
                ofValues[key] = into.value.clone();
                return;
            }
            System.arraycopy(ofKeys[key], 0, into.key, 0, into.key.length);
            System.arraycopy(ofValues[key], 0, into.value, 0, into.value.length);
        };
    }

    /// Adds the weighted results up and divides at the end.
    private static SharedKernel merge(Call call, Arithmetic arithmetic) {
        Shape shape = call.input("out_a").shape();
        int width = Math.toIntExact(shape.dim(2));
        return arguments -> {
            Tensor first = arguments.input("out_a").tensor();
            Tensor second = arguments.input("out_b").tensor();
            for (long token = 0; token < shape.dim(0); token++) {
                for (long head = 0; head < shape.dim(1); head++) {
                    long at = head * shape.dim(0) + token;
                    double a = arguments.input("lse_a").tensor().get(at);
                    double b = arguments.input("lse_b").tensor().get(at);
                    double larger = Math.max(a, b);
                    double weightA = weight(a, larger, arithmetic);
                    double weightB = weight(b, larger, arithmetic);
                    double sum = arithmetic.add(weightA, weightB);
                    for (int c = 0; c < width; c++) {
                        long number = (token * shape.dim(1) + head) * width + c;
                        double share = arithmetic.add(
                                weightA == 0 ? 0 : arithmetic.multiply(weightA, first.get(number)),
                                weightB == 0 ? 0 : arithmetic.multiply(weightB, second.get(number)));
                        double merged = sum == 0 ? 0 : arithmetic.divide(share, sum);
                        arguments.output("out").tensor().set(number, Double.isNaN(merged) ? Double.NaN : merged);
                    }
                    if (call.hasOutput("lse")) {
                        double lse = sum == 0 ? Double.NEGATIVE_INFINITY : arithmetic.add(larger, arithmetic.log(sum));
                        arguments.output("lse").tensor().set(at, Double.isNaN(lse) ? Double.NaN : lse);
                    }
                }
            }
        };
    }

    private static double weight(double lse, double larger, Arithmetic arithmetic) {
        return lse == Double.NEGATIVE_INFINITY ? 0 : arithmetic.exp(arithmetic.subtract(lse, larger));
    }

    /// The online softmax of one query, key after key (Milakov and Gimelshein, 2018). Parts take turns at the keys.
    static final class Softmax {
        final double[] key;
        final double[] value;
        private final double[] query;
        private final double scale;
        private final double cap;
        private final Arithmetic arithmetic;
        private final Part[] parts;
        private int taken;

        /// @param cap soft cap of the scores; 0 for none
        Softmax(double[] query, int width, double scale, double cap, Arithmetic arithmetic) {
            this.query = query;
            this.key = new double[query.length];
            this.value = new double[width];
            this.scale = scale;
            this.cap = cap;
            this.arithmetic = arithmetic;
            this.parts = new Part[arithmetic.keyParts()];
            Arrays.setAll(parts, i -> new Part(width, arithmetic));
        }

        /// Takes the key and the value that stand in the buffers.
        void take(double bias) {
            double score = arithmetic.multiply(scale, arithmetic.dot(query, key, query.length));
            if (cap > 0) {
                score = arithmetic.multiply(cap, arithmetic.tanh(arithmetic.divide(score, cap)));
            }
            parts[taken++ % parts.length].take(bias == 0 ? score : arithmetic.add(score, bias), value);
        }

        /// Takes a score without a value.
        void sink(double score) {
            parts[taken++ % parts.length].take(score, new double[0]);
        }

        private Part all() {
            Part all = parts[0];
            for (int i = 1; i < parts.length; i++) {
                all.merge(parts[i]);
            }
            Arrays.setAll(parts, i -> i == 0 ? all : new Part(value.length, arithmetic));
            return all;
        }

        /// Zeros if there was no key.
        double[] result() {
            Part all = all();
            double[] result = new double[value.length];
            for (int c = 0; c < result.length && all.denominator != 0; c++) {
                double quotient = arithmetic.divide(all.sums[c], all.denominator);
                result[c] = Double.isNaN(quotient) ? Double.NaN : quotient;
            }
            return result;
        }

        /// Logarithm of the sum of the exponentials of all scores.
        double logSumExp() {
            Part all = all();
            double sum = arithmetic.add(all.largest, arithmetic.log(all.denominator));
            return Double.isNaN(sum) && all.denominator == 0 ? Double.NEGATIVE_INFINITY : sum;
        }
    }

    /// Running sums over some of the keys, relative to the largest score among them.
    private static final class Part {
        private final Arithmetic arithmetic;
        private final double[] sums;
        private double largest = Double.NEGATIVE_INFINITY;
        private double denominator;

        Part(int width, Arithmetic arithmetic) {
            this.sums = new double[width];
            this.arithmetic = arithmetic;
        }

        void take(double score, double[] values) {
            rescale(score);
            double weight = arithmetic.exp(arithmetic.subtract(score, largest));
            denominator = arithmetic.add(denominator, weight);
            for (int c = 0; c < values.length; c++) {
                sums[c] = arithmetic.multiplyAdd(weight, values[c], sums[c]);
            }
        }

        private void rescale(double score) {
            if (score > largest || Double.isNaN(score)) {
                double shrink = largest == Double.NEGATIVE_INFINITY
                        ? (Double.isNaN(score) ? Double.NaN : 0)
                        : arithmetic.exp(arithmetic.subtract(largest, score));
                denominator = arithmetic.multiply(denominator, shrink);
                for (int c = 0; c < sums.length; c++) {
                    sums[c] = arithmetic.multiply(sums[c], shrink);
                }
                largest = score;
            }
        }

        void merge(Part other) {
            if (other.denominator == 0) {
                return;
            }
            rescale(other.largest);
            double weight = arithmetic.exp(arithmetic.subtract(other.largest, largest));
            denominator = arithmetic.multiplyAdd(weight, other.denominator, denominator);
            for (int c = 0; c < sums.length; c++) {
                sums[c] = arithmetic.multiplyAdd(weight, other.sums[c], sums[c]);
            }
        }
    }
}
