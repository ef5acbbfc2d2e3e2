package dev.assay.operator.attention;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Attention written down from the text of ONNX Attention-24 once more, with plain loops over plain arrays.
///
/// Shares nothing with the reference that it checks: every tensor is a row-major array with its sizes.
final class NaiveAttention {
    /// A tensor's values and sizes.
    static final class Array {
        private final double[] values;
        private final int[] sizes;

        Array(double[] values, int... sizes) {
            this.values = values.clone();
            this.sizes = sizes.clone();
        }

        int rank() {
            return sizes.length;
        }

        int size(int axis) {
            return sizes[axis];
        }

        double at(int... index) {
            int number = 0;
            for (int axis = 0; axis < sizes.length; axis++) {
                number = number * sizes[axis] + index[axis];
            }
            return values[number];
        }
    }

    private final Map<String, Array> inputs;
    private final boolean boolMask;
    private final boolean causal;
    private final Optional<List<Long>> used;
    private final double softcap;

    final int batches;
    final int queryHeads;
    final int keyHeads;
    final int queries;
    final int past;
    final int keys;
    final int headSize;
    final int valueSize;
    private final double scale;
    private final boolean flat;

    final double[] raw;
    final double[] capped;
    final double[] biased;
    final double[] probabilities;
    final double[] result;
    final double[] presentKey;
    final double[] presentValue;

    NaiveAttention(
            Map<String, Array> inputs,
            int queryHeads,
            int keyHeads,
            boolean boolMask,
            boolean causal,
            Optional<List<Long>> used,
            Optional<Double> scale,
            double softcap) {
        this.inputs = inputs;
        this.boolMask = boolMask;
        this.causal = causal;
        this.used = used;
        this.softcap = softcap;
        this.queryHeads = queryHeads;
        this.keyHeads = keyHeads;
        Array q = array("Q");
        Array k = array("K");
        Array v = array("V");
        this.flat = q.rank() == 3;
        this.batches = q.size(0);
        this.queries = flat ? q.size(1) : q.size(2);
        this.headSize = flat ? q.size(2) / queryHeads : q.size(3);
        this.valueSize = flat ? v.size(2) / keyHeads : v.size(3);
        this.past = inputs.containsKey("past_key") ? array("past_key").size(2) : 0;
        this.keys = past + (flat ? k.size(1) : k.size(2));
        this.scale = scale.orElse(1 / Math.sqrt(headSize));
        int scores = batches * queryHeads * queries * keys;
        raw = new double[scores];
        capped = new double[scores];
        biased = new double[scores];
        probabilities = new double[scores];
        result = new double[batches * queryHeads * queries * valueSize];
        presentKey = new double[batches * keyHeads * keys * headSize];
        presentValue = new double[batches * keyHeads * keys * valueSize];
        present("K", "past_key", headSize, presentKey);
        present("V", "past_value", valueSize, presentValue);
        for (int b = 0; b < batches; b++) {
            for (int h = 0; h < queryHeads; h++) {
                for (int i = 0; i < queries; i++) {
                    row(b, h, i);
                }
            }
        }
    }

    private Array array(String name) {
        Array array = inputs.get(name);
        if (array == null) {
            throw new IllegalArgumentException(name);
        }
        return array;
    }

    private void present(String now, String before, int size, double[] into) {
        int to = 0;
        for (int b = 0; b < batches; b++) {
            for (int g = 0; g < keyHeads; g++) {
                for (int j = 0; j < keys; j++) {
                    for (int c = 0; c < size; c++) {
                        into[to++] = j < past
                                ? array(before).at(b, g, j, c)
                                : flat
                                        ? array(now).at(b, j - past, g * size + c)
                                        : array(now).at(b, g, j - past, c);
                    }
                }
            }
        }
    }

    private void row(int b, int h, int i) {
        int g = h / (queryHeads / keyHeads);
        int from = ((b * queryHeads + h) * queries + i) * keys;
        double largest = Double.NEGATIVE_INFINITY;
        boolean[] visible = new boolean[keys];
        for (int j = 0; j < keys; j++) {
            double sum = 0;
            for (int d = 0; d < headSize; d++) {
                double q = flat
                        ? array("Q").at(b, i, h * headSize + d)
                        : array("Q").at(b, h, i, d);
                sum += q * presentKey[((b * keyHeads + g) * keys + j) * headSize + d];
            }
            raw[from + j] = sum * scale;
            capped[from + j] = softcap > 0 ? softcap * Math.tanh(raw[from + j] / softcap) : raw[from + j];
            double bias = bias(b, h, i, j);
            visible[j] = bias != Double.NEGATIVE_INFINITY;
            biased[from + j] = visible[j] ? capped[from + j] + bias : bias;
            if (visible[j]) {
                largest = Math.max(largest, biased[from + j]);
            }
        }
        double sum = 0;
        for (int j = 0; j < keys; j++) {
            probabilities[from + j] = visible[j] ? Math.exp(biased[from + j] - largest) : 0;
            sum += probabilities[from + j];
        }
        for (int j = 0; j < keys; j++) {
            probabilities[from + j] = sum == 0 ? 0 : probabilities[from + j] / sum;
        }
        for (int c = 0; c < valueSize; c++) {
            double y = 0;
            for (int j = 0; j < keys; j++) {
                if (visible[j]) {
                    y += probabilities[from + j] * presentValue[((b * keyHeads + g) * keys + j) * valueSize + c];
                }
            }
            int to = flat
                    ? (b * queries + i) * queryHeads * valueSize + h * valueSize + c
                    : ((b * queryHeads + h) * queries + i) * valueSize + c;
            result[to] = y;
        }
    }

    /// "A query at in-block index i attends key j iff j <= i + offset": the number of keys before this block of
    /// queries, taken from the past, or else from the lengths in use, or else 0.
    private double bias(int b, int h, int i, int j) {
        double bias = mask(b, h, i, j);
        if (causal) {
            long offset = past > 0 ? past : 0;
            if (past == 0 && used.isPresent()) {
                offset = used.get().get(b) - queries;
            }
            bias = j <= i + offset ? bias : Double.NEGATIVE_INFINITY;
        }
        return used.isPresent() && j >= used.get().get(b) ? Double.NEGATIVE_INFINITY : bias;
    }

    private double mask(int b, int h, int i, int j) {
        if (!inputs.containsKey("attn_mask")) {
            return 0;
        }
        Array mask = array("attn_mask");
        int rank = mask.rank();
        int[] full = {b, h, i, j};
        int[] at = new int[rank];
        for (int axis = 0; axis < rank; axis++) {
            at[axis] = axis < rank - 1 && mask.size(axis) == 1 ? 0 : full[4 - rank + axis];
        }
        if (j >= mask.size(rank - 1)) {
            // "will be padded to total_sequence_length with negative infinity"
            return Double.NEGATIVE_INFINITY;
        }
        double value = mask.at(at);
        return boolMask ? value != 0 ? 0 : Double.NEGATIVE_INFINITY : value;
    }
}
