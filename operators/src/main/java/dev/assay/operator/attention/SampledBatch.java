package dev.assay.operator.attention;

import dev.assay.operator.CheapOracle;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Observed;
import dev.assay.operator.Region;
import dev.assay.operator.Strata;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Judges a [Batch] by some queries of every sequence and head, for about a twentieth of what computing it costs: as
/// [SampledQueries] does an attention, with what that says of faults of single queries.
final class SampledBatch implements CheapOracle {
    /// Part of the kernel's cost that judging may take.
    private static final double SHARE = 0.05;
    /// Products over the keys that one query costs: of the scores, and of the result with its error model.
    private static final int SCORE_PRODUCTS = 2;

    private static final int RESULT_PRODUCTS = 5;
    /// Enough for all residues and edges.
    private static final int FEWEST = 448;

    private static final int FEWEST_PER_PART = 2;
    private static final double MOST_FLOPS = 1e11;
    /// A query in double-double arithmetic costs an order of magnitude more.
    private static final int F64_SHARE = 8;
    /// Scores that are held at a time.
    private static final int SCORES = 1 << 21;

    private static final long KEY = 0x0BA7_C4ED;

    private final Batch batch;
    private final int output;
    private final DType dtype;
    private final BatchOracle oracle;

    /// @param output position in the signature: the result, or the logarithms
    SampledBatch(Batch batch, int output, DType dtype, BatchOracle oracle) {
        this.batch = batch;
        this.output = output;
        this.dtype = dtype;
        this.oracle = oracle;
    }

    /// What judging this way costs.
    static double flops(Batch batch, DType dtype) {
        long count = perPart(batch, dtype);
        double flops = 0;
        for (int n = 0; n < batch.sequences(); n++) {
            flops += (double) batch.h() * (double) Math.min(count, batch.queries(n)) * perQuery(batch, n);
        }
        return flops;
    }

    private static double perQuery(Batch batch, int sequence) {
        return 2.0 * batch.keys().get(sequence) * (SCORE_PRODUCTS * batch.d() + RESULT_PRODUCTS * batch.e());
    }

    /// Queries of each head of a sequence.
    private static long perPart(Batch batch, DType dtype) {
        double one = 0;
        for (int n = 0; n < batch.sequences(); n++) {
            one += batch.h() * perQuery(batch, n);
        }
        int share = dtype == DType.F64 ? F64_SHARE : 1;
        double parts = (double) batch.h() * batch.sequences();
        double affordable = Math.min(SHARE * batch.cost(dtype, 0).flops(), MOST_FLOPS) / Math.max(1, one) / share;
        return Math.max(FEWEST_PER_PART, (long) Math.max(affordable, FEWEST / Math.max(1, parts) / share));
    }

    @Override
    public List<Region> samples() {
        List<Region> samples = new ArrayList<>();
        long count = perPart(batch, dtype);
        long parts = (long) batch.h() * batch.sequences();
        for (int part = 0; part < parts; part++) {
            int sequence = part / batch.h();
            int step = Math.max(1, SCORES / Math.max(1, batch.keys().get(sequence)));
            long[] queries = Strata.share(batch.queries(sequence), count, part, parts, places(sequence), KEY);
            for (int from = 0; from < queries.length; from += step) {
                long[] rows = Arrays.copyOfRange(queries, from, Math.min(queries.length, from + step));
                for (int i = 0; i < rows.length; i++) {
                    rows[i] += batch.queries().get(sequence);
                }
                samples.add(oracle.lines(output, part % batch.h(), rows));
            }
        }
        return samples;
    }

    /// Queries at which the mask changes: the first that sees a key, the first that sees the last key, the first that
    /// does not see the first one, and those beside them.
    private List<Long> places(int sequence) {
        List<Long> places = new ArrayList<>();
        long offset = batch.position(sequence, 0);
        long last = batch.keys().get(sequence) - 1L;
        if (batch.right() >= 0) {
            places.addAll(around(-batch.right() - offset));
            places.addAll(around(last - batch.right() - offset));
        }
        if (batch.left() >= 0) {
            places.addAll(around(batch.left() + 1 - offset));
        }
        long pitch = output == 0 ? (long) batch.h() * batch.e() : 1;
        places.addAll(Strata.wraps(pitch, batch.queries().get(sequence) * pitch, Math.ceilDiv(dtype.bits(), 8)));
        return places;
    }

    private static List<Long> around(long query) {
        return List.of(query, query - 1, query + 1);
    }

    @Override
    public Region around(long[] coordinates) {
        return oracle.lines(output, coordinates[output == 0 ? 1 : 0], new long[] {coordinates[output == 0 ? 0 : 1]});
    }

    @Override
    public void expect(Region region, Observed device, ExpectedBlock into) {
        oracle.expect(output, region, device, into);
    }
}
