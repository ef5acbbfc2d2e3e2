package dev.assay.engine.training;

import dev.assay.backend.Call;
import java.util.Arrays;
import java.util.function.Function;

/// Causal attention of grouped queries on `[batch, sequence, heads * size]`, forward and backward.
final class AttentionFormula {
    private final Function<String, double[]> of;
    private final double[] q;
    private final double[] k;
    private final double[] v;
    private final int batches;
    private final int length;
    private final int heads;
    private final int keyHeads;
    private final int size;
    private final double scale;

    AttentionFormula(Call call, Function<String, double[]> of) {
        this.of = of;
        this.q = of.apply("Q");
        this.k = of.apply("K");
        this.v = of.apply("V");
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
        double[] d = of.apply("dY");
        double[] dq = zeros("dQ");
        double[] dk = zeros("dK");
        double[] dv = zeros("dV");
        for (int batch = 0; batch < batches; batch++) {
            for (int head = 0; head < heads; head++) {
                for (int query = 0; query < length; query++) {
                    backward(batch, head, query, d, dq, dk, dv);
                }
            }
        }
    }

    private double[] zeros(String output) {
        double[] values = of.apply(output);
        Arrays.fill(values, 0);
        return values;
    }

    private void backward(int batch, int head, int query, double[] d, double[] dq, double[] dk, double[] dv) {
        int here = at(batch, query, head, heads);
        double[] p = probabilities(batch, head, query);
        double[] dp = new double[query + 1];
        double along = 0;
        for (int key = 0; key <= query; key++) {
            int there = at(batch, key, group(head), keyHeads);
            dp[key] = dot(d, here, v, there, size);
            along += p[key] * dp[key];
            addTo(dv, there, p[key], d, here, size);
        }
        for (int key = 0; key <= query; key++) {
            int there = at(batch, key, group(head), keyHeads);
            double ds = scale * p[key] * (dp[key] - along);
            addTo(dq, here, ds, k, there, size);
            addTo(dk, there, ds, q, here, size);
        }
    }
}
