package dev.assay.operator.attention;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.InputRoundings;
import dev.assay.numerics.Matrix;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.attention.AttentionGradient.Slip;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Expected gradients of an attention. All that a head of keys and values takes part in is worked out
/// at a time, since
/// every one of its gradients needs all of its queries; what was asked for last is kept.
final class AttentionGradOracle implements Oracle {
    /// Scores that are worked out at a time.
    private static final int BLOCK = 1 << 18;
    /// Elements of gradients that are kept.
    private static final long KEPT = 1 << 22;

    private final AttentionPlan plan;
    private final Inputs inputs;
    private final ComputeContract contract;
    private final DType dtype;
    private final double ratio;
    private final Slip slip;
    private final Attention.Reference masks;
    private final Map<Long, Group> kept = new LinkedHashMap<>();

    AttentionGradOracle(AttentionPlan plan, Inputs inputs, ComputeContract contract, double ratio, Slip slip) {
        this.plan = plan;
        this.inputs = inputs;
        this.contract = contract;
        this.dtype = inputs.get("Q").dtype();
        this.ratio = ratio;
        this.slip = slip;
        this.masks = new Attention.Reference(plan, inputs, contract);
    }

    /// The gradients of a head of keys and of all that share it.
    ///
    /// @param parts in the order of the outputs: of the queries of the heads that share it, of its
    /// keys, of its values
    private record Group(List<GradientSums> parts, double systematic, double ofValues) {
        double systematic(int output) {
            return output == 2 ? ofValues : systematic;
        }

        long elements() {
            return parts.stream().mapToLong(GradientSums::elements).sum();
        }
    }

    @Override
    public Shape shape(int output) {
        return inputs.get(List.of("Q", "K", "V").get(output)).shape();
    }

    /// The numbers of a query, a key or a value share errors.
    @Override
    public long cluster(int output) {
        return Math.max(1, width(output));
    }

    private int width(int output) {
        return output == 2 ? plan.e() : plan.d();
    }

    @Override
    public void expect(int output, Region region, Observed device, ExpectedBlock into) {
        long sharing = plan.h() / plan.g();
        int width = width(output);
        int lines = output == 0 ? plan.s() : plan.keys();
        for (int to = 0; to < region.elements(); to++) {
            long[] at = region.coordinates(to);
            long head = plan.flat() ? at[2] / width : at[1];
            long line = plan.flat() ? at[1] : at[2];
            long column = plan.flat() ? at[2] % width : at[3];
            long shared = output == 0 ? head / sharing : head;
            long row = output == 0 ? head % sharing * lines + line : line;
            Group group = group(at[0], shared);
            group.parts().get(output).write((int) (row * width + column), group.systematic(output), into, to);
        }
    }

    private synchronized Group group(long b, long g) {
        long number = b * plan.g() + g;
        Group group = kept.get(number);
        if (group == null) {
            group = work(b, g);
            long elements = group.elements();
            long all = kept.values().stream().mapToLong(Group::elements).sum();
            while (all + elements > KEPT && !kept.isEmpty()) {
                Long oldest = kept.keySet().iterator().next();
                all -= java.util.Objects.requireNonNull(kept.remove(oldest)).elements();
            }
            kept.put(number, group);
        }
        return group;
    }

    /// What is not finite among some lines, and the lines without it.
    private record Lines(Matrix finite, BitSet tainted) {
        static Lines of(Matrix matrix, int rows, int width) {
            double[] values = new double[rows * width];
            BitSet tainted = new BitSet();
            for (int i = 0; i < rows; i++) {
                matrix.row(i, 0, width, values, i * width);
                for (int c = i * width; c < (i + 1) * width; c++) {
                    if (!Double.isFinite(values[c])) {
                        tainted.set(i);
                        values[c] = 0;
                    }
                }
            }
            return new Lines(Matrix.of(values, 0, width), tainted);
        }

        boolean any() {
            return !tainted.isEmpty();
        }
    }

    private Lines lines(String input, long b, long head, int rows, int width) {
        return Lines.of(
                InputRoundings.apply(contract, dtype, Attention.Reference.head(inputs.get(input), b, head, width)),
                rows,
                width);
    }

