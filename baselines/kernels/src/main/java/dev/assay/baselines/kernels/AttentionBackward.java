package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/// The way back through attention, as fused kernels take it: a forward pass leaves its output and the logarithm of each
/// query's sum of exponentials; from these the probabilities are computed again.
public final class AttentionBackward {
    static final Map<String, SharedKernel.Factory> ALL =
            Map.of("attention_grad", (call, arithmetic) -> plan(call, arithmetic, new Steps() {}));

    /// Steps of the kernel that a device may take in another way.
    public interface Steps {
        /// The output of the forward pass, as it is kept.
        default double output(double value, DType type) {
            return type.round(value);
        }

        /// A score before the softmax, as it is kept.
        default double score(double value) {
            return value;
        }

        /// A probability, as it is kept before it is multiplied.
        default double probability(double value) {
            return value;
        }

        /// The gradient of a probability, as it is kept.
        default double probabilityGradient(double value) {
            return value;
        }

        /// The gradient of a score, as it is kept before it is multiplied.
        default double scoreGradient(double value) {
            return value;
        }

        /// The logarithm of a query's sum of exponentials, as it is kept.
        default double logSum(double value) {
            return value;
        }

        /// What is subtracted from the gradients of a query's probabilities, as it is kept.
        default double delta(double value) {
            return value;
        }

        /// Scale of the gradient of the keys.
        default double keyScale(double scale) {
            return scale;
        }

        /// Slope of the cap where it is `cap · t`.
        default double capSlope(double t, Arithmetic arithmetic) {
            return arithmetic.subtract(1, arithmetic.multiply(t, t));
        }

        /// The last key that a query sees on the way back.
        ///
        /// @param last that it saw on the way forth, or should have seen
        /// @param keys that there are
        default int lastKey(int last, int keys) {
            return last;
        }

        /// Whether the part of a head counts for the keys and values that it shares with others.
        ///
        /// @param part number of the head among those that share them, of `parts`
        default boolean counts(int part, int parts) {
            return true;
        }

        /// Whether dropout takes the same probabilities away on the way back.
        default boolean dropsAgain() {
            return true;
        }

        /// Whether the probabilities of the forward pass are used again, and not recomputed.
        default boolean keepsProbabilities() {
            return false;
        }

        /// The gradient of keys and values so far, as it is kept between heads.
        default double part(double value) {
            return value;
        }

        /// Number of the query that is taken next by those who add up over queries.
        default int order(int number, int queries) {
            return number;
        }
    }

    private final Arithmetic arithmetic;
    private final Steps steps;
    private final DType type;
    private final boolean flat;
    private final int batches;
    private final int heads;
    private final int shared;
    private final int queries;
    private final int keys;
    private final int size;
    private final int width;
    private final double scale;
    private final double cap;
    private final double kept;
    private final boolean causal;

    private AttentionBackward(Call call, Arithmetic arithmetic, Steps steps) {
        this.arithmetic = arithmetic;
        this.steps = steps;
        Shape q = call.input("Q").shape();
        Shape k = call.input("K").shape();
        Shape v = call.input("V").shape();
        this.type = call.input("Q").dtype();
        this.flat = q.rank() == 3;
        this.batches = Math.toIntExact(q.dim(0));
        this.heads = Math.toIntExact(flat ? call.attributes().integer("q_num_heads") : q.dim(1));
        this.shared = Math.toIntExact(flat ? call.attributes().integer("kv_num_heads") : k.dim(1));
        this.queries = Math.toIntExact(q.dim(flat ? 1 : 2));
        this.keys = Math.toIntExact(k.dim(flat ? 1 : 2));
        this.size = Math.toIntExact(flat ? q.dim(2) / heads : q.dim(3));
        this.width = Math.toIntExact(flat ? v.dim(2) / shared : v.dim(3));
        this.scale = call.attributes().findReal("scale").orElseGet(() -> arithmetic.divide(1, arithmetic.sqrt(size)));
        this.cap = call.attributes().real("softcap");
        this.kept = arithmetic.divide(
                1, arithmetic.subtract(1, arithmetic.round(call.attributes().real("dropout"))));
        this.causal = call.attributes().integer("is_causal") != 0;
    }

    /// Plans a call.
    ///
    /// @param steps that are taken in another way
    public static SharedKernel plan(Call call, Arithmetic arithmetic, Steps steps) {
        AttentionBackward kernel = new AttentionBackward(call, arithmetic, steps);
        return kernel::run;
    }

    /// Where a line of a head begins.
    private int start(int batch, int head, int line, int of, int lines, int length) {
        return flat ? ((batch * lines + line) * of + head) * length : ((batch * of + head) * lines + line) * length;
    }

