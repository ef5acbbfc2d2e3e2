package dev.assay.baselines.simulated;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.GemmF32;
import dev.assay.numerics.InputRoundings;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;

/// The matrix unit: batched products, tile by tile.
///
/// Plain f32 sums in order run through the blocked kernel, which computes exactly that chain; every other order or
/// rounding is done sum by sum.
final class MatMulKernel implements SimulatedKernel {
    private static final int PIECE = 384;
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE - 8L;

    private final Chip chip;
    private final MatMulNumerics numerics;
    private final ComputeContract inputs;

    MatMulKernel(Chip chip, MatMulNumerics numerics) {
        this.chip = chip;
        this.numerics = numerics;
        this.inputs = ComputeContract.strict().inputs(numerics.inputs()).build();
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
    public void run(Call call, Arguments arguments) {
        Sizes sizes = Sizes.of(call);
        Tensor y = arguments.output("Y").tensor();
        for (long batch = 0; batch < sizes.batch().elements(); batch++) {
            long[] at = sizes.batch().coordinates(batch);
            Matrix a = operand(arguments.input("A"), at, true);
            Matrix b = operand(arguments.input("B"), at, false);
            long first = batch * sizes.m() * sizes.n();
            if (y.dtype() == DType.F64) {
                inDouble(a, b, sizes, y, first);
            } else {
                inFloat(a, b, sizes, y, first);
            }
        }
    }

    private void inFloat(Matrix a, Matrix b, Sizes sizes, Tensor y, long first) {
        int m = sizes.m();
        int n = sizes.n();
        float[] sums = new float[m * n];
        if (numerics.isPlain()) {
            GemmF32.multiply(
                    rounded(a, y.dtype()),
                    rounded(b, y.dtype()),
                    m,
                    n,
                    sizes.k(),
                    sums,
                    0,
                    n,
                    PIECE,
                    GemmF32.Pieces.CHAINED);
        } else {
            oneByOne(rounded(a, y.dtype()), rounded(b, y.dtype()), sizes, sums);
        }
        Parallel.forEach(m, i -> {
            double[] row = new double[n];
            for (int j = 0; j < n; j++) {
                row[j] = numerics.result().of(sums[i * n + j], y.dtype());
            }
            store(row, y, first + (long) i * n);
        });
    }

    private Matrix rounded(Matrix matrix, DType dtype) {
        return numerics.roundsInputs(dtype) && dtype == DType.F32
                ? InputRoundings.apply(inputs, dtype, matrix)
                : matrix;
    }

    /// Gathers the terms of each sum and adds them up as the chip does.
    private void oneByOne(Matrix a, Matrix b, Sizes sizes, float[] sums) {
        int[] terms = numerics.terms().of(sizes.k(), chip.matmul().tileK());
        Summation summation = numerics.summation().orElse(Summations.CHAINED);
        float[][] columns = new float[sizes.n()][];
        Parallel.forEach(sizes.n(), j -> columns[j] = gathered(b.transposed(), j, sizes.k(), terms));
        Parallel.forEach(sizes.m(), i -> {
            float[] row = gathered(a, i, sizes.k(), terms);
            for (int j = 0; j < sizes.n(); j++) {
                sums[i * sizes.n() + j] = summation.dot(row, columns[j], terms.length);
            }
        });
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

    private void inDouble(Matrix a, Matrix b, Sizes sizes, Tensor y, long first) {
        int[] terms = numerics.terms().of(sizes.k(), chip.matmul().tileK());
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
                row[j] = numerics.result().of(sum, DType.F64);
            }
            store(row, y, first + (long) i * sizes.n());
        });
    }

    private void store(double[] row, Tensor y, long first) {
        if (numerics.store().equals(MatMulNumerics.IN_PLACE)) {
            y.encode(first, row.length, row, 0);
            return;
        }
        for (int j = 0; j < row.length; j++) {
            int to = numerics.store().column(j, row.length, chip.matmul().tileN());
            if (to >= 0) {
                y.set(first + to, row[j]);
            }
        }
    }

    /// An operand at some batch coordinates; dimensions of size 1 repeat, vectors are a row or a column.
    private Matrix operand(Argument argument, long[] batch, boolean left) {
        TensorSpec spec = argument.spec();
        Shape shape = spec.shape();
        long[] strides = numerics.strided() ? spec.strideArray() : shape.denseStrides();
        int leading = Math.max(0, shape.rank() - 2);
        long position = 0;
        for (int d = 0; d < leading; d++) {
            position += (shape.dim(d) == 1 ? 0 : batch[batch.length - leading + d]) * strides[d];
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
