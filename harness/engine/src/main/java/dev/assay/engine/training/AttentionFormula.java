package dev.assay.engine.training;

import dev.assay.backend.Call;
import java.util.Arrays;
import java.util.function.Function;

/// Causal attention of grouped queries on `[batch, sequence, heads * size]`, forward and backward.
final class AttentionFormula {
    private final Function<String, double[]> of;
    private final int batches;
    private final int length;
    private final int heads;
    private final int keyHeads;
    private final int size;
    private final double scale;

    AttentionFormula(Call call, Function<String, double[]> of) {
        this.of = of;
        this.batches = Math.toIntExact(call.input("Q").shape().dim(0));
        this.length = Math.toIntExact(call.input("Q").shape().dim(1));
        this.heads = Math.toIntExact(call.attributes().integer("q_num_heads"));
        this.keyHeads = Math.toIntExact(call.attributes().integer("kv_num_heads"));
        this.size = Math.toIntExact(call.input("Q").shape().dim(2) / heads);
        this.scale = 1 / Math.sqrt(size);
    }

    /// Where a token's part of a head starts.
    private int at(int batch, int token, int head, int of) {
        return ((batch * length + token) * of + head) * size;
    }

    private int group(int head) {
        return head / (heads / keyHeads);
    }

    private static double dot(double[] a, int from, double[] b, int at, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += a[from + i] * b[at + i];
        }
        return sum;
    }

    private static void addTo(double[] a, int at, double factor, double[] b, int from, int count) {
        for (int i = 0; i < count; i++) {
            a[at + i] += factor * b[from + i];
        }
    }

    /// Probabilities of the keys that a query sees.
    private double[] probabilities(int batch, int head, int query) {
        double[] q = of.apply("Q");
        double[] k = of.apply("K");
        double[] p = new double[query + 1];
        double largest = Double.NEGATIVE_INFINITY;
        for (int key = 0; key <= query; key++) {
            p[key] = scale * dot(q, at(batch, query, head, heads), k, at(batch, key, group(head), keyHeads), size);
            largest = Math.max(largest, p[key]);
        }
        double sum = 0;
        for (int key = 0; key <= query; key++) {
            p[key] = Math.exp(p[key] - largest);
            sum += p[key];
        }
        for (int key = 0; key <= query; key++) {
            p[key] /= sum;
        }
        return p;
    }

    void forward() {
        double[] v = of.apply("V");
        double[] y = of.apply("Y");
        Arrays.fill(y, 0);
        for (int batch = 0; batch < batches; batch++) {
            for (int head = 0; head < heads; head++) {
                for (int query = 0; query < length; query++) {
                    double[] p = probabilities(batch, head, query);
                    for (int key = 0; key <= query; key++) {
                        addTo(y, at(batch, query, head, heads), p[key], v, at(batch, key, group(head), keyHeads), size);
                    }
                }
            }
        }
    }

    void backward() {
        for (String output : new String[] {"dQ", "dK", "dV"}) {
            Arrays.fill(of.apply(output), 0);
        }
        for (int batch = 0; batch < batches; batch++) {
            for (int head = 0; head < heads; head++) {
                for (int query = 0; query < length; query++) {
                    backward(batch, head, query);
                }
            }
        }
    }

    private void backward(int batch, int head, int query) {
        double[] d = of.apply("dY");
        int here = at(batch, query, head, heads);
        double[] p = probabilities(batch, head, query);
        double[] dp = new double[query + 1];
        double along = 0;
        for (int key = 0; key <= query; key++) {
            int there = at(batch, key, group(head), keyHeads);
            dp[key] = dot(d, here, of.apply("V"), there, size);
            along += p[key] * dp[key];
            addTo(of.apply("dV"), there, p[key], d, here, size);
        }
        for (int key = 0; key <= query; key++) {
            int there = at(batch, key, group(head), keyHeads);
            double ds = scale * p[key] * (dp[key] - along);
            addTo(of.apply("dQ"), here, ds, of.apply("K"), there, size);
            addTo(of.apply("dK"), there, ds, of.apply("Q"), here, size);
        }
    }
}
