package dev.assay.operator.linalg;

import dev.assay.numerics.ExactDot;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Relation;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;

/// That the columns of an output, or its rows, are orthonormal.
final class Orthonormal {
    private Orthonormal() {}

    /// Sets the error of an element.
    @FunctionalInterface
    interface Errors {
        void allow(ExpectedBlock into, int to);
    }

    /// `Vᵀ·V = I`.
    ///
    /// @param name of the output
    /// @param output its position in the signature
    /// @param shape its shape
    static Relation columns(String name, int output, Shape shape, DType dtype, Errors errors) {
        return of(name + "ᵀ·" + name, output, shape, dtype, false, errors);
    }

    /// `V·Vᵀ = I`.
    static Relation rows(String name, int output, Shape shape, DType dtype, Errors errors) {
        return of(name + "·" + name + "ᵀ", output, shape, dtype, true, errors);
    }

    private static Relation of(String name, int output, Shape shape, DType dtype, boolean rows, Errors errors) {
        long order = shape.dim(rows ? -2 : -1);
        long length = shape.dim(rows ? -1 : -2);
        Shape products = shape.slice(0, shape.rank() - 2).concat(Shape.of(order, order));
        return new MatrixRelation(name, products, dtype, device -> {
            Matrices v = Matrices.of(device.output(output));
            return new MatrixRelation.Elements() {
                @Override
                public double actual(int matrix, int i, int j) {
                    ExactDot sum = new ExactDot();
                    for (int k = 0; k < length; k++) {
                        sum.add(
                                rows ? v.at(matrix, i, k) : v.at(matrix, k, i),
                                rows ? v.at(matrix, j, k) : v.at(matrix, k, j));
                    }
                    return sum.value();
                }

                @Override
                public void expect(int matrix, int i, int j, ExpectedBlock into, int to) {
                    into.values()[to] = i == j ? 1 : 0;
                    errors.allow(into, to);
                }
            };
        });
    }
}
