package dev.assay.operator.gemm;

import dev.assay.operator.Inputs;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;

/// Numbers that go with the rows or columns of matrices: one for all, one for each line, or that for
/// every matrix of a
/// batch.
final class LineNumbers {
    private final double[] values;
    private final Shape matrices;
    private final int lines;

    private LineNumbers(double[] values, Shape matrices, int lines) {
        this.values = values;
        this.matrices = matrices;
        this.lines = lines;
    }

    /// Whether a tensor holds such numbers for the lines of `operand` along an axis.
    ///
    /// @param axis -2 for rows, -1 for columns
    static boolean fits(Shape shape, Shape operand, int axis) {
        if (shape.elements() == 1 && shape.rank() <= 1) {
            return true;
        }
        return shape.rank() == 1
                ? shape.dim(0) == operand.dim(axis)
                : shape.equals(operand.with(axis == -1 ? -2 : -1, 1));
    }

    /// The numbers that an input holds; zeros where it is left out.
    static LineNumbers of(Inputs inputs, String name, Shape operand, int axis) {
        if (!inputs.has(name)) {
            return new LineNumbers(new double[1], Shape.of(), 1);
        }
        Tensor tensor = inputs.get(name);
        double[] values = ProductOperator.values(tensor);
        boolean perMatrix = tensor.shape().rank() > 1;
        return new LineNumbers(
                values,
                perMatrix ? operand.slice(0, operand.rank() - 2) : Shape.of(),
                perMatrix ? Math.toIntExact(operand.dim(axis)) : values.length);
    }

    /// Those of the matrix at some coordinates of the batch, whose last dimensions are those of the
    /// operand. A single
    /// number stands for all lines.
    double[] at(long[] batch) {
        long number = 0;
        for (int d = 0; d < matrices.rank(); d++) {
            long coordinate = matrices.dim(d) == 1 ? 0 : batch[batch.length - matrices.rank() + d];
            number = number * matrices.dim(d) + coordinate;
        }
        return Arrays.copyOfRange(values, (int) number * lines, ((int) number + 1) * lines);
    }

    /// The number of a line.
    double of(long[] batch, long line) {
        double[] numbers = at(batch);
        return numbers[(int) Math.min(line, numbers.length - 1)];
    }
}
