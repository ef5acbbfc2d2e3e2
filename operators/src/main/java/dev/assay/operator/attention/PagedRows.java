package dev.assay.operator.attention;

import dev.assay.numerics.Matrix;
import dev.assay.tensor.Tensor;

/// The keys or values of one head of one sequence, whose rows lie in pages.
final class PagedRows implements Matrix {
    private final Tensor cache;
    private final long[] pages;
    private final int pageSize;
    private final long rowStride;
    private final long columnStride;

    /// @param cache all pages
    /// @param pages where the head's part of each page of the sequence starts, in elements
    /// @param pageSize rows of a page
    /// @param rowStride elements from one row of a page to the next
    /// @param columnStride elements from one column to the next
    PagedRows(Tensor cache, long[] pages, int pageSize, long rowStride, long columnStride) {
        this.cache = cache;
        this.pages = pages;
        this.pageSize = pageSize;
        this.rowStride = rowStride;
        this.columnStride = columnStride;
    }

    @Override
    public boolean rowMajor() {
        return true;
    }

    @Override
    public void row(long row, long column, int count, double[] into, int at) {
        long start = pages[(int) (row / pageSize)] + row % pageSize * rowStride;
        cache.decodeRun(start + column * columnStride, columnStride, count, into, at);
    }

    @Override
    public void column(long column, long row, int count, double[] into, int at) {
        for (int i = 0; i < count; i++) {
            row(row + i, column, 1, into, at + i);
        }
    }

    /// Two matrices side by side.
    ///
    /// @param width columns of the left one
    static Matrix beside(Matrix left, int width, Matrix right) {
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return true;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                int before = Math.clamp(width - column, 0, count);
                if (before > 0) {
                    left.row(row, column, before, into, at);
                }
                if (before < count) {
                    right.row(row, column + before - width, count - before, into, at + before);
                }
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                Matrix side = column < width ? left : right;
                side.column(column < width ? column : column - width, row, count, into, at);
            }
        };
    }
}
