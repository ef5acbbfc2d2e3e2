package dev.assay.numerics;

/// Reads a matrix line by line, whatever the order that it is stored in.
final class Lines {
    /// Lines that are read side by side where runs across them are the cheap ones, and elements of each at a time:
    /// what is read stays in the cache until it is used.
    private static final int SIDE_BY_SIDE = 128;

    private static final int AT_A_TIME = 256;

    /// Lines that a thread reads one after another where runs along them are the cheap ones.
    private static final int IN_A_ROW = 16;

    private Lines() {}

    /// Takes a piece of a line.
    @FunctionalInterface
    interface Piece {
        /// Takes the elements `at` to `at + count - 1` of a line: `values[from + n * step]`. `at` is even.
        void take(int line, int at, double[] values, int from, int step, int count);
    }

    /// Passes the first `length` elements of each of the first `lines` rows; the pieces of one row come in order,
    /// those of others at the same time from other threads.
    static void forEachPiece(Matrix matrix, int lines, int length, Piece body) {
        if (matrix.rowMajor()) {
            Parallel.forEach(Math.ceilDiv(lines, IN_A_ROW), part -> {
                double[] run = new double[length];
                for (int line = part * IN_A_ROW; line < Math.min(lines, (part + 1) * IN_A_ROW); line++) {
                    matrix.row(line, 0, length, run, 0);
                    body.take(line, 0, run, 0, 1, length);
                }
            });
            return;
        }
        Parallel.forEach(Math.ceilDiv(lines, SIDE_BY_SIDE), part -> {
            int first = part * SIDE_BY_SIDE;
            int width = Math.min(SIDE_BY_SIDE, lines - first);
            double[] square = new double[Math.min(AT_A_TIME, length) * width];
            for (int at = 0; at < length; at += AT_A_TIME) {
                int count = Math.min(AT_A_TIME, length - at);
                for (int n = 0; n < count; n++) {
                    matrix.column(at + n, first, width, square, n * width);
                }
                for (int line = 0; line < width; line++) {
                    body.take(first + line, at, square, line, width, count);
                }
            }
        });
    }
}
