package dev.assay.baselines.kernels;

import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.function.DoubleUnaryOperator;

/// Newton and Schulz's iteration with the polynomial of Muon, matrix by matrix: what stands between products is rounded
/// to the type that the call asks for.
final class MuonKernel {
    private final Arithmetic a;
    private final DoubleUnaryOperator kept;

    private MuonKernel(Arithmetic a, DoubleUnaryOperator kept) {
        this.a = a;
        this.kept = kept;
    }

    static SharedKernel plan(Call call, Arithmetic arithmetic) {
        boolean narrow = call.attributes().text("compute").equals("bf16");
        MuonKernel kernel = new MuonKernel(arithmetic, narrow ? DType.BF16::round : arithmetic::round);
        return arguments ->
                kernel.run(arguments.input("G").tensor(), arguments.output("X").tensor(), call.attributes());
    }

    private void run(Tensor from, Tensor to, Attributes attributes) {
        Shape shape = from.shape();
        boolean turned = shape.dim(0) > shape.dim(1);
        int rows = Math.toIntExact(Math.min(shape.dim(0), shape.dim(1)));
        int columns = Math.toIntExact(Math.max(shape.dim(0), shape.dim(1)));
        double[] all = new double[rows * columns];
        double[][] x = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                x[i][j] = kept.applyAsDouble(from.get(turned ? (long) j * rows + i : (long) i * columns + j));
                all[i * columns + j] = x[i][j];
            }
        }
        double norm = kept.applyAsDouble(a.sqrt(a.dot(all, all, all.length)));
        double divisor = kept.applyAsDouble(a.add(norm, a.round(1e-7)));
        for (double[] row : x) {
            for (int j = 0; j < columns; j++) {
                row[j] = kept.applyAsDouble(a.divide(row[j], divisor));
            }
        }
        for (long step = 0; step < attributes.integer("steps"); step++) {
            x = step(x, attributes);
        }
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double value = Double.isNaN(x[i][j]) ? Double.NaN : x[i][j];
                to.set(turned ? (long) j * rows + i : (long) i * columns + j, value);
            }
        }
    }

    private double[][] step(double[][] x, Attributes attributes) {
        double[][] gram = product(x, x);
        // It is symmetric: its rows are its columns.
        double[][] square = product(gram, gram);
        double[][] factor = sum(attributes.real("b"), gram, attributes.real("c"), square);
        return sum(attributes.real("a"), x, 1, product(factor, transposed(x)));
    }

    /// Rows of the one times rows of the other.
    private double[][] product(double[][] rows, double[][] others) {
        double[][] product = new double[rows.length][others.length];
        Parallel.forEach(rows.length, i -> {
            for (int j = 0; j < others.length; j++) {
                product[i][j] = kept.applyAsDouble(a.dot(rows[i], others[j], rows[i].length));
            }
        });
        return product;
    }

    private double[][] sum(double one, double[][] x, double other, double[][] y) {
        double[][] sum = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            sum[i] = new double[x[i].length];
            for (int j = 0; j < sum[i].length; j++) {
                double first = kept.applyAsDouble(a.multiply(a.round(one), x[i][j]));
                double second = kept.applyAsDouble(a.multiply(a.round(other), y[i][j]));
                sum[i][j] = kept.applyAsDouble(a.add(first, second));
            }
        }
        return sum;
    }

    private static double[][] transposed(double[][] x) {
        double[][] columns = new double[x.length == 0 ? 0 : x[0].length][x.length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < columns.length; j++) {
                columns[j][i] = x[i][j];
            }
        }
        return columns;
    }
}
