package dev.assay.operator;

import dev.assay.numerics.Parallel;

/// Base of the oracles whose outputs have a first dimension of rows that are worked out one by one, given what the
/// device chose in the same row.
public abstract class RowOracle implements Oracle {

    /// A row that is worked out.
    @FunctionalInterface
    public interface Row {
        /// Writes the expectation of one of its elements.
        ///
        /// @param output position in the signature
        /// @param column number within the row, in row-major order
        /// @param to element of the block
        void write(int output, int column, ExpectedBlock into, int to);
    }

    /// Works a row out. Asked by many threads at a time.
    protected abstract Row row(long number, Observed device);

    @Override
    public final void expect(int output, Region region, Observed device, ExpectedBlock into) {
        if (region.elements() == 0) {
            return;
        }
        long perRow = shape(output).slice(1, shape(output).rank()).elements();
        int rows = Math.toIntExact(region.size().dim(0));
        int width = Math.toIntExact(region.elements() / rows);
        Parallel.forEach(rows, n -> {
            int start = n * width;
            Row row = row(region.coordinates(start)[0], device);
            for (int i = start; i < start + width; i++) {
                row.write(output, Math.toIntExact(region.number(shape(output), i) % perRow), into, i);
            }
        });
    }
}
