package dev.assay.operator.gemm;

import dev.assay.numerics.Accumulation;
import dev.assay.numerics.LineStatistics;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.SummationGuard;
import dev.assay.numerics.SummationGuard.Finding;
import dev.assay.tensor.Philox;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/// Sums of a whole product that stand for the others: whether their errors are independent, and if not, how far they
/// drift relative to σ.
///
/// A product has too many sums to look at each. Rows and columns fall into kinds of data, and sums of a row and a
/// column of the same two kinds err alike. Which sums are looked at depends on the whole operands and on nothing
/// else, so that an element's bound is the same in any region.
final class SampledSums {
    private static final int BATCHES = 4;
    private static final int LINES = 48;
    private static final long MOST_ELEMENTS = 1 << 22;
    private static final int SUMS = 12;
    /// A sum that was not looked at may drift farther than those that were.
    private static final double SLACK = 1.5;

    /// The sampled rows, or columns, of one product.
    private record Lines(List<double[]> values, LineStatistics statistics) {
        int[] ofKind(int kind) {
            return IntStream.range(0, values.size())
                    .filter(i -> statistics.kind(i) == kind)
                    .toArray();
        }
    }

    private final Products.Whole whole;
    private final Accumulation accumulation;
    private final SummationGuard guard;
    private final int perBatch;
    private final List<Lines> rows = new ArrayList<>();
    private final List<Lines> columns = new ArrayList<>();
    /// By the kinds of row and column.
    private final Map<Long, Finding> known = new ConcurrentHashMap<>();

    SampledSums(Products.Whole whole, Accumulation accumulation, SummationGuard guard) {
        this.whole = whole;
        this.accumulation = accumulation;
        this.guard = guard;
        int batches = (int) Math.min(BATCHES, whole.batches());
        long affordable = MOST_ELEMENTS / Math.max(1, whole.depth()) / Math.max(1, batches);
        this.perBatch = Math.clamp(affordable, 3, Math.max(3, LINES / Math.max(1, batches)));
        for (int i = 0; i < batches; i++) {
            long batch = whole.batches() <= BATCHES ? i : pick(i, batches, whole.batches());
            rows.add(sample(whole.left().apply(batch), whole.rows()));
            columns.add(sample(whole.right().apply(batch).transposed(), whole.columns()));
        }
    }

    /// The number that stands for part `i` of `parts` of `count` lines.
    private static long pick(int i, int parts, long count) {
        long from = count * i / parts;
        long to = count * (i + 1) / parts;
        return from + Long.remainderUnsigned(Philox.mix(count + i), Math.max(1, to - from));
    }

    private Lines sample(Matrix matrix, long count) {
        int taken = (int) Math.min(count, perBatch);
        List<double[]> values = new ArrayList<>();
        double[] together = new double[taken * whole.depth()];
        for (int i = 0; i < taken; i++) {
            double[] line = new double[whole.depth()];
            matrix.row(count <= perBatch ? i : pick(i, taken, count), 0, whole.depth(), line, 0);
            System.arraycopy(line, 0, together, i * whole.depth(), whole.depth());
            values.add(line);
        }
        return new Lines(values, LineStatistics.ofRows(Matrix.of(together, 0, whole.depth()), taken, whole.depth()));
    }

    /// What holds for the sums of a row and a column of these kinds, the drift in σ; the drift is NaN if there is none
    /// to tell it from.
    Finding look(int rowKind, int columnKind) {
        return known.computeIfAbsent(((long) rowKind << 32) | columnKind, key -> sampled(rowKind, columnKind));
    }

    private Finding sampled(int rowKind, int columnKind) {
        int seen = 0;
        int doubtful = 0;
        double largest = 0;
        for (int batch = 0; batch < rows.size(); batch++) {
            int[] ofRow = rows.get(batch).ofKind(rowKind);
            int[] ofColumn = columns.get(batch).ofKind(columnKind);
            int sums = Math.min(Math.max(1, SUMS / rows.size()), ofRow.length * ofColumn.length);
            for (int n = 0; n < sums; n++) {
                // Along the diagonal first, so that many lines take part.
                int i = ofRow[n % ofRow.length];
                int j = ofColumn[(n + n / ofRow.length) % ofColumn.length];
                double[] row = rows.get(batch).values().get(i);
                Finding finding = look(row, columns.get(batch).values().get(j), whole.depth());
                largest = Math.max(largest, finding.drift());
                doubtful += finding.doubtful() ? 1 : 0;
                seen++;
            }
        }
        // Of independent sums that are suspected a third seems doubtful; the statistics spare them all then.
        return new Finding(3 * doubtful > seen, seen == 0 ? Double.NaN : SLACK * largest);
    }

    /// The same of one sum.
    Finding look(double[] row, double[] column, int depth) {
        double[] terms = new double[depth];
        double y = 0;
        double q = 0;
        for (int k = 0; k < depth; k++) {
            double term = row[k] * column[k];
            terms[k] = Double.isFinite(term) ? term : 0;
            y += terms[k];
            q += terms[k] * terms[k];
        }
        double sigma = Math.sqrt(accumulation.variance(y, q));
        if (!(sigma > 0 && sigma <= Double.MAX_VALUE)) {
            return new Finding(false, 0);
        }
        Finding finding = guard.look(terms, depth, sigma);
        return new Finding(finding.doubtful(), finding.drift() / sigma);
    }
}
