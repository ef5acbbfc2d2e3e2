package dev.assay.operator.gemm;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Gemm;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;

/// Expected values of an operator whose elements are sums of products, with which it may do something more.
///
/// The sums are numbered like the elements of matrices that follow each other, in row-major order.
public final class ProductOracle implements Oracle {
    private static final int TILE = 1024;
    private static final int CHUNK = 1 << 12;

    /// Where the sums of a call are.
    ///
    /// @param output shape of the output
    /// @param batches number of products
    /// @param rows of every left operand
    /// @param columns of every right operand
    /// @param depth terms of a sum
    /// @param place number of the sum of an element of the output
    public record Layout(Shape output, long batches, long rows, long columns, int depth, LongUnaryOperator place) {
        /// Sums in the order of the output's elements.
        public Layout(Shape output, long batches, long rows, long columns, int depth) {
            this(output, batches, rows, columns, depth, LongUnaryOperator.identity());
        }
    }

    /// Computes sums of one product.
    @FunctionalInterface
    interface Source {
        /// Fills a block with the sums of some rows and columns, in row-major order.
        void sums(long batch, long[] rows, long[] columns, ExpectedBlock into);
    }

    /// What is done with a sum. Called by many threads at a time.
    @FunctionalInterface
    public interface Finish {
        /// Changes the sum into what is expected.
        ///
        /// @param element row-major number in the output
        void apply(Sum sum, long batch, long row, long column, long element);
    }

    private final Layout layout;
    private final Source source;
    private final Finish finish;
    private final DType output;

    private ProductOracle(Layout layout, Source source, Finish finish, DType output) {
        this.layout = layout;
        this.source = source;
        this.finish = finish;
        this.output = output;
    }

    /// Sums over floating-point operands.
    ///
    /// @param input type whose accumulator the contract names
    /// @param sum type that sums are rounded to, see [Products]
    /// @param output type of the output
    public static ProductOracle of(
            ComputeContract contract,
            DType input,
            DType sum,
            DType output,
            Layout layout,
            LongFunction<Matrix> left,
            LongFunction<Matrix> right,
            Finish finish) {
        Products products = new Products(
                contract,
                input,
                sum,
                RuleConstants.lambda(layout.output.elements()),
                new Products.Whole(layout.batches, left, right, layout.rows, layout.columns, layout.depth));
        Source source = (batch, rows, columns, into) -> products.expect(
                picked(left.apply(batch), rows),
                picked(right.apply(batch).transposed(), columns).transposed(),
                rows.length,
                columns.length,
                layout.depth,
                into,
                0);
        return new ProductOracle(layout, source, finish, output);
    }

    /// Sums of whole numbers so small that f64 holds all of them.
    public static ProductOracle ofSmallIntegers(
            DType output, Layout layout, LongFunction<Matrix> left, LongFunction<Matrix> right, Finish finish) {
        Source source = (batch, rows, columns, into) -> Gemm.multiply(
                picked(left.apply(batch), rows),
                picked(right.apply(batch).transposed(), columns).transposed(),
                rows.length,
                columns.length,
                layout.depth,
                into.values(),
                0,
                columns.length);
        return new ProductOracle(layout, source, finish, output);
    }

    /// The same, of kernels whose sums of two products saturate at 16 bits if `pairs` is set, as those of instructions
    /// do that multiply bytes in pairs.
    public static ProductOracle ofSmallIntegers(
            boolean pairs,
            DType output,
            Layout layout,
            LongFunction<Matrix> left,
            LongFunction<Matrix> right,
            Finish finish) {
        if (!pairs) {
            return ofSmallIntegers(output, layout, left, right, finish);
        }
        Source source = (batch, rows, columns, into) -> {
            double[] a = new double[layout.depth];
            double[] b = new double[layout.depth];
            for (int i = 0; i < rows.length; i++) {
                left.apply(batch).row(rows[i], 0, layout.depth, a, 0);
                for (int j = 0; j < columns.length; j++) {
                    right.apply(batch).column(columns[j], 0, layout.depth, b, 0);
                    into.values()[i * columns.length + j] = saturating(a, b);
                }
            }
        };
        return new ProductOracle(layout, source, finish, output);
    }

    private static double saturating(double[] a, double[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k += 2) {
            double pair = a[k] * b[k] + (k + 1 < a.length ? a[k + 1] * b[k + 1] : 0);
            sum += Math.clamp(pair, Short.MIN_VALUE, Short.MAX_VALUE);
        }
        return sum;
    }

    /// An element of an operand that holds whole numbers.
    @FunctionalInterface
    interface Whole {
        long at(long batch, long line, int term);
    }

    /// What is done with a sum of whole numbers, modulo 2^64.
    @FunctionalInterface
    interface WholeFinish {
        long apply(long sum, long element);
    }

    /// Sums of whole numbers modulo 2^64.
    static Oracle ofIntegers(DType output, Layout layout, Whole left, Whole right, WholeFinish finish) {
        return new Oracle() {
            @Override
            public Shape shape(int position) {
                return layout.output;
            }

            @Override
            public void expect(int position, Region region, Observed device, ExpectedBlock into) {
                int elements = Math.toIntExact(region.elements());
                Parallel.forEach(Math.ceilDiv(elements, CHUNK), part -> {
                    for (int i = part * CHUNK; i < Math.min(elements, (part + 1) * CHUNK); i++) {
                        long element = region.number(layout.output, i);
                        long number = layout.place.applyAsLong(element);
                        long column = number % layout.columns;
                        long row = number / layout.columns % layout.rows;
                        long batch = number / layout.columns / layout.rows;
                        long sum = 0;
                        for (int k = 0; k < layout.depth; k++) {
                            sum += left.at(batch, row, k) * right.at(batch, column, k);
                        }
                        into.setInteger(i, output.encodeLong(finish.apply(sum, element)), output);
                    }
                });
            }
        };
    }

