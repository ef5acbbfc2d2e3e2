package dev.assay.baselines.simulated;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.baselines.simulated.MatMulNumerics.Row;
import dev.assay.numerics.InputRoundings;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;

/// The matrix unit: batched products, tile by tile.
///
/// Where a summation can take all sums of a product at once, that is done; every other order or rounding is done sum
/// by sum.
final class MatMulKernel implements SimulatedKernel {
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE - 8L;

    private final Chip chip;
    private final MatMulNumerics numerics;
    private final ComputeContract inputs;

    MatMulKernel(Chip chip, MatMulNumerics numerics) {
        this.chip = chip;
        this.numerics = numerics;
        this.inputs = ComputeContract.strict().inputs(numerics.inputs).build();
    }

    /// Sizes of a product, vectors counted as matrices.
    private record Sizes(Shape batch, int m, int n, int k) {
        static Sizes of(Call call) {
            Shape a = call.input("A").shape();
            Shape b = call.input("B").shape();
            Shape y = call.output("Y").shape();
            int vectors = (a.rank() == 1 ? 1 : 0) + (b.rank() == 1 ? 1 : 0);
            Shape batch = y.slice(0, y.rank() - 2 + vectors);
            return new Sizes(
                    batch,
                    a.rank() == 1 ? 1 : Math.toIntExact(a.dim(-2)),
                    b.rank() == 1 ? 1 : Math.toIntExact(b.dim(-1)),
                    Math.toIntExact(a.dim(-1)));
        }
    }

    /// Whether a matrix of the result fits into an array.
    static boolean fits(Call call) {
        Shape y = call.output("Y").shape();
        return y.slice(Math.max(0, y.rank() - 2), y.rank()).elements() <= MOST_ELEMENTS;
    }

    @Override
    public void run(Call call, Arguments arguments, long launch) {
        Sizes sizes = Sizes.of(call);
        Tensor y = arguments.output("Y").tensor();
        for (long batch = 0; batch < sizes.batch().elements(); batch++) {
            Matrix a = operand(arguments.input("A"), sizes.batch(), batch, true);
            Matrix b = operand(arguments.input("B"), sizes.batch(), batch, false);
            if (y.dtype() == DType.F64) {
                inDouble(a, b, sizes, y, batch);
            } else {
                inFloat(a, b, sizes, y, batch, launch);
            }
        }
    }

    private void inFloat(Matrix left, Matrix right, Sizes sizes, Tensor y, long batch, long launch) {
        int m = sizes.m();
        int n = sizes.n();
        Matrix a = changed(left, y.dtype(), true);
        Matrix b = changed(right, y.dtype(), false);
        float[] sums =
                numerics.usualProduct(a, b, m, n, sizes.k()).orElseGet(() -> oneByOne(a, b, sizes, batch, launch));
        Parallel.forEach(m, i -> {
            double[] row = new double[n];
            for (int j = 0; j < n; j++) {
                row[j] = numerics.result.of(sums[i * n + j], y.dtype(), batch * m + i, j);
            }
            store(row, y, batch, i, m);
        });
    }

    /// An operand as it reaches the multiplier.
    private Matrix changed(Matrix matrix, DType dtype, boolean left) {
        Matrix rounded = numerics.roundsInputs(dtype) && dtype == DType.F32
                ? InputRoundings.apply(inputs, dtype, matrix)
                : matrix;
        if (numerics.operands.equals(MatMulNumerics.UNCHANGED)) {
            return rounded;
        }
        return rounded.map((run, from, count) -> {
            for (int i = from; i < from + count; i++) {
                run[i] = numerics.operands.of((float) run[i], dtype, left);
            }
        });
    }

    /// Gathers the terms of each sum and adds them up as the chip does.
    private float[] oneByOne(Matrix a, Matrix b, Sizes sizes, long batch, long launch) {
        int n = sizes.n();
        float[] sums = new float[sizes.m() * n];
        int[] terms = numerics.terms.of(sizes.k(), chip.matmul().tileK());
        long rows = sizes.batch().elements() * sizes.m();
        float[][] left = new float[sizes.m()][];
        float[][] columns = new float[n][];
        Parallel.forEach(sizes.m(), i -> left[i] = gathered(a, i, sizes.k(), terms));
        Parallel.forEach(n, j -> columns[j] = gathered(b.transposed(), j, sizes.k(), terms));
        if (numerics.strassen) {
            float[][] product = Strassen.multiply(left, columns, terms.length, this::direct);
            for (int i = 0; i < sizes.m(); i++) {
                System.arraycopy(product[i], 0, sums, i * n, n);
            }
            return sums;
        }
        Parallel.forEach(sizes.m(), i -> {
            Summation summation = numerics.orders
                    .of(numerics.summation, new Row(batch * sizes.m() + i, rows, launch))
                    .orElse(Summations.CHAINED);
            for (int j = 0; j < n; j++) {
                sums[i * n + j] = summation.dot(left[i], columns[j], terms.length);
            }
        });
        return sums;
    }

