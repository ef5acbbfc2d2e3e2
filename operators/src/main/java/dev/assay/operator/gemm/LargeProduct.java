package dev.assay.operator.gemm;

import dev.assay.numerics.Gemm;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Observed;
import dev.assay.operator.Region;
import dev.assay.operator.Strata;
import dev.assay.operator.gemm.MatMul.Plan;
import dev.assay.tensor.DType;
import dev.assay.tensor.Philox;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Judges a product for about a twentieth of what computing it costs.
///
/// Of every run of 64 columns the sum with random signs r is known from `A (B r)`, after Freivalds,
/// "Probabilistic
/// machines can use less running time" (IFIP 1977); its error follows from the same formulas as an
/// element's, with
/// the sum of the squared elements in place of one. A wrong element shows if it is off by more than a
/// tenth of the
/// rms of the result. Beside that, a grid of rows and columns with every residue modulo 256 is
/// computed in full.
final class LargeProduct implements CheapOracle {
    /// Columns to a sum: `2/64` of the product's cost.
    private static final int WIDTH = 64;
    /// Samples, as a part of the output: each costs two products.
    private static final double SAMPLED = 0.009;

    private static final int FEWEST_SAMPLES = 1 << 14;
    private static final int MOST_SAMPLES = 1 << 20;
    private static final int FEWEST_PER_MATRIX = 1 << 10;
    /// Elements of an f64 reference cost an order of magnitude more.
    private static final int F64_SHARE = 8;

    private static final int ELEMENTS_AT_A_TIME = 1 << 21;
    private static final long KEY = 0x5A4B_11E5;
    /// Bits of the codes that a product of a selection moves.
    private static final int CODE_BITS = 8;

    /// Both operands at some batch coordinates.
    record Pair(Matrix left, Matrix right) {}

    /// Gives the operands at batch coordinates.
    @FunctionalInterface
    interface Operands {
        Pair at(long[] batch);
    }

    private final Plan plan;
    private final Operands operands;
    private final Products products;
    private final DType dtype;
    private final DType output;
    private final Optional<Tensor> added;

    private LargeProduct(
            Plan plan, Operands operands, Products products, DType dtype, DType output, Optional<Tensor> added) {
        this.plan = plan;
        this.operands = operands;
        this.products = products;
        this.dtype = dtype;
        this.output = output;
        this.added = added;
    }

    /// A product whose results have another type than its operands, or which is added to something:
    /// samples, which are
    /// to be finished by the caller, and sums.
    ///
    /// @param added like the output; empty if nothing is
    static Optional<CheapOracle> of(
            Plan plan, Operands operands, Products products, DType dtype, DType output, Optional<Tensor> added) {
        return plan.output().isEmpty() || plan.k() == 0
                ? Optional.empty()
                : Optional.of(new LargeProduct(plan, operands, products, dtype, output, added));
    }

    static Optional<CheapOracle> of(Plan plan, Operands operands, Products products, Tensor a, Tensor b) {
        if (plan.output().isEmpty() || plan.k() == 0) {
            return Optional.empty();
        }
        LargeProduct sampled = new LargeProduct(plan, operands, products, a.dtype(), a.dtype(), Optional.empty());
        boolean selects = products.exactPrecision() >= CODE_BITS && sampled.selectsRows() && b.isFinite();
        return Optional.of(selects ? new SelectedRows(sampled) : sampled);
    }

    /// What judging a product this way costs.
    static double flops(Plan plan, DType dtype) {
        double batches = plan.batch().elements();
        double samples = Math.min(batches * plan.m() * plan.n(), samples(plan, dtype));
        double sums = dtype == DType.F64 ? 0 : 4 * batches * plan.m() * plan.k() * Math.ceil(plan.n() / (double) WIDTH);
        return 4 * samples * plan.k() + sums;
    }

    private static double samples(Plan plan, DType dtype) {
        double part = SAMPLED * plan.output().elements() / (dtype == DType.F64 ? F64_SHARE : 1);
        return Math.clamp(part, FEWEST_SAMPLES, MOST_SAMPLES);
    }

    @Override
    public List<Region> samples() {
        double budget = samples(plan, dtype);
        long batches = plan.batch().elements();
        long[] chosen = Strata.choose(batches, (long) (budget / FEWEST_PER_MATRIX), List.of(), KEY);
        double each = budget / chosen.length;
        long rows = Math.min(plan.m(), (long) Math.sqrt(each));
        long columns = Math.min(plan.n(), (long) (each / rows));
        rows = Math.min(plan.m(), (long) (each / columns));
        int bytes = Math.ceilDiv(dtype.bits(), 8);
        List<Region> grids = new ArrayList<>();
        for (long batch : chosen) {
            List<Long> wrapping = new ArrayList<>(Strata.wraps(plan.n(), batch * plan.m() * plan.n(), bytes));
            wrapping.addAll(Strata.wraps(plan.k(), 0, bytes));
            grids.add(grid(
                    plan.batch().coordinates(batch),
                    Strata.choose(plan.m(), rows, wrapping, KEY + 2 * batch),
                    Strata.choose(plan.n(), columns, Strata.wraps(plan.k(), 0, bytes), KEY + 2 * batch + 1)));
        }
        return grids;
    }

