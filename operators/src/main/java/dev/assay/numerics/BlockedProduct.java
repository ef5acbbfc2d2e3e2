package dev.assay.numerics;

/// The loops of a blocked matrix product around an inner loop of some element type.
///
/// The scheme is that of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (ACM TOMS 34,
/// 2008): panels of both operands are packed so that the inner loop reads memory in order. The result is kept tile
/// by tile as well until all sums are done: rows of a large result lie so far apart that touching twelve of them
/// for every tile costs a third of the speed (measured: 44 instead of 68 Gflop/s at 2048 columns).
///
/// The order of every sum depends on `piece` alone, never on blocks, threads or vector length.
///
/// @param <P> array type of packed panels
abstract class BlockedProduct<P> {
    private static final int ROWS_PER_BLOCK = 240;
    private static final int COLUMNS_PER_PANEL = 2048;
    /// Slivers of the right operand that a thread packs at a time: runs across them should not be short.
    private static final int SLIVERS = 8;

    private final Matrix a;
    private final Matrix b;
    private final int rows;
    private final int mr;
    private final int nr;

    /// @param mr rows of the inner loop's tile
    /// @param nr columns of the inner loop's tile
    BlockedProduct(Matrix a, Matrix b, int rows, int mr, int nr) {
        this.a = a;
        this.b = b;
        this.rows = rows;
        this.mr = mr;
        this.nr = nr;
    }

    /// Where packed panels come from.
    abstract Scratch<P> panels();

    /// Where results under way come from.
    abstract Scratch<P> results();

    abstract P allocate(int size);

    abstract void clear(P array, int from, int to);

    /// Stores `count` values of a run `step` apart.
    abstract void put(double[] run, int from, int count, P panel, int to, int step);

    /// Goes on with the sums of the tile that starts at index `at`.
    abstract void accumulate(P a, int fromA, P b, int fromB, int depth, P tiles, int at);

    /// Copies `count` values to the result's row `row` from column `column`.
    abstract void store(P tiles, int from, int count, int row, int column);

    /// Takes the sums in pieces of `piece` terms.
    final void run(int columns, int depth, int piece) {
        if (rows == 0 || columns == 0) {
            return;
        }
        int widest = Math.ceilDiv(Math.min(columns, COLUMNS_PER_PANEL), nr) * nr;
        int step = Math.min(piece, depth);
        int slivers = Math.ceilDiv(rows, mr);
        int parts = parts(slivers, mr);
        int most = Math.ceilDiv(slivers, parts) * mr;
        ThreadLocal<P> packedA = ThreadLocal.withInitial(() -> allocate(most * step));
        P packedB = panels().take(widest * step);
        P tiles = results().take(widest * slivers * mr);
        for (int column = 0; column < columns; column += COLUMNS_PER_PANEL) {
            int width = Math.min(COLUMNS_PER_PANEL, columns - column);
            int perSliver = Math.ceilDiv(width, nr) * nr * mr;
            Parallel.forEach(slivers, sliver -> clear(tiles, sliver * perSliver, (sliver + 1) * perSliver));
            for (int k = 0; k < depth; k += piece) {
                block(column, width, k, Math.min(piece, depth - k), packedB, packedA, tiles, parts);
            }
            unpack(column, width, tiles);
        }
        panels().give(packedB);
        results().give(tiles);
    }

    private void block(int column, int width, int k, int depth, P packedB, ThreadLocal<P> packedA, P tiles, int parts) {
        int group = SLIVERS * nr;
        Parallel.forEach(Math.ceilDiv(width, group), part -> {
            int first = part * group;
            pack(b, true, column + first, Math.min(group, width - first), nr, k, depth, packedB, first * depth);
        });
        int slivers = Math.ceilDiv(rows, mr);
        Parallel.forEach(parts, part -> {
            int first = slivers * part / parts * mr;
            P left = packedA.get();
            int count = Math.min(slivers * (part + 1) / parts * mr, rows) - first;
            pack(a, false, first, count, mr, k, depth, left, 0);
            for (int j = 0; j < width; j += nr) {
                for (int row = 0; row < count; row += mr) {
                    accumulate(left, row * depth, packedB, j * depth, depth, tiles, tileAt(first + row, j));
                }
            }
        });
    }

    /// Index of the tile whose first element is (row, column) of the panel.
    private int tileAt(int row, int column) {
        int slivers = Math.ceilDiv(rows, mr);
        return (column / nr * slivers + row / mr) * mr * nr;
    }

    /// Parts that threads take at a time: whole slivers, at most a block, as many for every thread.
    private static int parts(int slivers, int mr) {
        int threads = Runtime.getRuntime().availableProcessors();
        int blocks = Math.ceilDiv(slivers, Math.max(1, ROWS_PER_BLOCK / mr));
        return Math.min(slivers, Math.ceilDiv(blocks, threads) * threads);
    }

    private void unpack(int column, int width, P tiles) {
        Parallel.forEach(Math.ceilDiv(rows, mr), sliver -> {
            for (int i = 0; i < Math.min(mr, rows - sliver * mr); i++) {
                for (int j = 0; j < width; j += nr) {
                    int from = tileAt(sliver * mr, j) + i * nr;
                    store(tiles, from, Math.min(nr, width - j), sliver * mr + i, column + j);
                }
            }
        });
    }

    /// Packs `count` lines (rows of a, columns of b) in slivers of `width`, whose values of a step of the sum lie
    /// next to each other. What a last sliver has more stays what it was: its results are never stored.
    private void pack(Matrix from, boolean columns, int line, int count, int width, int k, int depth, P panel, int to) {
        double[] run = new double[Math.max(depth, count)];
        if (columns != from.rowMajor()) {
            for (int i = 0; i < count; i++) {
                if (columns) {
                    from.column(line + i, k, depth, run, 0);
                } else {
                    from.row(line + i, k, depth, run, 0);
                }
                put(run, 0, depth, panel, to + i / width * width * depth + i % width, width);
            }
        } else {
            for (int step = 0; step < depth; step++) {
                if (columns) {
                    from.row(k + step, line, count, run, 0);
                } else {
                    from.column(k + step, line, count, run, 0);
                }
                for (int i = 0; i < count; i += width) {
                    put(run, i, Math.min(width, count - i), panel, to + i * depth + step * width, 1);
                }
            }
        }
    }
}