    private float[][] direct(float[][] rows, float[][] columns) {
        float[][] product = new float[rows.length][columns.length];
        Parallel.forEach(rows.length, i -> {
            for (int j = 0; j < columns.length; j++) {
                product[i][j] = numerics.usual().dot(rows[i], columns[j], rows[i].length);
            }
        });
        return product;
    }

    private static float[] gathered(Matrix matrix, int line, int length, int[] terms) {
        double[] all = new double[length];
        matrix.row(line, 0, length, all, 0);
        float[] chosen = new float[terms.length];
        for (int i = 0; i < terms.length; i++) {
            chosen[i] = (float) all[terms[i]];
        }
        return chosen;
    }

    private void inDouble(Matrix a, Matrix b, Sizes sizes, Tensor y, long batch) {
        int[] terms = numerics.terms.of(sizes.k(), chip.matmul().tileK());
        double[][] columns = new double[sizes.n()][sizes.k()];
        Parallel.forEach(sizes.n(), j -> b.column(j, 0, sizes.k(), columns[j], 0));
        Parallel.forEach(sizes.m(), i -> {
            double[] left = new double[sizes.k()];
            a.row(i, 0, sizes.k(), left, 0);
            double[] row = new double[sizes.n()];
            for (int j = 0; j < sizes.n(); j++) {
                double sum = 0;
                for (int term : terms) {
                    sum = Math.fma(left[term], columns[j][term], sum);
                }
                row[j] = numerics.result.of(sum, DType.F64, batch * sizes.m() + i, j);
            }
            store(row, y, batch, i, sizes.m());
        });
    }

    private void store(double[] row, Tensor y, long batch, int i, int rows) {
        int columns = row.length;
        long first = batch * rows * columns;
        if (numerics.store.equals(MatMulNumerics.IN_PLACE) && !numerics.accumulates) {
            y.encode(first + (long) i * columns, columns, row, 0);
            return;
        }
        for (int j = 0; j < columns; j++) {
            int to = numerics.store.element(i, j, rows, columns, chip.matmul().tileN());
            if (to >= 0) {
                y.set(first + to, numerics.accumulates ? row[j] + y.get(first + to) : row[j]);
            }
        }
    }

    /// An operand's matrix for a matrix of the result; dimensions of size 1 repeat, vectors are a row or a column.
    private Matrix operand(Argument argument, Shape batch, long number, boolean left) {
        TensorSpec spec = argument.spec();
        Shape shape = spec.shape();
        long[] strides = numerics.strided ? spec.strideArray() : shape.denseStrides();
        Shape own = shape.slice(0, Math.max(0, shape.rank() - 2));
        long[] at = batch.coordinates(number);
        long right = 0;
        for (int d = 0; d < own.rank(); d++) {
            right = right * own.dim(d) + (own.dim(d) == 1 ? 0 : at[at.length - own.rank() + d]);
        }
        long[] chosen = own.coordinates(numerics.batches.of(left, right, number, own.elements()));
        long position = 0;
        for (int d = 0; d < own.rank(); d++) {
            position += chosen[d] * strides[d];
        }
        if (shape.rank() == 1) {
            return Matrix.of(argument.tensor(), position, left ? 0 : strides[0], left ? strides[0] : 0);
        }
        return Matrix.of(argument.tensor(), position, strides[shape.rank() - 2], strides[shape.rank() - 1]);
    }

    /// Tiles are shared by the cores in waves; a tile is worked on whole, however little of it is used.
    @Override
    public double modelledFlops(Call call) {
        Sizes sizes = Sizes.of(call);
        Chip.MatMulPart part = chip.matmul();
        double tiles = (double) sizes.batch().elements()
                * Math.ceilDiv(sizes.m(), part.tileM())
                * Math.ceilDiv(sizes.n(), part.tileN());
        double waves = Math.ceil(tiles / chip.cores());
        double perTile = 2.0 * part.tileM() * part.tileN() * Math.ceilDiv(sizes.k(), part.tileK()) * part.tileK();
        return waves * perTile * chip.cores();
    }
}
