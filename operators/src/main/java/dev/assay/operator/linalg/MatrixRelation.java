package dev.assay.operator.linalg;

import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Observed;
import dev.assay.operator.Relation;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.function.Function;

/// A relation between matrices, one for each of a batch.
///
/// @param shape of both sides, with all dimensions of the batch
/// @param read reads what the device returned
record MatrixRelation(String name, Shape shape, DType dtype, Function<Observed, Elements> read) implements Relation {

    /// Both sides, element by element.
    interface Elements {
        double actual(int matrix, int row, int column);

        void expect(int matrix, int row, int column, ExpectedBlock into, int to);
    }

    @Override
    public Sides sides(Observed device) {
        Elements elements = read.apply(device);
        int rows = Math.toIntExact(shape.dim(-2));
        int columns = Math.toIntExact(shape.dim(-1));
        return new Sides() {
            @Override
            public double actual(long number) {
                return elements.actual(matrix(number), row(number), column(number));
            }

            @Override
            public void expect(long number, ExpectedBlock into, int to) {
                elements.expect(matrix(number), row(number), column(number), into, to);
            }

            private int matrix(long number) {
                return Math.toIntExact(number / columns / rows);
            }

            private int row(long number) {
                return (int) (number / columns % rows);
            }

            private int column(long number) {
                return (int) (number % columns);
            }
        };
    }
}
