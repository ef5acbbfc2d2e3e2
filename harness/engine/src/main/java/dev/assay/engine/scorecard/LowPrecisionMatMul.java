package dev.assay.engine.scorecard;

import dev.assay.engine.scorecard.Comparand.DotProduct;
import dev.assay.numerics.Parallel;
import dev.assay.operator.Inputs;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.Optional;

/// A matrix product in three loops: products and sums in f32, in the order of k, rounded once.
final class LowPrecisionMatMul implements LowPrecision {
    private final DType dtype;
    private final double[] a;
    private final double[] b;
    private final Shape left;
    private final Shape right;
    private final int m;
    private final int n;
    private final int k;
    private final Shape batch;

    LowPrecisionMatMul(Inputs inputs) {
        this.dtype = inputs.get("A").dtype();
        this.a = LowPrecision.values(inputs.get("A"));
        this.b = LowPrecision.values(inputs.get("B"));
        Shape shapeA = inputs.get("A").shape();
        Shape shapeB = inputs.get("B").shape();
        this.left = shapeA.rank() == 1 ? Shape.of(1).concat(shapeA) : shapeA;
        this.right = shapeB.rank() == 1 ? shapeB.concat(Shape.of(1)) : shapeB;
        this.m = Math.toIntExact(left.dim(-2));
        this.n = Math.toIntExact(right.dim(-1));
        this.k = Math.toIntExact(left.dim(-1));
        this.batch = broadcast(left.slice(0, left.rank() - 2), right.slice(0, right.rank() - 2));
    }

    private static Shape broadcast(Shape a, Shape b) {
        long[] dims = new long[Math.max(a.rank(), b.rank())];
        for (int i = 1; i <= dims.length; i++) {
            long x = i > a.rank() ? 1 : a.dim(-i);
            long y = i > b.rank() ? 1 : b.dim(-i);
            dims[dims.length - i] = x == 1 ? y : x;
        }
        return Shape.of(dims);
    }

    /// Which matrix of an operand belongs to a matrix of the output.
    private static int matrix(Shape operand, long[] at) {
        long number = 0;
        int batchRank = operand.rank() - 2;
        for (int axis = 0; axis < batchRank; axis++) {
            long size = operand.dim(axis);
            number = number * size + (size == 1 ? 0 : at[at.length - batchRank + axis]);
        }
        return Math.toIntExact(number);
    }

    /// Computes a row of the output.
    private interface Row {
        void compute(int aAt, int bAt, double[] into, int at);
    }

    private double[] rows(Row row) {
        int matrices = Math.toIntExact(batch.elements());
        double[] into = new double[Math.toIntExact(Math.multiplyExact((long) matrices, (long) m * n))];
        Parallel.forEach(matrices * m, number -> {
            long[] at = batch.coordinates(number / m);
            int aAt = (matrix(left, at) * m + number % m) * k;
            int bAt = matrix(right, at) * k * n;
            row.compute(aAt, bAt, into, number * n);
        });
        return into;
    }

    @Override
    public Optional<double[]> output(String name) {
        return Optional.of(rows(dtype == DType.F64 ? this::wide : this::narrow));
    }

    private void narrow(int aAt, int bAt, double[] into, int at) {
        float[] sums = new float[n];
        for (int p = 0; p < k; p++) {
            float factor = (float) a[aAt + p];
            for (int j = 0; j < n; j++) {
                sums[j] += factor * (float) b[bAt + p * n + j];
            }
        }
        for (int j = 0; j < n; j++) {
            into[at + j] = dtype.round(sums[j]);
        }
    }

    private void wide(int aAt, int bAt, double[] into, int at) {
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < n; j++) {
                into[at + j] += a[aAt + p] * b[bAt + p * n + j];
            }
        }
    }

    @Override
    public Optional<DotProduct> dotProduct(String name) {
        double[] magnitudes = rows((aAt, bAt, into, at) -> {
            for (int p = 0; p < k; p++) {
                for (int j = 0; j < n; j++) {
                    into[at + j] += Math.abs(a[aAt + p] * b[bAt + p * n + j]);
                }
            }
        });
        return Optional.of(new DotProduct(k, magnitudes));
    }
}
