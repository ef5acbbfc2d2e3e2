package dev.assay.operator.attention;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.attention.ScaledDotProduct.Stage;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// Result and logarithms of a [Batch]: each sequence and head is a [ScaledDotProduct] of its own, over keys and values
/// that may lie anywhere.
final class BatchOracle implements Oracle {
    private static final int BLOCK = 1 << 18;

    private final Batch batch;
    private final Source source;
    private final ScaledDotProduct product;
    private final Optional<double[]> slopes;
    private final Optional<double[]> sinks;
    private final DType input;

    /// Where queries, keys and values are.
    interface Source {
        /// The queries of a head, of all sequences.
        Matrix queries(int head);

        /// The keys of a sequence, for a head of keys.
        Matrix keys(int sequence, int head);

        Matrix values(int sequence, int head);
    }

    BatchOracle(Batch batch, Source source, Inputs inputs, ComputeContract contract, DType input, boolean dequantised) {
        this.batch = batch;
        this.source = source;
        this.input = input;
        this.slopes = read(inputs, "alibi_slopes");
        this.sinks = read(inputs, "sinks");
        this.product = new ScaledDotProduct(
                contract, input, batch.scale(), batch.cap(), batch.d(), dequantised, slopes.isPresent());
    }

    private static Optional<double[]> read(Inputs inputs, String name) {
        if (!inputs.has(name)) {
            return Optional.empty();
        }
        double[] values = new double[Math.toIntExact(inputs.get(name).shape().elements())];
        inputs.get(name).decode(0, values.length, values, 0);
        return Optional.of(values);
    }

    @Override
    public Shape shape(int output) {
        return output == 0 ? batch.result() : batch.logarithms();
    }

    /// What a query gets from a head shares the errors of its softmax.
    @Override
    public long cluster(int output) {
        return output == 0 ? Math.max(1, batch.e()) : 1;
    }

    /// Some queries of one sequence and head.
    @Override
    public Iterable<Region> regions(int output) {
        List<Region> boxes = new ArrayList<>();
        for (int n = 0; n < batch.sequences() && !shape(output).isEmpty(); n++) {
            int step = Math.max(1, BLOCK / Math.max(1, batch.keys().get(n)));
            for (int h = 0; h < batch.h(); h++) {
                for (int from = batch.queries().get(n); from < batch.queries().get(n + 1); from += step) {
                    int to = Math.min(batch.queries().get(n + 1), from + step);
                    boxes.add(lines(output, h, LongStream.range(from, to).toArray()));
                }
            }
        }
        return boxes;
    }

    /// What an output has of some queries of one head.
    Region lines(int output, long head, long[] rows) {
        return output == 0
                ? Region.grid(
                        rows, new long[] {head}, LongStream.range(0, batch.e()).toArray())
                : Region.grid(new long[] {head}, rows);
    }

    @Override
    public Optional<CheapOracle> cheap(int output) {
        return shape(output).isEmpty() ? Optional.empty() : Optional.of(new SampledBatch(batch, output, input, this));
    }

    @Override
    public void expect(int output, Region region, Observed device, ExpectedBlock into) {
        int head = Math.toIntExact(region.start(output == 0 ? 1 : 0));
        long[] rows = region.along(output == 0 ? 0 : 1);
        if (!region.equals(lines(output, head, rows))) {
            throw new IllegalArgumentException("attention is judged by queries of one head, not " + region);
        }
        int sequence = batch.sequenceOf(rows[0]);
        if (rows[rows.length - 1] >= batch.queries().get(sequence + 1)) {
            throw new IllegalArgumentException("attention is judged by queries of one sequence, not " + region);
        }
        int shared = head / (batch.h() / batch.g());
        int keys = batch.keys().get(sequence);
        Matrix k = source.keys(sequence, shared);
        Matrix v = source.values(sequence, shared);
        // A sink is a key of zeros whose whole score is its bias, with a value of zeros.
        product.expect(
                output == 0 ? Stage.RESULT : Stage.LOG_SUM_EXP,
                source.queries(head).rows(rows),
                sinks.isPresent() ? Matrix.stacked(k, keys, Matrix.zeros()) : k,
                sinks.isPresent() ? Matrix.stacked(v, keys, Matrix.zeros()) : v,
                rows.length,
                keys + (sinks.isPresent() ? 1 : 0),
                batch.e(),
                (i, row) -> bias(
                        sequence,
                        head,
                        Math.toIntExact(rows[i] - batch.queries().get(sequence)),
                        row),
                into,
                0);
    }

    private void bias(int sequence, int head, int query, double[] into) {
        long position = batch.position(sequence, query);
        double slope = slopes.map(values -> values[head]).orElse(0.0);
        int keys = batch.keys().get(sequence);
        for (int j = 0; j < keys; j++) {
            into[j] = !batch.sees(position, j)
                    ? Double.NEGATIVE_INFINITY
                    : slope == 0 ? 0 : -slope * Math.abs(position - j);
        }
        sinks.ifPresent(values -> into[keys] = values[head]);
    }
}
