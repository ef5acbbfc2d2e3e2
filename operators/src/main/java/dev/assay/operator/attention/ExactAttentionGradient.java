package dev.assay.operator.attention;

import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Matrix;
import dev.assay.operator.attention.ScaledDotProduct.Stage;
import java.util.Arrays;

/// The textbook formula of the gradients in about 100 bits, one query at a time: slow, and independent
/// of the fast ones.
final class ExactAttentionGradient {
    private final AttentionPlan plan;
    private final double keep;
    private final ExactAttention forward;
    private final DoubleDouble[] ofKeys;
    private final DoubleDouble[] ofValues;

    /// @param keep factor of the probabilities that dropout leaves
    ExactAttentionGradient(AttentionPlan plan, double keep) {
        this.plan = plan;
        this.keep = keep;
        this.forward = new ExactAttention(plan.scale(), plan.cap(), plan.d(), plan.keys(), plan.e());
        this.ofKeys = zeros(plan.keys() * plan.d());
        this.ofValues = zeros(plan.keys() * plan.e());
    }

    private static DoubleDouble[] zeros(int count) {
        DoubleDouble[] zeros = new DoubleDouble[count];
        Arrays.fill(zeros, DoubleDouble.ZERO);
        return zeros;
    }

    /// The gradient of a query; adds what it gives to keys and values.
    ///
    /// @param kept what dropout leaves, a number for each key; empty without dropout
    DoubleDouble[] query(int i, Matrix q, Matrix k, Matrix v, Matrix dy, double[] bias, double[] kept) {
        int d = plan.d();
        int e = plan.e();
        DoubleDouble[] p = forward.row(Stage.PROBABILITIES, i, q, k, v, bias);
        DoubleDouble[] capped = plan.cap() > 0 ? forward.row(Stage.CAPPED, i, q, k, v, bias) : p;
        double[] query = new double[d];
        double[] key = new double[d];
        double[] value = new double[e];
        double[] given = new double[e];
        q.row(i, 0, d, query, 0);
        dy.row(i, 0, e, given, 0);
        DoubleDouble[] dp = zeros(p.length);
        DoubleDouble delta = DoubleDouble.ZERO;
        for (int j = 0; j < p.length; j++) {
            if (p[j].hi() == 0) {
                continue;
            }
            double factor = kept.length == 0 ? 1 : kept[j] * keep;
            v.row(j, 0, e, value, 0);
            for (int c = 0; c < e; c++) {
                dp[j] = dp[j].plus(DoubleDouble.product(given[c], value[c]));
                int at = j * e + c;
                ofValues[at] = ofValues[at].plus(p[j].times(factor).times(given[c]));
            }
            dp[j] = dp[j].times(factor);
            delta = delta.plus(p[j].times(dp[j]));
        }
        DoubleDouble[] result = zeros(d);
        for (int j = 0; j < p.length; j++) {
            if (p[j].hi() == 0) {
                continue;
            }
            DoubleDouble ds = p[j].times(dp[j].minus(delta)).times(plan.scale());
            if (plan.cap() > 0) {
                DoubleDouble t = capped[j].dividedBy(DoubleDouble.of(plan.cap()));
                ds = ds.times(DoubleDouble.of(1).minus(t.times(t)));
            }
            k.row(j, 0, d, key, 0);
            for (int c = 0; c < d; c++) {
                result[c] = result[c].plus(ds.times(key[c]));
                int at = j * d + c;
                ofKeys[at] = ofKeys[at].plus(ds.times(query[c]));
            }
        }
        return result;
    }

    DoubleDouble[] ofKeys() {
        return ofKeys;
    }

    DoubleDouble[] ofValues() {
        return ofValues;
    }
}
