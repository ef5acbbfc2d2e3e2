package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/// Factorisations of matrices and triangular systems, each matrix of a batch by itself.
public final class LinalgKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "cholesky", factory(LinalgKernels::cholesky),
            "eigh", factory(LinalgKernels::eigh),
            "lu_factor", factory((call, in, m) -> Eliminations.lu(in[0], true, m)),
            "qr", factory((call, in, m) -> Reflections.qr(in[0], m)),
            "solve_triangular", factory(LinalgKernels::solve),
            "svd", factory((call, in, m) -> Rotations.svd(in[0], m)));

    private LinalgKernels() {}

    /// What is done with the matrices of one place in the batch.
    @FunctionalInterface
    public interface Algorithm {
        /// The outputs' matrices from those of the inputs, in the order of the signature; vectors are
        /// matrices of one row.
        double[][][] of(Call call, double[][][] inputs, Arithmetic arithmetic);
    }

    private static SharedKernel.Factory factory(Algorithm algorithm) {
        return (call, arithmetic) -> batched(call, arithmetic, algorithm);
    }

    /// A kernel that does this with each place in the batch.
    public static SharedKernel batched(Call call, Arithmetic arithmetic, Algorithm algorithm) {
        Shape first = call.inputs().getFirst().spec().orElseThrow().shape();
        int count = Math.toIntExact(first.slice(0, first.rank() - 2).elements());
        return arguments -> Parallel.forEach(count, place -> {
            double[][][] in = call.inputs().stream()
                    .map(operand -> read(arguments.input(operand.name()).tensor(), place))
                    .toArray(double[][][]::new);
            double[][][] out = algorithm.of(call, in, arithmetic);
            int n = 0;
            for (Operand output : call.outputs()) {
                write(arguments.output(output.name()).tensor(), place, out[n++]);
            }
        });
    }

    private static double[][] read(Tensor tensor, int place) {
        int rows = Math.toIntExact(tensor.shape().dim(-2));
        int columns = Math.toIntExact(tensor.shape().dim(-1));
        double[][] matrix = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            tensor.decode(((long) place * rows + i) * columns, columns, matrix[i], 0);
        }
        return matrix;
    }

    private static void write(Tensor tensor, int place, double[][] matrix) {
        long at = matrix.length == 0 ? 0 : (long) place * matrix.length * matrix[0].length;
        for (double[] row : matrix) {
            double[] clean = Arrays.stream(row)
                    .map(x -> Double.isNaN(x) ? Double.NaN : x)
                    .toArray();
            if (tensor.dtype().isFloat()) {
                tensor.encode(at, clean.length, clean, 0);
            } else {
                for (int i = 0; i < clean.length; i++) {
                    tensor.setCodeAt(at + i, tensor.dtype().encodeLong((long) clean[i]));
                }
            }
            at += clean.length;
        }
    }

    static double[][] transposed(double[][] a, int columns) {
        double[][] t = new double[columns][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < columns; j++) {
                t[j][i] = a[i][j];
            }
        }
        return t;
    }

    private static double[][][] cholesky(Call call, double[][][] in, Arithmetic m) {
        double[][] lower = Eliminations.cholesky(in[0], m);
        return new double[][][] {call.attributes().integer("upper") == 0 ? lower : transposed(lower, lower.length)};
    }

    private static double[][][] eigh(Call call, double[][][] in, Arithmetic m) {
        return Tridiagonal.eigh(in[0], m);
    }

    private static double[][][] solve(Call call, double[][][] in, Arithmetic m) {
        boolean left = call.attributes().integer("left") != 0;
        boolean upper = call.attributes().integer("upper") != 0;
        boolean unit = call.attributes().integer("unitriangular") != 0;
        int n = in[0].length;
        // X·A = B is Aᵀ·Xᵀ = Bᵀ.
        double[][] a = left ? in[0] : transposed(in[0], n);
        double[][] b = left ? in[1] : transposed(in[1], n);
        int columns = Math.toIntExact(call.input("B").shape().dim(left ? -1 : -2));
        double[][] x = Eliminations.solve(a, b, upper == left, unit, columns, m);
        return new double[][][] {left ? x : transposed(x, columns)};
    }
}
