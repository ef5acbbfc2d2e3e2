package dev.assay.results.plot;

/// Dots on a terminal: braille characters, two dots wide and four high each.
///
/// Libraries of such plots for Java are gone or unmaintained; this is all that is needed of one.
public final class Braille {
    private static final int BLANK = 0x2800;

    /// Bits of the dots of a braille character, by column and row from the top (Unicode 16, block 2800).
    private static final int[][] DOTS = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};

    private final int[][] cells;

    /// @param rows of characters
    /// @param width in characters
    public Braille(int rows, int width) {
        this.cells = new int[rows][width];
    }

    /// Sets the dot that is that far from the left and from the top, in dots.
    public void set(int column, int row) {
        cells[row / 4][column / 2] |= DOTS[column % 2][row % 4];
    }

    /// A line of the picture, from the top.
    public String row(int number) {
        StringBuilder line = new StringBuilder();
        for (int cell : cells[number]) {
            line.appendCodePoint(cell == 0 ? ' ' : BLANK + cell);
        }
        return line.toString();
    }
}
