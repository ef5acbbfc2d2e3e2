package dev.assay.engine.judge;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBackend;
import dev.assay.backend.Support;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;

/// Matrix product and attention as loops that add up in f32, in order, and share no code with the reference; and places
/// at which a test makes them go wrong.
class Loops extends HostBackend {
    private final ComputeContract contract;

    Loops(ComputeContract contract) {
        super(DeviceInfo.named("loops"));
        this.contract = contract;
    }

    @Override
    public ComputeContract contract(Call call) {
        return contract;
    }

    @Override
    public Support supports(Call call) {
        return Support.yes();
    }

    @Override
    protected void run(Call call, Arguments arguments) {
        if (call.operator().equals("matmul")) {
            multiply(
                    arguments.input("A").tensor(),
                    arguments.input("B").tensor(),
                    arguments.output("Y").tensor());
        } else {
            attend(call, arguments);
        }
    }

    /// An operand as it is read.
    float operand(float value) {
        return value;
    }

    /// Terms of a sum that take part.
    int depth(int depth) {
        return depth;
    }

    /// Terms after which the partial sum is put away, and how.
    int chunk(int depth) {
        return depth;
    }

    float partial(float sum) {
        return sum;
    }

    /// A sum after a term was added.
    float added(float sum) {
        return sum;
    }

    /// A result as it is stored.
    double stored(float value, Tensor y) {
        return value;
    }

    /// The matrix that is multiplied in place of this one.
    long matrix(long batch) {
        return batch;
    }

    private float[] values(Tensor tensor) {
        double[] wide = new double[(int) tensor.shape().elements()];
        tensor.decode(0, wide.length, wide, 0);
        float[] values = new float[wide.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = operand((float) wide[i]);
        }
        return values;
    }

    /// Number of a matrix of an operand whose leading dimensions broadcast.
    private static long number(Shape operand, Shape batches, long batch) {
        long[] at = batches.coordinates(batch);
        int rank = operand.rank() - 2;
        long number = 0;
        for (int axis = 0; axis < rank; axis++) {
            long size = operand.dim(axis);
            number = number * size + (size == 1 ? 0 : at[at.length - rank + axis]);
        }
        return number;
    }

    private void multiply(Tensor a, Tensor b, Tensor y) {
        int m = (int) a.shape().dim(-2);
        int k = (int) a.shape().dim(-1);
        int n = (int) b.shape().dim(-1);
        float[] left = values(a);
        float[] right = values(b);
        Shape batches = y.shape().slice(0, y.shape().rank() - 2);
        for (long batch = 0; batch < batches.elements(); batch++) {
            int fromA = (int) number(a.shape(), batches, matrix(batch)) * m * k;
            int fromB = (int) number(b.shape(), batches, matrix(batch)) * k * n;
            for (int i = 0; i < m; i++) {
                float[] row = row(left, fromA + i * k, right, fromB, k, n);
                for (int j = 0; j < n; j++) {
                    y.set((batch * m + i) * n + j, stored(row[j], y));
                }
            }
        }
    }

    private float[] row(float[] left, int fromA, float[] right, int fromB, int k, int n) {
        float[] total = new float[n];
        float[] sums = new float[n];
        int chunk = chunk(k);
        int depth = depth(k);
        for (int l = 0; l < depth; l++) {
            float factor = left[fromA + l];
            for (int j = 0; j < n; j++) {
                sums[j] = added(sums[j] + factor * right[fromB + l * n + j]);
            }
            if ((l + 1) % chunk == 0 || l + 1 == depth) {
                for (int j = 0; j < n; j++) {
                    total[j] += partial(sums[j]);
                }
                Arrays.fill(sums, 0);
            }
        }
        return total;
    }

    /// Keys that a query sees.
    int visible(boolean causal, int query, int keys) {
        return causal ? Math.min(keys, query + 1) : keys;
    }

    /// The head whose keys and values a head uses.
    int keyHead(int head, int group) {
        return head / group;
    }

    /// The batch whose inputs a batch uses.
    int batch(int batch) {
        return batch;
    }

    private void attend(Call call, Arguments arguments) {
        Shape q = call.input("Q").shape();
        Shape k = call.input("K").shape();
        int heads = (int) q.dim(1);
        int queries = (int) q.dim(2);
        int size = (int) q.dim(3);
        int group = heads / (int) k.dim(1);
        int keys = (int) k.dim(2);
        boolean causal = call.attributes().integer("is_causal") == 1;
        float[] left = values(arguments.input("Q").tensor());
        float[] right = values(arguments.input("K").tensor());
        float[] weighted = values(arguments.input("V").tensor());
        Tensor y = arguments.output("Y").tensor();
        float scale = (float) (1 / Math.sqrt((double) size));
        float[] scores = new float[keys];
        for (int b = 0; b < q.dim(0); b++) {
            for (int h = 0; h < heads; h++) {
                int from = ((batch(b) * (int) k.dim(1)) + keyHead(h, group)) * keys * size;
                for (int i = 0; i < queries; i++) {
                    int at = ((batch(b) * heads + h) * queries + i) * size;
                    int seen = visible(causal, i, keys);
                    float[] result = query(left, at, right, weighted, from, seen, size, scale, scores);
                    for (int c = 0; c < size; c++) {
                        y.set((((long) b * heads + h) * queries + i) * size + c, result[c]);
                    }
                }
            }
        }
    }

    private static float[] query(
            float[] q, int at, float[] k, float[] v, int from, int seen, int size, float scale, float[] scores) {
        float max = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < seen; j++) {
            float sum = 0;
            for (int c = 0; c < size; c++) {
                sum += q[at + c] * k[from + j * size + c];
            }
            scores[j] = sum * scale;
            max = Math.max(max, scores[j]);
        }
        float[] result = new float[size];
        float total = 0;
        for (int j = 0; j < seen; j++) {
            float p = (float) Math.exp(scores[j] - max);
            total += p;
            for (int c = 0; c < size; c++) {
                result[c] += p * v[from + j * size + c];
            }
        }
        for (int c = 0; c < size && total > 0; c++) {
            result[c] /= total;
        }
        return result;
    }
}
