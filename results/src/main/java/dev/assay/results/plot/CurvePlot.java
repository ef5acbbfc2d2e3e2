package dev.assay.results.plot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Curves over steps: what was measured, what it should be, and the band within which right ones lie.
public final class CurvePlot {
    private static final int WIDTH = 900;
    private static final int PANEL = 260;
    private static final int LEFT = 80;
    private static final int RIGHT = 24;
    private static final int TOP = 48;
    private static final int BOTTOM = 40;
    private static final int ROWS = 8;
    private static final int CHARACTERS = 64;

    private CurvePlot() {}

    /// One panel. Values that are not finite leave a gap.
    ///
    /// @param title what is shown, with its unit
    /// @param steps where the values are
    /// @param measured of the device
    /// @param name of the next curve
    /// @param right what it should be, or must not exceed; empty if there is none
    /// @param low lower end of the band; empty if there is none
    /// @param high upper end
    public record Panel(
            String title,
            List<Integer> steps,
            List<Double> measured,
            String name,
            List<Double> right,
            List<Double> low,
            List<Double> high) {
        public Panel {
            steps = List.copyOf(steps);
            measured = List.copyOf(measured);
            right = List.copyOf(right);
            low = List.copyOf(low);
            high = List.copyOf(high);
        }

        private Scale scale() {
            return Scale.around(Stream.of(measured, right, low, high)
                    .flatMap(List::stream)
                    .mapToDouble(Double::doubleValue)
                    .toArray());
        }
    }

    /// A mark at a step, with a word.
    public record Mark(int step, String word) {}

    /// The panels below each other as an SVG file.
    public static String svg(String title, String description, List<Panel> panels, List<Mark> marks) {
        SvgCanvas svg = new SvgCanvas(WIDTH, Math.max(1, panels.size()) * PANEL, title, description);
        for (int i = 0; i < panels.size(); i++) {
            svg.panel(i * PANEL);
            draw(panels.get(i), marks, svg);
            svg.endPanel();
        }
        return svg.end();
    }

    private static void draw(Panel panel, List<Mark> marks, SvgCanvas svg) {
        svg.text(LEFT, 24, "head", "", panel.title());
        if (panel.steps().isEmpty()) {
            svg.text(LEFT, TOP + 30, "", "", "no step was done");
            return;
        }
        Scale scale = panel.scale();
        for (double tick : scale.ticks(4)) {
            svg.line("grid", LEFT, y(scale, tick), WIDTH - RIGHT, y(scale, tick));
            svg.text(LEFT - 8, y(scale, tick) + 4, "faint", "end", String.format(Locale.ROOT, "%.4g", tick));
        }
        curve("band", panel, panel.low(), scale, svg);
        curve("band", panel, panel.high(), scale, svg);
        curve("right", panel, panel.right(), scale, svg);
        curve("measured", panel, panel.measured(), scale, svg);
        for (Mark mark : marks) {
            double x = x(panel, mark.step());
            svg.line("cut", x, TOP, x, PANEL - BOTTOM);
            boolean late = x > WIDTH - 200;
            svg.text(late ? x - 4 : x + 4, TOP - 4, "", late ? "end" : "", mark.word());
        }
        svg.text(LEFT, PANEL - BOTTOM + 20, "faint", "", "step " + panel.steps().getFirst());
        svg.text(
                WIDTH - RIGHT,
                PANEL - BOTTOM + 20,
                "faint",
                "end",
                "step " + panel.steps().getLast());
        svg.text(
                (LEFT + WIDTH - RIGHT) / 2.0,
                PANEL - BOTTOM + 20,
                "faint",
                "middle",
                "solid: device" + (panel.right().isEmpty() ? "" : "; dashed: " + panel.name())
                        + (panel.low().isEmpty() ? "" : "; dotted: lowest and highest twin"));
    }

    private static void curve(String style, Panel panel, List<Double> values, Scale scale, SvgCanvas svg) {
        if (!values.isEmpty()) {
            svg.curve(
                    style,
                    panel.steps().stream().mapToDouble(step -> x(panel, step)).toArray(),
                    values.stream().mapToDouble(value -> y(scale, value)).toArray());
        }
    }

    private static double x(Panel panel, int step) {
        int first = panel.steps().getFirst();
        int last = panel.steps().getLast();
        return LEFT + (WIDTH - RIGHT - LEFT) * (last == first ? 0.5 : (double) (step - first) / (last - first));
    }

    private static double y(Scale scale, double value) {
        return PANEL - BOTTOM - scale.share(value) * (PANEL - BOTTOM - TOP);
    }

    /// A panel as lines of a terminal: the device's curve, and where it parts from it the right one.
    public static List<String> lines(Panel panel) {
        List<String> lines = new ArrayList<>(List.of(panel.title()));
        Scale scale = panel.scale();
        int columns = 2 * CHARACTERS;
        Braille dots = new Braille(ROWS, CHARACTERS);
        for (List<Double> values : List.of(panel.right(), panel.measured())) {
            for (int i = 0; i < values.size(); i++) {
                if (Double.isFinite(values.get(i))) {
                    int column = values.size() == 1
                            ? columns / 2
                            : (int) Math.round((double) i * (columns - 1) / (values.size() - 1));
                    dots.set(column, (int) Math.round((1 - scale.share(values.get(i))) * (4 * ROWS - 1)));
                }
            }
        }
        String[] labels = new String[ROWS];
        Arrays.fill(labels, "");
        labels[0] = String.format(Locale.ROOT, "%.4g", scale.high());
        labels[ROWS - 1] = String.format(Locale.ROOT, "%.4g", scale.low());
        for (int row = 0; row < ROWS; row++) {
            lines.add(String.format(Locale.ROOT, "%10s |%s", labels[row], dots.row(row))
                    .stripTrailing());
        }
        return lines;
    }
}