    private Region grid(long[] batch, long[] rows, long[] columns) {
        List<long[]> axes = new ArrayList<>();
        for (long coordinate : batch) {
            axes.add(new long[] {coordinate});
        }
        if (!plan.rowVector()) {
            axes.add(rows);
        }
        if (!plan.columnVector()) {
            axes.add(columns);
        }
        return Region.grid(axes.toArray(long[][]::new));
    }

    @Override
    public Region around(long[] coordinates) {
        long[] ones = new long[coordinates.length];
        Arrays.fill(ones, 1);
        return Region.of(coordinates, ones);
    }

    /// Rows, and columns, that a part of one matrix takes.
    private static final class Lines {
        private final long[] rows;
        private final long[] columns;

        Lines(long[] rows, long[] columns) {
            this.rows = rows;
            this.columns = columns;
        }
    }

    private Lines lines(Region region) {
        int axis = plan.batch().rank();
        long[] rows = plan.rowVector() ? new long[] {0} : region.along(axis++);
        long[] columns = plan.columnVector() ? new long[] {0} : region.along(axis);
        return new Lines(rows, columns);
    }

    private Pair pair(Region region) {
        long[] at = new long[plan.batch().rank()];
        for (int d = 0; d < at.length; d++) {
            at[d] = region.start(d);
        }
        return operands.at(at);
    }

    @Override
    public void expect(Region region, Observed device, ExpectedBlock into) {
        Lines lines = lines(region);
        Pair pair = pair(region);
        products.expect(
                pair.left().rows(lines.rows),
                pair.right().transposed().rows(lines.columns).transposed(),
                lines.rows.length,
                lines.columns.length,
                Math.toIntExact(plan.k()),
                into,
                0);
    }

    @Override
    public Optional<String> coded() {
        return Optional.of("selection");
    }

    @Override
    public long projections() {
        // In f64 the reference's own rounding would be of the size of what is to be found.
        return dtype == DType.F64 ? 0 : plan.batch().elements() * plan.m() * cells();
    }

    private int cells() {
        return Math.toIntExact(Math.ceilDiv(plan.n(), (long) WIDTH));
    }

    @Override
    public void project(Tensor actual, Projections into) {
        if (projections() == 0) {
            return;
        }
        int depth = Math.toIntExact(plan.k());
        int panel = Math.clamp(ELEMENTS_AT_A_TIME / depth, 1, cells());
        for (long batch = 0; batch < plan.batch().elements(); batch++) {
            Pair pair = operands.at(plan.batch().coordinates(batch));
            Matrix left = products.seen(pair.left());
            for (int cell = 0; cell < cells(); cell += panel) {
                Panel part = new Panel(products.seen(pair.right()), cell, Math.min(panel, cells() - cell), depth);
                int step = Math.max(1, ELEMENTS_AT_A_TIME / part.count);
                for (long row = 0; row < plan.m(); row += step) {
                    rows(batch, left, row, (int) Math.min(step, plan.m() - row), part, actual, into);
                }
            }
        }
    }

    /// The right operand's columns, summed run by run: with signs, and their squares.
    private final class Panel {
        final int first;
        final int count;
        final int columns;
        final double[] signs;
        /// One line for each run, as long as the sum.
        final double[] signed;

        final double[] squares;

        Panel(Matrix b, int first, int count, int depth) {
            this.first = first;
            this.count = count;
            this.columns = (int) Math.min((long) count * WIDTH, plan.n() - (long) first * WIDTH);
            this.signs = new double[columns];
            this.signed = new double[count * depth];
            this.squares = new double[count * depth];
            long from = (long) first * WIDTH;
            for (int j = 0; j < columns; j++) {
                signs[j] = Philox.mix(KEY + from + j) < 0 ? -1 : 1;
            }
            if (b.rowMajor()) {
                Parallel.forEach(depth, k -> {
                    double[] run = new double[columns];
                    b.row(k, from, columns, run, 0);
                    for (int j = 0; j < columns; j++) {
                        signed[j / WIDTH * depth + k] += signs[j] * run[j];
                        squares[j / WIDTH * depth + k] += run[j] * run[j];
                    }
                });
            } else {
                Parallel.forEach(count, cell -> {
                    double[] run = new double[depth];
                    for (int j = cell * WIDTH; j < Math.min(columns, (cell + 1) * WIDTH); j++) {
                        b.column(from + j, 0, depth, run, 0);
                        for (int k = 0; k < depth; k++) {
                            signed[cell * depth + k] += signs[j] * run[k];
                            squares[cell * depth + k] += run[k] * run[k];
                        }
                    }
                });
            }
        }
    }

