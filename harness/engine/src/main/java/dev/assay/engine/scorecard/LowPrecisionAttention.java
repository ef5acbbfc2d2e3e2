package dev.assay.engine.scorecard;

import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.operator.Inputs;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Attention as `attention_ref(upcast=False, reorder_ops=True)` of FlashAttention's tests computes it: keys scaled and
/// rounded, scores, capped scores, biased scores and probabilities stored in the type of the queries, sums and
/// exponentials in f32.
///
/// What a query sees, where the causal mask begins and what becomes of a query that sees nothing are ONNX's rules, see
/// the operator.
final class LowPrecisionAttention implements LowPrecision {
    private final Call call;
    private final DType dtype;
    private final DType valueType;
    private final DType stage;
    private final boolean flat;
    private final int batches;
    private final int heads;
    private final int groups;
    private final int queries;
    private final int keys;
    private final int past;
    private final int size;
    private final int valueSize;
    private final double scale;
    private final double cap;
    private final long mode;
    private final double[] q;
    private final double[] k;
    private final double[] v;
    private final Optional<Tensor> mask;
    private final double[] y;
    private final double[] scores;

    private LowPrecisionAttention(Call call, Inputs inputs) {
        Shape shape = inputs.get("Q").shape();
        this.call = call;
        this.dtype = inputs.get("Q").dtype();
        this.valueType = inputs.get("V").dtype();
        this.stage = dtype == DType.F64 ? DType.F64 : DType.F32;
        this.flat = shape.rank() == 3;
        this.batches = Math.toIntExact(shape.dim(0));
        this.heads = heads(call, "Q", "q_num_heads");
        this.groups = heads(call, "K", "kv_num_heads");
        this.queries = Math.toIntExact(shape.dim(-2));
        this.past = inputs.has("past_key")
                ? Math.toIntExact(inputs.get("past_key").shape().dim(2))
                : 0;
        this.keys = past + Math.toIntExact(inputs.get("K").shape().dim(-2));
        this.size = Math.toIntExact(shape.dim(-1) / (flat ? heads : 1));
        this.valueSize = Math.toIntExact(inputs.get("V").shape().dim(-1) / (flat ? groups : 1));
        this.scale = call.attributes().findReal("scale").orElse(1 / Math.sqrt((double) size));
        this.cap = call.attributes().real("softcap");
        this.mode = call.attributes().integer("qk_matmul_output_mode");
        this.q = byHead(inputs.get("Q"), heads, size);
        this.k = joined(inputs, "past_key", "K", size);
        this.v = joined(inputs, "past_value", "V", valueSize);
        this.mask = inputs.has("attn_mask") ? Optional.of(inputs.get("attn_mask")) : Optional.empty();
        this.y = new double[batches * heads * queries * valueSize];
        this.scores = call.hasOutput("qk_matmul_output") ? new double[batches * heads * queries * keys] : new double[0];
    }

    static LowPrecision of(Call call, Inputs inputs) {
        LowPrecisionAttention attention = new LowPrecisionAttention(call, inputs);
        Parallel.forEach(attention.batches * attention.heads, attention::head);
        return attention;
    }

    private static int heads(Call call, String input, String attribute) {
        Shape shape = call.input(input).shape();
        return Math.toIntExact(
                shape.rank() == 4
                        ? shape.dim(1)
                        : call.attributes().findInteger(attribute).orElseThrow());
    }

    /// As `[b,h,s,d]`, wherever the heads stand in the tensor.
    private double[] byHead(Tensor tensor, int count, int width) {
        double[] values = LowPrecision.values(tensor);
        if (!flat) {
            return values;
        }
        int rows = Math.toIntExact(tensor.shape().dim(1));
        double[] sorted = new double[values.length];
        for (int b = 0; b < batches; b++) {
            for (int row = 0; row < rows; row++) {
                for (int h = 0; h < count; h++) {
                    System.arraycopy(
                            values,
                            ((b * rows + row) * count + h) * width,
                            sorted,
                            ((b * count + h) * rows + row) * width,
                            width);
                }
            }
        }
        return sorted;
    }

    /// Past rows, then new ones, `[b,g,p+t,width]`.
    private double[] joined(Inputs inputs, String before, String now, int width) {
        double[] news = byHead(inputs.get(now), groups, width);
        if (past == 0) {
            return news;
        }
        double[] olds = LowPrecision.values(inputs.get(before));
        double[] all = new double[batches * groups * keys * width];
        int fresh = keys - past;
        for (int head = 0; head < batches * groups; head++) {
            System.arraycopy(olds, head * past * width, all, head * keys * width, past * width);
            System.arraycopy(news, head * fresh * width, all, (head * keys + past) * width, fresh * width);
        }
        return all;
    }

