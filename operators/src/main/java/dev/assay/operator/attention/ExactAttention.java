package dev.assay.operator.attention;

import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Matrix;
import dev.assay.operator.attention.ScaledDotProduct.Stage;

/// The textbook formula of attention in about 100 bits, one query at a time: slow, and independent of the fast kernels.
final class ExactAttention {
    private final double scale;
    private final double cap;
    private final int size;
    private final int keys;
    private final int valueSize;

    ExactAttention(double scale, double cap, int size, int keys, int valueSize) {
        this.scale = scale;
        this.cap = cap;
        this.size = size;
        this.keys = keys;
        this.valueSize = valueSize;
    }

    /// The stage's value for every key, or for every column of the result. All inputs that take part must be
    /// finite.
    DoubleDouble[] row(Stage stage, int query, Matrix q, Matrix k, Matrix v, double[] bias) {
        DoubleDouble[] s = new DoubleDouble[keys];
        double[] left = new double[size];
        double[] right = new double[size];
        q.row(query, 0, size, left, 0);
        for (int j = 0; j < keys; j++) {
            k.row(j, 0, size, right, 0);
            DoubleDouble sum = DoubleDouble.ZERO;
            for (int d = 0; d < size; d++) {
                sum = sum.plus(DoubleDouble.product(left[d], right[d]));
            }
            s[j] = sum.times(scale);
            if (stage != Stage.SCORES && cap > 0) {
                DoubleDouble limit = DoubleDouble.of(cap);
                s[j] = s[j].dividedBy(limit).tanh().times(cap);
            }
            if (stage.compareTo(Stage.CAPPED) > 0 && bias[j] != 0) {
                s[j] = s[j].plus(bias[j]);
            }
        }
        if (stage.compareTo(Stage.BIASED) <= 0) {
            return s;
        }
        DoubleDouble[] p = softmax(s, bias);
        return stage == Stage.PROBABILITIES ? p : combine(p, v);
    }

    private static DoubleDouble[] softmax(DoubleDouble[] s, double[] bias) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < s.length; j++) {
            max = bias[j] == Double.NEGATIVE_INFINITY ? max : Math.max(max, s[j].hi());
        }
        DoubleDouble[] p = new DoubleDouble[s.length];
        DoubleDouble sum = DoubleDouble.ZERO;
        for (int j = 0; j < s.length; j++) {
            boolean masked = bias[j] == Double.NEGATIVE_INFINITY;
            p[j] = masked ? DoubleDouble.ZERO : s[j].plus(-max).exp();
            sum = sum.plus(p[j]);
        }
        for (int j = 0; j < s.length && sum.hi() > 0; j++) {
            p[j] = p[j].dividedBy(sum);
        }
        return p;
    }

    private DoubleDouble[] combine(DoubleDouble[] p, Matrix v) {
        DoubleDouble[] o = new DoubleDouble[valueSize];
        java.util.Arrays.fill(o, DoubleDouble.ZERO);
        double[] values = new double[valueSize];
        for (int j = 0; j < keys; j++) {
            if (p[j].hi() == 0) {
                continue;
            }
            v.row(j, 0, valueSize, values, 0);
            for (int c = 0; c < valueSize; c++) {
                o[c] = o[c].plus(p[j].times(values[c]));
            }
        }
        return o;
    }
}