    /// The lines of a head.
    private double[][] head(double[] values, int batch, int head, int of, int lines, int length) {
        double[][] rows = new double[lines][];
        for (int i = 0; i < lines; i++) {
            int from = start(batch, head, i, of, lines, length);
            rows[i] = Arrays.copyOfRange(values, from, from + length);
        }
        return rows;
    }

    private void store(double[][] rows, int batch, int head, int of, double[] into) {
        for (int i = 0; i < rows.length; i++) {
            int to = start(batch, head, i, of, rows.length, rows[i].length);
            System.arraycopy(rows[i], 0, into, to, rows[i].length);
        }
    }

    private static double[][] turned(double[][] rows, int columns) {
        double[][] turned = new double[columns][rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int c = 0; c < columns; c++) {
                turned[c][i] = rows[i][c];
            }
        }
        return turned;
    }

    private void run(Arguments arguments) {
        double[] dy = Dots.values(arguments.input("dY").tensor());
        double[] q = Dots.values(arguments.input("Q").tensor());
        double[] k = Dots.values(arguments.input("K").tensor());
        double[] v = Dots.values(arguments.input("V").tensor());
        double[] dq = new double[q.length];
        double[] dk = new double[k.length];
        double[] dv = new double[v.length];
        int parts = heads / shared;
        for (int batch = 0; batch < batches; batch++) {
            for (int group = 0; group < shared; group++) {
                Head head =
                        new Head(head(k, batch, group, shared, keys, size), head(v, batch, group, shared, keys, width));
                double[][] ofKeys = new double[keys][size];
                double[][] ofValues = new double[keys][width];
                for (int part = 0; part < parts; part++) {
                    int number = group * parts + part;
                    double[][] from = head(q, batch, number, heads, queries, size);
                    double[][] given = head(dy, batch, number, heads, queries, width);
                    int of = batch;
                    Parallel.forEach(queries, i -> head.query(arguments, of, number, i, from[i], given[i]));
                    store(head.gradients, batch, number, heads, dq);
                    if (steps.counts(part, parts)) {
                        head.add(head.scores, from, size, steps.keyScale(scale), ofKeys);
                        head.add(head.weights, given, width, 1, ofValues);
                    }
                }
                store(ofKeys, batch, group, shared, dk);
                store(ofValues, batch, group, shared, dv);
            }
        }
        Dots.store(dq, arguments.output("dQ").tensor(), 0);
        Dots.store(dk, arguments.output("dK").tensor(), 0);
        Dots.store(dv, arguments.output("dV").tensor(), 0);
    }

    /// One head of keys and values, with what the query head under way gives.
    private final class Head {
        private final double[][] k;
        private final double[][] v;
        private final double[][] columnsOfK;
        private final double[][] columnsOfV;
        final double[][] scores = new double[queries][keys];
        final double[][] weights = new double[queries][keys];
        final double[][] gradients = new double[queries][size];

        Head(double[][] k, double[][] v) {
            this.k = k;
            this.v = v;
            this.columnsOfK = turned(k, size);
            this.columnsOfV = turned(v, width);
        }

        /// The visible keys of a query, one after another, and how many.
        private int visible(Tensor[] mask, int batch, int head, int query, double[] bias, int[] into) {
            int last = causal ? Math.min(query, keys - 1) : keys - 1;
            int count = 0;
            for (int j = 0; j <= steps.lastKey(last, keys); j++) {
                double added = mask.length == 0 ? 0 : bias(mask[0], batch, head, query, j);
                if (added != Double.NEGATIVE_INFINITY) {
                    bias[count] = added;
                    into[count++] = j;
                }
            }
            return count;
        }

        private double bias(Tensor mask, int batch, int head, int query, int key) {
            Shape shape = mask.shape();
            long[] at = {batch, head, query, key};
            long number = 0;
            for (int d = 0; d < shape.rank(); d++) {
                long coordinate = at[4 - shape.rank() + d];
                if (d == shape.rank() - 1 && coordinate >= shape.dim(d)) {
                    return Double.NEGATIVE_INFINITY;
                }
                number = number * shape.dim(d) + (shape.dim(d) == 1 && d < shape.rank() - 1 ? 0 : coordinate);
            }
            double value = mask.get(number);
            return mask.dtype() == DType.BOOL ? (value != 0 ? 0 : Double.NEGATIVE_INFINITY) : value;
        }

        void query(Arguments arguments, int batch, int head, int i, double[] q, double[] dy) {
            Arrays.fill(scores[i], 0);
            Arrays.fill(weights[i], 0);
            Arrays.fill(gradients[i], 0);
            Tensor[] mask = arguments.inputs().containsKey("attn_mask")
                    ? new Tensor[] {arguments.input("attn_mask").tensor()}
                    : new Tensor[0];
            double[] bias = new double[keys];
            int[] seen = new int[keys];
            int count = visible(mask, batch, head, i, bias, seen);
            if (count == 0) {
                return;
            }
            double[] s = new double[count];
            double[] t = new double[count];
            for (int n = 0; n < count; n++) {
                double score = arithmetic.multiply(scale, arithmetic.dot(q, k[seen[n]], size));
                if (cap > 0) {
                    t[n] = arithmetic.tanh(arithmetic.divide(score, cap));
                    score = arithmetic.multiply(cap, t[n]);
                }
                s[n] = steps.score(bias[n] == 0 ? score : arithmetic.add(score, bias[n]));
            }
            double largest = arithmetic.largest(s, count);
            double[] e = new double[count];
            for (int n = 0; n < count; n++) {
                e[n] = arithmetic.exp(arithmetic.subtract(s[n], largest));
            }
            double sum = arithmetic.sum(e, count);
            double logSum = steps.logSum(arithmetic.add(largest, arithmetic.log(sum)));
            double[] factors = factors(arguments, batch, head, i, seen, count);
            double delta = steps.delta(arithmetic.dot(dy, output(e, sum, factors, seen, count), width));
            boolean drops = steps.dropsAgain();
            double[] sparse = new double[keys];
            for (int n = 0; n < count; n++) {
                double p = steps.keepsProbabilities()
                        ? arithmetic.divide(e[n], sum)
                        : arithmetic.exp(arithmetic.subtract(s[n], logSum));
                double factor = drops ? factors[n] : 1;
                double dp = arithmetic.dot(dy, v[seen[n]], width);
                dp = steps.probabilityGradient(factor == 1 ? dp : arithmetic.multiply(factor, dp));
                double ds = arithmetic.multiply(p, arithmetic.subtract(dp, delta));
                if (cap > 0) {
                    ds = arithmetic.multiply(ds, steps.capSlope(t[n], arithmetic));
                }
                sparse[seen[n]] = steps.scoreGradient(ds);
                weights[i][seen[n]] = steps.probability(factor == 1 ? p : arithmetic.multiply(factor, p));
            }
            scores[i] = sparse;
            for (int c = 0; c < size; c++) {
                gradients[i][c] = arithmetic.multiply(scale, dot(sparse, columnsOfK[c], seen, count));
            }
        }

        /// A product over the visible keys alone.
        private double dot(double[] sparse, double[] column, int[] seen, int count) {
            double[] left = new double[count];
            double[] right = new double[count];
            for (int n = 0; n < count; n++) {
                left[n] = sparse[seen[n]];
                right[n] = column[seen[n]];
            }
            return arithmetic.dot(left, right, count);
        }

        private double[] factors(Arguments arguments, int batch, int head, int i, int[] seen, int count) {
            double[] factors = new double[count];
            Arrays.fill(factors, 1);
            if (arguments.inputs().containsKey("dropout_mask")) {
                Tensor mask = arguments.input("dropout_mask").tensor();
                long row = (((long) batch * heads + head) * queries + i) * keys;
                for (int n = 0; n < count; n++) {
                    factors[n] = mask.get(row + seen[n]) != 0 ? kept : 0;
                }
            }
            return factors;
        }

        /// What the forward pass returned for the query.
        private double[] output(double[] e, double sum, double[] factors, int[] seen, int count) {
            double[] weighted = new double[keys];
            for (int n = 0; n < count; n++) {
                weighted[seen[n]] = steps.probability(factors[n] == 1 ? e[n] : arithmetic.multiply(factors[n], e[n]));
            }
            double[] output = new double[width];
            for (int c = 0; c < width; c++) {
                output[c] = steps.output(arithmetic.divide(dot(weighted, columnsOfV[c], seen, count), sum), type);
            }
            return output;
        }

        /// Adds the products of the columns of some factors with lines, query by query.
        void add(double[][] factors, double[][] lines, int length, double scaled, double[][] into) {
            double[] left = new double[keys * queries];
            double[] right = new double[queries * length];
            for (int n = 0; n < queries; n++) {
                int i = steps.order(n, queries);
                for (int j = 0; j < keys; j++) {
                    left[j * queries + n] = factors[i][j];
                }
                System.arraycopy(lines[i], 0, right, n * length, length);
            }
            double[] part = Dots.multiply(
                    arithmetic, Matrix.of(left, 0, queries), Matrix.of(right, 0, length), keys, length, queries);
            for (int j = 0; j < keys; j++) {
                for (int c = 0; c < length; c++) {
                    double one = part[j * length + c];
                    double result = scaled == 1 ? one : arithmetic.multiply(scaled, one);
                    into[j][c] = steps.part(arithmetic.add(into[j][c], steps.part(result)));
                }
            }
        }
    }
}
