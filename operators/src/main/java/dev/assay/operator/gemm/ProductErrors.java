package dev.assay.operator.gemm;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.LineStatistics;
import dev.assay.numerics.Parallel;
import dev.assay.numerics.SummationGuard.Finding;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Error models of the elements of one block of a product.
final class ProductErrors implements ExpectedBlock.OnDemand {
    /// Terms at least this large, the largest being 1, have squares that are normal in f64.
    private static final double SMALLEST_SQUARED_IN_F64 = 0x1p-480;
    /// Elements that a thread takes at a time.
    private static final int CHUNK = 1 << 12;

    private static final Finding INDEPENDENT = new Finding(false, 0);

    private final Products products;
    private final ComputeContract contract;
    private final DType input;
    private final Operands operands;
    private final int fromRow;
    private final int fromColumn;
    private final int rows;
    private final int columns;
    private final double[] values;
    private final int at;
    private final LineStatistics rowsOf;
    private final LineStatistics columnsOf;
    private final SquaredTerms.Block squares;
    private final Accumulation accumulation;
    private final int precision;
    private final double smallest;
    private final double[] rowScales;
    private final double[] columnScales;
    /// Reciprocals of the scales, which are powers of two.
    private final double[] rowUnits;

    private final double[] columnUnits;
    private final @Nullable Kinds kinds;

    /// Of `rows` rows and `columns` columns of what the operands give.
    ///
    /// @param values of the block, from index `at`
    ProductErrors(
            Products products,
            Operands operands,
            int fromRow,
            int fromColumn,
            int rows,
            int columns,
            double[] values,
            int at) {
        this.products = products;
        this.contract = products.contract;
        this.input = products.input;
        this.operands = operands;
        this.fromRow = fromRow;
        this.fromColumn = fromColumn;
        this.rows = rows;
        this.columns = columns;
        this.values = values;
        this.at = at;
        this.rowsOf = operands.rowsOf();
        this.columnsOf = operands.columnsOf();
        this.squares = operands.squares().block(fromRow, rows, fromColumn, columns);
        this.accumulation = new Accumulation(contract, input, operands.depth());
        this.precision = Products.exactPrecision(contract, input);
        this.smallest = Accumulation.smallestUnit(contract, input);
        this.rowScales = of(rows, i -> rowsOf.scale(fromRow + i));
        this.columnScales = of(columns, j -> columnsOf.scale(fromColumn + j));
        this.rowUnits = of(rows, i -> 1 / rowScales[i]);
        this.columnUnits = of(columns, j -> 1 / columnScales[j]);
        this.kinds = products.guard.spares(operands.depth()) ? null : new Kinds();
    }

    private static double[] of(int count, IntToDoubleFunction value) {
        return IntStream.range(0, count).mapToDouble(value).toArray();
    }

    /// Whether errors can wait until they are asked for, and that saves time: no sum is exact or may
    /// overflow, and
    /// the final rounding is so much wider than what sums lose that it decides alone about most elements.
    boolean canWait() {
        return input == products.result
                && input.precision() < precision
                && !contract.flushesOutputs()
                && operands.squares().answersSingly()
                && operands.allRound()
                && !accumulation.exceedsRange(operands.depth() * operands.largestTerm());
    }

    /// Writes the errors of all elements, from index `at` of the block.
    void writeAll(ExpectedBlock into) {
        SquaredTerms.Sums sums = squares.all();
        Parallel.forEach(rows, row -> {
            for (int column = 0; column < columns; column++) {
                int number = row * columns + column;
                write(row, column, values[at + number], sums.of(number), into, at + number);
            }
        });
    }

    /// Writes the error of element `elements[n]` to index n, for a product that [#canWait].
    ///
    /// What is negligible, the bound of Cauchy and Schwarz on the sum of squares shows.
    @Override
    public void write(int[] elements, double negligible, ExpectedBlock into) {
        int[] places = negligible > 0 && growsWithSquares()
                ? bounded(elements, negligible, into)
                : IntStream.range(0, elements.length).toArray();
        int[] rest = new int[places.length];
        Arrays.setAll(rest, n -> elements[places[n]]);
        double[] sums = squares.some(rest);
        Parallel.forEach(Math.ceilDiv(rest.length, CHUNK), part -> {
            for (int n = part * CHUNK; n < Math.min(rest.length, (part + 1) * CHUNK); n++) {
                allow(rest[n], sums[n], into, places[n]);
            }
        });
    }

