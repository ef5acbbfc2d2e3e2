package dev.assay.operator.attention;

import dev.assay.operator.CheapOracle;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Observed;
import dev.assay.operator.Region;
import dev.assay.operator.Strata;
import dev.assay.operator.attention.Attention.Reference;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Judges attention by some queries of every head, for about a twentieth of what computing all of it costs.
///
/// The heads share the places: all residues modulo 256, edges of tiles and of the causal mask are met on one head or
/// another, and each head has its first and last query among them where there is room. Every sampled query meets all
/// keys and all columns, so that what is wrong with a key, a column or a head shows. A fault of single queries, at
/// no fixed place, shows only if it hits one of them: of an output after a softmax no sum is known for less than
/// half of what computing it costs.
final class SampledQueries implements CheapOracle {
    /// Part of the kernel's cost that judging may take.
    private static final double SHARE = 0.05;
    /// Products over the keys that one query costs: of the scores, and of the result with its error model.
    private static final int SCORE_PRODUCTS = 2;

    private static final int RESULT_PRODUCTS = 5;
    /// Enough for all residues and edges.
    private static final int FEWEST = 448;

    private static final int FEWEST_PER_HEAD = 2;
    private static final double MOST_FLOPS = 1e11;
    /// A query in double-double arithmetic costs an order of magnitude more.
    private static final int F64_SHARE = 8;
    /// Scores that are held at a time.
    private static final int SCORES = 1 << 21;

    private static final long KEY = 0x0A77_E571;

    private final AttentionPlan plan;
    private final int output;
    private final DType dtype;
    private final Reference reference;

    /// @param output position in the signature: the result, or the scores
    SampledQueries(AttentionPlan plan, int output, DType dtype, Reference reference) {
        this.plan = plan;
        this.output = output;
        this.dtype = dtype;
        this.reference = reference;
    }

    /// What judging this way costs.
    ///
    /// @param scores whether the scores are asked for too
    static double flops(AttentionPlan plan, DType dtype, boolean scores) {
        double queries = (double) plan.b() * plan.h() * perHead(plan, dtype);
        return queries * (perQuery(plan) + (scores ? perQuery(plan) : 0));
    }

    private static double perQuery(AttentionPlan plan) {
        return 2.0 * plan.keys() * (SCORE_PRODUCTS * plan.d() + RESULT_PRODUCTS * plan.e());
    }

    private static long perHead(AttentionPlan plan, DType dtype) {
        double heads = (double) plan.b() * plan.h();
        int share = dtype == DType.F64 ? F64_SHARE : 1;
        double affordable = Math.min(SHARE * plan.flops(), MOST_FLOPS) / Math.max(1, perQuery(plan)) / share;
        double queries = Math.max(affordable, (double) FEWEST / share);
        return Math.min(plan.s(), Math.max(FEWEST_PER_HEAD, (long) (queries / Math.max(1, heads))));
    }

    @Override
    public List<Region> samples() {
        List<Region> samples = new ArrayList<>();
        long heads = plan.b() * plan.h();
        long count = perHead(plan, dtype);
        int step = Math.max(1, SCORES / Math.max(1, plan.keys()));
        for (long part = 0; part < heads; part++) {
            long b = part / plan.h();
            long[] queries = Strata.share(plan.s(), count, part, heads, places(b, part), KEY);
            for (int from = 0; from < queries.length; from += step) {
                long[] some = Arrays.copyOfRange(queries, from, Math.min(queries.length, from + step));
                samples.add(reference.lines(output, b, part % plan.h(), some));
            }
        }
        return samples;
    }

    /// Queries at which the masks change: the first that sees a key, the first that sees all, and those beside them.
    private List<Long> places(long b, long part) {
        List<Long> places = new ArrayList<>();
        if (plan.causal()) {
            long offset = plan.lastVisible(b, 0);
            for (long key : new long[] {0, plan.keysInUse(b) - 1, plan.keys() - 1}) {
                places.addAll(List.of(key - offset, key - offset - 1, key - offset + 1));
            }
        }
        long pitch = output == 3 ? plan.keys() : plan.flat() ? plan.h() * plan.e() : plan.e();
        long first = output == 0 && plan.flat() ? part / plan.h() * plan.s() * pitch : part * plan.s() * pitch;
        places.addAll(Strata.wraps(pitch, first, Math.ceilDiv(dtype.bits(), 8)));
        return places;
    }

    @Override
    public Region around(long[] coordinates) {
        boolean flat = output == 0 && plan.flat();
        long head = flat ? coordinates[2] / plan.e() : coordinates[1];
        return reference.lines(output, coordinates[0], head, new long[] {coordinates[flat ? 1 : 2]});
    }

    @Override
    public void expect(Region region, Observed device, ExpectedBlock into) {
        reference.expect(output, region, device, into);
    }
}