    private void rows(long batch, Matrix a, long row, int count, Panel panel, Tensor actual, Projections into) {
        int cells = panel.count;
        int depth = Math.toIntExact(plan.k());
        Matrix left = a.from(row, 0);
        double[] want = new double[count * cells];
        double[] terms = new double[count * cells];
        Gemm.multiply(left, Matrix.of(panel.signed, 0, depth).transposed(), count, cells, depth, want, 0, cells);
        Matrix squared = left.map((run, from, length) -> {
            for (int i = from; i < from + length; i++) {
                run[i] *= run[i];
            }
        });
        Gemm.multiply(squared, Matrix.of(panel.squares, 0, depth).transposed(), count, cells, depth, terms, 0, cells);
        double[] got = new double[count * cells];
        double[] size = new double[count * cells];
        double[] rounding = new double[count * cells];
        long start = (batch * plan.m() + row) * plan.n() + (long) panel.first * WIDTH;
        Parallel.forEach(count, i -> {
            double[] run = new double[panel.columns];
            actual.decode(start + i * plan.n(), panel.columns, run, 0);
            double[] before = new double[panel.columns];
            added.ifPresent(tensor -> tensor.decode(start + i * plan.n(), panel.columns, before, 0));
            for (int j = 0; j < run.length; j++) {
                int cell = i * cells + j / WIDTH;
                double product = run[j] - before[j];
                got[cell] += panel.signs[j] * product;
                size[cell] += product * product;
                rounding[cell] += products.outputVariance(output, run[j]);
                if (before[j] != 0) {
                    rounding[cell] += products.additionVariance(depth, before[j], run[j]);
                }
            }
        });
        for (int i = 0; i < count; i++) {
            for (int cell = 0; cell < cells; cell++) {
                int at = i * cells + cell;
                double error = got[at] - want[at];
                if (Double.isFinite(error) && Double.isFinite(terms[at]) && Double.isFinite(size[at])) {
                    int width = Math.min(WIDTH, panel.columns - cell * WIDTH);
                    into.take(
                            start + i * plan.n() + (long) cell * WIDTH,
                            width,
                            error,
                            rounding[at],
                            products.projectedVariance(depth, size[at], terms[at]),
                            products.projectedCertain(depth, width));
                }
            }
        }
    }

    /// Whether every row of the left operand has at most one element that is not zero, and that a
    /// power of two: then
    /// the product moves rows of the right operand and adds nothing.
    private boolean selectsRows() {
        int depth = Math.toIntExact(plan.k());
        double[] run = new double[depth];
        for (long batch = 0; batch < plan.batch().elements(); batch++) {
            Matrix left =
                    products.seen(operands.at(plan.batch().coordinates(batch)).left());
            for (long row = 0; row < plan.m(); row++) {
                left.row(row, 0, depth, run, 0);
                int found = 0;
                for (double value : run) {
                    boolean simple = value == 0 || Math.abs(value) == Math.scalb(1.0, Math.getExponent(value));
                    found += value == 0 ? 0 : simple && Double.isFinite(value) ? 1 : 2;
                }
                if (found > 1) {
                    return false;
                }
            }
        }
        return true;
    }

    /// The product of a selection: all of it is known for what reading it costs.
    private record SelectedRows(LargeProduct product) implements CheapOracle {
        @Override
        public List<Region> samples() {
            return Region.rows(product.plan.output(), ExpectedBlock.USUAL_CAPACITY).stream()
                    .flatMap(box -> product.matrices(box).stream())
                    .toList();
        }

        @Override
        public Region around(long[] coordinates) {
            return product.around(coordinates);
        }

        @Override
        public void expect(Region region, Observed device, ExpectedBlock into) {
            Lines lines = product.lines(region);
            Pair pair = product.pair(region);
            Matrix left = product.products.seen(pair.left());
            Matrix right = product.products.seen(pair.right());
            int depth = Math.toIntExact(product.plan.k());
            int columns = lines.columns.length;
            Parallel.forEach(lines.rows.length, i -> {
                double[] run = new double[depth];
                left.row(lines.rows[i], 0, depth, run, 0);
                for (int k = 0; k < depth; k++) {
                    if (run[k] != 0) {
                        right.row(k, lines.columns[0], columns, into.values(), i * columns);
                        for (int j = i * columns; j < (i + 1) * columns; j++) {
                            into.values()[j] *= run[k];
                            if (product.dtype.precision() > CODE_BITS
                                    && into.values()[j] != DType.BF16.round(into.values()[j])) {
                                into.flags()[j] |= ExpectedBlock.ANY;
                            }
                        }
                    }
                }
            });
        }
    }

    /// A box cut into its matrices.
    private List<Region> matrices(Region box) {
        int rank = plan.batch().rank();
        List<Region> parts = new ArrayList<>();
        Shape batches = box.size().slice(0, rank);
        for (long number = 0; number < batches.elements(); number++) {
            long[] at = batches.coordinates(number);
            long[] start = new long[box.rank()];
            long[] size = box.size().toArray();
            for (int axis = 0; axis < start.length; axis++) {
                start[axis] = box.start(axis) + (axis < rank ? at[axis] : 0);
                size[axis] = axis < rank ? 1 : size[axis];
            }
            parts.add(Region.of(start, size));
        }
        return parts;
    }
}