    private Group work(long b, long g) {
        int sharing = Math.toIntExact(plan.h() / plan.g());
        AttentionGradient gradient = new AttentionGradient(contract, dtype, plan, ratio, slip);
        GradientSums toQ = gradient.toQueries(sharing * plan.s());
        GradientSums toK = gradient.toKeys(plan.d());
        GradientSums toV = gradient.toKeys(plan.e());
        Lines k = lines("K", b, g, plan.keys(), plan.d());
        Lines v = lines("V", b, g, plan.keys(), plan.e());
        int step = Math.max(1, BLOCK / Math.max(1, plan.keys()));
        boolean tainted = k.any() || v.any();
        for (int n = 0; n < sharing; n++) {
            long head = g * sharing + n;
            Lines q = lines("Q", b, head, plan.s(), plan.d());
            Lines dy = lines("dY", b, head, plan.s(), plan.e());
            tainted |= q.any() || dy.any();
            for (int from = 0; from < plan.s(); from += step) {
                int rows = Math.min(step, plan.s() - from);
                int first = from;
                AttentionGradient.Operands operands = new AttentionGradient.Operands(
                        q.finite().from(from, 0),
                        k.finite(),
                        v.finite(),
                        dy.finite().from(from, 0),
                        rows,
                        (i, row) -> finite(b, head, first + i, row));
                gradient.add(operands, kept(b, head, from, rows), n, n * plan.s() + from, toQ, toK, toV);
            }
            taint(b, head, n, List.of(q, k, v, dy), List.of(toQ, toK, toV));
        }
        if (tainted) {
            // A kernel may multiply what is masked with zero.
            List.of(toQ, toK, toV).forEach(sums -> sums.markAll(true, false));
        }
        toQ.times(plan.scale());
        toK.finished().times(gradient.keyScale());
        toV.finished();
        if (dtype == DType.F64 && slip == Slip.NONE) {
            exactly(b, g, k, v, toQ, toK, toV);
        }
        return new Group(List.of(toQ, toK, toV), gradient.systematic(false), gradient.systematic(true));
    }

    /// The bias of a query; one that is no number, or infinitely large, is a matter of [#taint].
    private void finite(long b, long head, int query, double[] into) {
        Arrays.fill(into, 0);
        masks.bias(b, head, query, into);
        for (int j = 0; j < into.length; j++) {
            into[j] = into[j] == Double.NEGATIVE_INFINITY || Double.isFinite(into[j]) ? into[j] : 0;
        }
    }

    /// What dropout leaves of the probabilities of some queries.
    private double[] kept(long b, long head, int from, int rows) {
        if (!inputs.has("dropout_mask")) {
            return new double[0];
        }
        Tensor mask = inputs.get("dropout_mask");
        double[] values = new double[rows * plan.keys()];
        mask.decode(((b * plan.h() + head) * plan.s() + from) * plan.keys(), values.length, values, 0);
        return values;
    }

    /// Leaves open what a number that is not finite may reach: a query that sees one, and all keys
    /// that it sees.
    private void taint(long b, long head, int n, List<Lines> lines, List<GradientSums> sums) {
        double[] bias = new double[plan.keys()];
        for (int i = 0; i < plan.s(); i++) {
            Arrays.fill(bias, 0);
            masks.bias(b, head, i, bias);
            boolean reached =
                    lines.get(0).tainted().get(i) || lines.get(3).tainted().get(i);
            for (int j = 0; j < bias.length; j++) {
                boolean visible = bias[j] != Double.NEGATIVE_INFINITY;
                reached |= visible
                        && (lines.get(1).tainted().get(j)
                                || lines.get(2).tainted().get(j));
                reached |= visible && !Double.isFinite(bias[j]);
            }
            if (reached) {
                sums.get(0).leaveOpen(n * plan.s() + i);
                for (int j = 0; j < bias.length; j++) {
                    if (bias[j] != Double.NEGATIVE_INFINITY) {
                        sums.get(1).leaveOpen(j);
                        sums.get(2).leaveOpen(j);
                    }
                }
            }
        }
    }

    /// The values once more in about 100 bits, for inputs that are f64 themselves.
    private void exactly(long b, long g, Lines k, Lines v, GradientSums toQ, GradientSums toK, GradientSums toV) {
        int sharing = Math.toIntExact(plan.h() / plan.g());
        ExactAttentionGradient exact = new ExactAttentionGradient(plan, 1 / (1 - ratio));
        for (int n = 0; n < sharing; n++) {
            long head = g * sharing + n;
            Matrix q = lines("Q", b, head, plan.s(), plan.d()).finite();
            Matrix dy = lines("dY", b, head, plan.s(), plan.e()).finite();
            double[] bias = new double[plan.keys()];
            for (int i = 0; i < plan.s(); i++) {
                finite(b, head, i, bias);
                DoubleDouble[] row = exact.query(i, q, k.finite(), v.finite(), dy, bias, kept(b, head, i, 1));
                set(toQ, (n * plan.s() + i) * plan.d(), row);
            }
        }
        set(toK, 0, exact.ofKeys());
        set(toV, 0, exact.ofValues());
    }

    private static void set(GradientSums sums, int from, DoubleDouble[] values) {
        for (int i = 0; i < values.length; i++) {
            sums.setExactly(from + i, values[i].hi(), values[i].lo());
        }
    }
}