    @Override
    public Shape shape(int position) {
        return layout.output;
    }

    /// Each element is a sum of its own; a few at a time only save room.
    @Override
    public long cluster(int position) {
        return 16;
    }

    /// Tiles of about a thousand rows and columns where the output is one matrix.
    @Override
    public Iterable<Region> regions(int position) {
        Shape shape = layout.output;
        if (shape.rank() != 2 || shape.isEmpty()) {
            return Region.rows(shape, ExpectedBlock.USUAL_CAPACITY);
        }
        List<Region> tiles = new ArrayList<>();
        long rows = Math.min(shape.dim(0), TILE);
        long columns = Math.min(shape.dim(1), ExpectedBlock.USUAL_CAPACITY / rows);
        for (long i = 0; i < shape.dim(0); i += rows) {
            for (long j = 0; j < shape.dim(1); j += columns) {
                tiles.add(Region.of(
                        new long[] {i, j}, Math.min(rows, shape.dim(0) - i), Math.min(columns, shape.dim(1) - j)));
            }
        }
        return tiles;
    }

    @Override
    public void expect(int position, Region region, Observed device, ExpectedBlock into) {
        int elements = Math.toIntExact(region.elements());
        long[] element = new long[elements];
        long[] number = new long[elements];
        Parallel.forEach(Math.ceilDiv(elements, CHUNK), part -> {
            for (int i = part * CHUNK; i < Math.min(elements, (part + 1) * CHUNK); i++) {
                element[i] = region.number(layout.output, i);
                number[i] = layout.place.applyAsLong(element[i]);
            }
        });
        long perBatch = layout.rows * layout.columns;
        Map<Long, List<int[]>> runs = new LinkedHashMap<>();
        int from = 0;
        while (from < elements) {
            long batch = number[from] / perBatch;
            int to = from + 1;
            while (to < elements && number[to] / perBatch == batch) {
                to++;
            }
            runs.computeIfAbsent(batch, b -> new ArrayList<>()).add(new int[] {from, to});
            from = to;
        }
        runs.forEach((batch, parts) -> product(batch, parts, element, number, into));
    }

    /// The elements of some runs, all of one product.
    private void product(long batch, List<int[]> runs, long[] element, long[] number, ExpectedBlock into) {
        BitSet rowSet = new BitSet();
        BitSet columnSet = new BitSet();
        for (int[] run : runs) {
            for (int i = run[0]; i < run[1]; i++) {
                rowSet.set(row(number[i]));
                columnSet.set(column(number[i]));
            }
        }
        long[] rows = rowSet.stream().asLongStream().toArray();
        long[] columns = columnSet.stream().asLongStream().toArray();
        int[] rowRank = ranks(rowSet, rows);
        int[] columnRank = ranks(columnSet, columns);
        ExpectedBlock sums = new ExpectedBlock();
        sums.reset(Math.multiplyExact(rows.length, columns.length));
        source.sums(batch, rows, columns, sums);
        double[] values = sums.values();
        double[] lows = sums.lows();
        double[] sigmas = sums.sigmas();
        double[] certain = sums.deterministic();
        byte[] flags = sums.flags();
        for (int[] run : runs) {
            Parallel.forEach(Math.ceilDiv(run[1] - run[0], CHUNK), part -> {
                Sum sum = new Sum();
                int end = Math.min(run[1], run[0] + (part + 1) * CHUNK);
                for (int i = run[0] + part * CHUNK; i < end; i++) {
                    int at = rowRank[row(number[i])] * columns.length + columnRank[column(number[i])];
                    sum.value = values[at];
                    sum.low = lows[at];
                    sum.sigma = sigmas[at];
                    sum.certain = certain[at];
                    sum.flags = flags[at];
                    finish.apply(sum, batch, row(number[i]), column(number[i]), element[i]);
                    write(sum, into, i);
                }
            });
        }
    }

    private int row(long number) {
        return (int) (number / layout.columns % layout.rows);
    }

    private int column(long number) {
        return (int) (number % layout.columns);
    }

    private void write(Sum sum, ExpectedBlock into, int i) {
        if (!output.isFloat() && sum.isExact()) {
            into.setInteger(i, output.encode(sum.value), output);
        } else {
            into.values()[i] = sum.value;
            into.lows()[i] = sum.low;
        }
        if (!sum.isExact() && Double.isFinite(sum.value)) {
            into.allow(i, sum.sigma, sum.certain);
        }
        if (sum.flags != 0) {
            into.mark(i, sum.flags);
        }
    }

    private static int[] ranks(BitSet set, long[] members) {
        int[] ranks = new int[set.length()];
        for (int n = 0; n < members.length; n++) {
            ranks[(int) members[n]] = n;
        }
        return ranks;
    }

    /// Some rows of a matrix.
    private static Matrix picked(Matrix matrix, long[] rows) {
        boolean gaps = rows[rows.length - 1] - rows[0] >= rows.length;
        return gaps ? matrix.rows(rows) : matrix.from(rows[0], 0);
    }
}