    /// Whether an error is larger the larger the sum of squares is, so that a bound of one gives a bound
    /// of the other;
    /// what an aligned accumulator cuts off has more of one sign the smaller that sum is.
    private boolean growsWithSquares() {
        return !(contract.accumulator() instanceof Accumulator.Aligned);
    }

    /// The sum of squares is no less than `y² / k`.
    @Override
    public double least(int element) {
        if (!growsWithSquares()) {
            return 0;
        }
        int i = element / columns;
        int j = element % columns;
        double y = values[at + element] * rowScales[i] * columnScales[j];
        // A little less, for the roundings on the way.
        double q = y * y / operands.depth() * (1 - 0x1p-20);
        double coherent = accumulation.coherent(y, q) + products.lambda * Math.sqrt(accumulation.variance(y, q));
        return Math.min(coherent, accumulation.worstCase(q)) * rowUnits[i] * columnUnits[j];
    }

    /// Writes bounds of the errors, and gives the places in `elements` of those whose are not negligible.
    private int[] bounded(int[] elements, double negligible, ExpectedBlock into) {
        int[][] parts = new int[Math.ceilDiv(elements.length, CHUNK)][];
        Parallel.forEach(parts.length, part -> {
            int[] left = new int[CHUNK];
            int count = 0;
            for (int n = part * CHUNK; n < Math.min(elements.length, (part + 1) * CHUNK); n++) {
                double error = allow(elements[n], squares.most(elements[n]), into, n);
                if (!(error <= negligible * input.ulp(values[at + elements[n]]))) {
                    left[count++] = n;
                }
            }
            parts[part] = Arrays.copyOf(left, count);
        });
        return Stream.of(parts).flatMapToInt(Arrays::stream).toArray();
    }

    private double allow(int element, double q, ExpectedBlock into, int to) {
        return allow(element / columns, element % columns, values[at + element], q, into, to);
    }

    /// @param i row of the block
    /// @param j column of the block
    /// @param y value of the element
    /// @param q sum of the squares of the scaled terms
    private void write(int i, int j, double y, double q, ExpectedBlock into, int to) {
        int row = fromRow + i;
        int column = fromColumn + j;
        if (accumulation.exceedsRange(accumulation.largestSum(q) * rowUnits[i] * columnUnits[j])) {
            into.mark(to, accumulation.saturates() ? ExpectedBlock.ANY : ExpectedBlock.OR_NOT_FINITE);
        }
        boolean tooWide = input == DType.F64 && rowsOf.range(row) * columnsOf.range(column) < SMALLEST_SQUARED_IN_F64;
        if (tooWide) {
            allowByMagnitude(row, column, into, to);
        } else if (Double.isFinite(y)
                && !rowsOf.sumsExactly(row, columnsOf, column, precision, smallest)
                && !roundsOnce(row, column, into, to)) {
            allow(i, j, y, q, into, to);
        }
    }

    /// Works on scaled terms, whose squares stay within the range of f64, and scales the errors back.
    ///
    /// @return σ and D together
    private double allow(int i, int j, double y, double q, ExpectedBlock into, int to) {
        Finding finding = kinds == null ? INDEPENDENT : kinds.finding(i, j);
        if (finding.doubtful()) {
            into.mark(to, ExpectedBlock.GUARDED);
        }
        double scaled = y * rowScales[i] * columnScales[j];
        double sigma = Math.sqrt(accumulation.variance(scaled, q));
        double coherent = accumulation.coherent(scaled, q) + finding.drift() * sigma;
        double worst = accumulation.worstCase(q);
        boolean certain = worst < coherent + products.lambda * sigma;
        double random = certain ? 0 : sigma * rowUnits[i] * columnUnits[j];
        double common = (certain ? worst : coherent) * rowUnits[i] * columnUnits[j] + accumulation.underflow();
        into.allow(to, random, common);
        return random + common;
    }

