package dev.assay.results.history;

import dev.assay.results.history.Finding.Stretch;
import dev.assay.results.plot.Braille;
import dev.assay.results.plot.Scale;
import java.util.ArrayList;
import java.util.List;

/// A series as dots of braille characters, two wide and four high each, with marks below: `^` where a new
/// level begins, `?` where one may begin, `x` for a run without a time.
public final class TerminalPlot {
    private static final int ROWS = 8;
    private static final int WIDEST = 64;
    private static final int NARROWEST = 16;

    private TerminalPlot() {}

    /// The lines of the plot, none if no run has a time.
    public static List<String> lines(Finding finding) {
        Series series = finding.series();
        double[] values = series.values();
        if (values.length == 0) {
            return List.of();
        }
        int points = series.points().size();
        int width = Math.clamp(points, NARROWEST, WIDEST);
        Scale scale = Scale.of(values);
        Braille dots = new Braille(ROWS, width);
        for (int i = 0; i < points; i++) {
            Double value = series.points().get(i).value();
            if (value != null) {
                int column = column(i, points, 2 * width);
                dots.set(column, (int) Math.round((1 - scale.share(value)) * (4 * ROWS - 1)));
            }
        }
        List<String> labels = new ArrayList<>();
        int widest = 0;
        for (int row = 0; row < ROWS; row++) {
            double at = scale.high() - (scale.high() - scale.low()) * row / (ROWS - 1);
            String label = row == 0 || row == ROWS - 1 ? Amounts.text(at, series.unit()) : "";
            labels.add(label);
            widest = Math.max(widest, label.length());
        }
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            StringBuilder line =
                    new StringBuilder().repeat(' ', widest - labels.get(row).length());
            line.append(labels.get(row)).append(" |");
            line.append(dots.row(row));
            lines.add(line.toString().stripTrailing());
        }
        lines.add((" ".repeat(widest) + " |" + marks(finding, points, width)).stripTrailing());
        return lines;
    }

    private static String marks(Finding finding, int points, int width) {
        StringBuilder marks = new StringBuilder().repeat(' ', width);
        for (int i = 0; i < points; i++) {
            if (finding.series().points().get(i).value() == null) {
                marks.setCharAt(column(i, points, 2 * width) / 2, 'x');
            }
        }
        for (Stretch stretch :
                finding.stretches().subList(1, finding.stretches().size())) {
            marks.setCharAt(column(stretch.from(), points, 2 * width) / 2, stretch.provisional() ? '?' : '^');
        }
        return marks.toString();
    }

    private static int column(int point, int points, int columns) {
        return points == 1 ? columns / 2 : (int) Math.round((double) point * (columns - 1) / (points - 1));
    }
}