    private void head(int number) {
        int b = number / heads;
        int h = number % heads;
        int group = b * groups + h / (heads / groups);
        double[] scaled = new double[keys * size];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = dtype.round(stage.round(k[group * keys * size + i] * stage.round(scale)));
        }
        double[] row = new double[keys];
        double[] bias = new double[keys];
        for (int i = 0; i < queries; i++) {
            products((number * queries + i) * size, scaled, row);
            keep(number, i, row, 0);
            if (cap > 0) {
                for (int j = 0; j < keys; j++) {
                    row[j] = dtype.round(dtype.round(Math.tanh(dtype.round(row[j] / cap))) * cap);
                }
            }
            keep(number, i, row, 1);
            bias(b, h, i, bias);
            for (int j = 0; j < keys; j++) {
                row[j] = bias[j] == Double.NEGATIVE_INFINITY ? bias[j] : dtype.round(row[j] + bias[j]);
            }
            keep(number, i, row, 2);
            softmax(row);
            keep(number, i, row, 3);
            result(number, i, group, row);
        }
    }

    private void products(int at, double[] scaled, double[] into) {
        for (int j = 0; j < keys; j++) {
            double sum = 0;
            for (int d = 0; d < size; d++) {
                sum = stage.round(sum + stage.round(q[at + d] * scaled[j * size + d]));
            }
            into[j] = dtype.round(sum);
        }
    }

    private void softmax(double[] row) {
        double most = Double.NEGATIVE_INFINITY;
        for (double score : row) {
            most = Math.max(most, score);
        }
        double sum = 0;
        for (int j = 0; j < row.length; j++) {
            // ONNX has zeros, not NaN, for a query that sees nothing.
            row[j] = most == Double.NEGATIVE_INFINITY ? 0 : stage.round(Math.exp(stage.round(row[j] - most)));
            sum = stage.round(sum + row[j]);
        }
        for (int j = 0; j < row.length; j++) {
            row[j] = sum == 0 ? 0 : dtype.round(stage.round(row[j] / sum));
        }
    }

    private void result(int number, int query, int group, double[] probabilities) {
        double[] sums = new double[valueSize];
        for (int j = 0; j < keys; j++) {
            for (int e = 0; e < valueSize; e++) {
                double product = stage.round(probabilities[j] * v[(group * keys + j) * valueSize + e]);
                // A masked key has no part, even if its value is infinite.
                sums[e] = probabilities[j] == 0 ? sums[e] : stage.round(sums[e] + product);
            }
        }
        int b = number / heads;
        int h = number % heads;
        int at = flat ? ((b * queries + query) * heads + h) * valueSize : (number * queries + query) * valueSize;
        for (int e = 0; e < valueSize; e++) {
            y[at + e] = dtype.round(sums[e]);
        }
    }

    private void keep(int number, int query, double[] row, int now) {
        if (mode == now && scores.length > 0) {
            System.arraycopy(row, 0, scores, (number * queries + query) * keys, keys);
        }
    }

    private void bias(int b, int h, int query, double[] into) {
        List<Long> used = call.constants().get("nonpad_kv_seqlen");
        long inUse = used == null ? keys : used.get(b);
        long offset = past > 0 ? past : used == null ? 0 : used.get(b) - queries;
        boolean causal = call.attributes().integer("is_causal") == 1;
        Arrays.fill(into, 0);
        mask.ifPresent(tensor -> mask(tensor, new long[] {b, h, query}, into));
        for (int j = 0; j < keys; j++) {
            if (j >= inUse || (causal && j > query + offset)) {
                into[j] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    private static void mask(Tensor tensor, long[] at, double[] into) {
        Shape shape = tensor.shape();
        long row = 0;
        for (int axis = 0; axis < shape.rank() - 1; axis++) {
            long dim = shape.dim(axis);
            row = row * dim + (dim == 1 ? 0 : at[4 - shape.rank() + axis]);
        }
        int width = Math.toIntExact(shape.dim(-1));
        Arrays.fill(into, Double.NEGATIVE_INFINITY);
        tensor.decode(row * width, width, into, 0);
        for (int j = 0; j < width && tensor.dtype() == DType.BOOL; j++) {
            into[j] = into[j] != 0 ? 0 : Double.NEGATIVE_INFINITY;
        }
    }

    @Override
    public Optional<double[]> output(String name) {
        return switch (name) {
            case "Y" -> Optional.of(y);
            case "present_key" -> Optional.of(rounded(k, dtype));
            case "present_value" -> Optional.of(rounded(v, valueType));
            case "qk_matmul_output" -> Optional.of(scores);
            default -> Optional.empty();
        };
    }

    private static double[] rounded(double[] values, DType dtype) {
        double[] copy = new double[values.length];
        Arrays.setAll(copy, i -> dtype.round(values[i]));
        return copy;
    }
}