    /// What is known of the sums of a row and a column of some kinds; lines are of few kinds.
    private final class Kinds {
        private final int[] rowKinds;
        private final int[] columnKinds;
        private final int[] kindOfRow;
        private final int[] kindOfColumn;
        private final AtomicReferenceArray<Finding> known;

        Kinds() {
            int[] ofRow =
                    IntStream.range(fromRow, fromRow + rows).map(rowsOf::kind).toArray();
            int[] ofColumn = IntStream.range(fromColumn, fromColumn + columns)
                    .map(columnsOf::kind)
                    .toArray();
            rowKinds = IntStream.of(ofRow).sorted().distinct().toArray();
            columnKinds = IntStream.of(ofColumn).sorted().distinct().toArray();
            kindOfRow = numbers(ofRow, rowKinds);
            kindOfColumn = numbers(ofColumn, columnKinds);
            known = new AtomicReferenceArray<>(rowKinds.length * columnKinds.length);
        }

        private static int[] numbers(int[] kinds, int[] distinct) {
            return IntStream.of(kinds)
                    .map(kind -> Arrays.binarySearch(distinct, kind))
                    .toArray();
        }

        Finding finding(int i, int j) {
            int pair = kindOfRow[i] * columnKinds.length + kindOfColumn[j];
            Finding finding = known.get(pair);
            if (finding == null) {
                finding = products.sampled().look(rowKinds[kindOfRow[i]], columnKinds[kindOfColumn[j]]);
                known.set(pair, finding);
            }
            return Double.isNaN(finding.drift())
                    ? products.sampled()
                            .look(operands.row(fromRow + i), operands.column(fromColumn + j), operands.depth())
                    : finding;
        }
    }

    /// Sums of one product, or of two that the accumulator holds exactly: whatever else a kernel adds
    /// are zeros, so
    /// that any order rounds once, to the accumulator, and fused or not gives the same. Sets the value
    /// to that.
    ///
    /// Not claimed where a wider accumulator, which no one is to be blamed for, would give another result.
    private boolean roundsOnce(int i, int j, ExpectedBlock into, int to) {
        if (rowsOf.fewExactProducts(i, columnsOf, j, 1, precision, smallest)) {
            into.lows()[to] = 0;
            return true;
        }
        DType accumulator = contract.accumulatorType(input);
        boolean plain = contract.accumulatorRounding() == Rounding.NEAREST_EVEN
                && !(contract.accumulator() instanceof Accumulator.Aligned)
                && precision == accumulator.precision();
        if (!plain
                || !rowsOf.fewExactProducts(i, columnsOf, j, Operands.PAIR, precision, smallest)
                || !(input == DType.F64 || rowsOf.pairsFitF64(i, columnsOf, j))) {
            return false;
        }
        double sum = into.values()[to];
        double once = accumulator.round(sum);
        // Not subnormal where these are flushed: `smallest` divides it.
        if (products.result.round(once) != products.result.round(sum)) {
            return false;
        }
        into.values()[to] = once;
        into.lows()[to] = 0;
        return true;
    }

    /// For f64 operands so unlike in size that the squares of their products leave f64: the worst case
    /// of any
    /// order, `gamma(k) sum |a b|` (Higham 2002, section 3.1), or nothing where that sum, and so the
    /// reference, may
    /// overflow.
    private void allowByMagnitude(int row, int column, ExpectedBlock into, int to) {
        double[] terms = operands.row(row);
        double[] others = operands.column(column);
        int depth = operands.depth();
        double magnitude = 0;
        boolean finite = true;
        for (int k = 0; k < depth; k++) {
            double term = Math.abs(terms[k] * others[k]);
            boolean given = Double.isFinite(terms[k]) && Double.isFinite(others[k]);
            finite &= given;
            magnitude += given ? term : 0;
        }
        double u = contract.accumulatorType(input).unitRoundoff();
        double allowed = 2 * (depth + 1) * u * magnitude + depth * Double.MIN_VALUE;
        boolean plain = contract.inputs() == ComputeContract.InputRounding.NONE
                && !(contract.accumulator() instanceof Accumulator.Aligned);
        if (finite && plain && Double.isFinite(magnitude)) {
            into.allow(to, 0, allowed);
        } else if (finite) {
            into.mark(to, ExpectedBlock.ANY);
        }
    }
}
