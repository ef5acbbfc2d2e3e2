package dev.assay.results.history;

import dev.assay.results.history.Finding.Stretch;
import dev.assay.results.history.Series.Point;
import dev.assay.results.plot.Scale;
import dev.assay.results.plot.SvgCanvas;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Series as one SVG picture, a panel each.
///
/// Runs without a time are crosses below the others.
public final class SvgPlot {
    private static final int WIDTH = 900;
    private static final int PANEL = 330;
    private static final int LEFT = 90;
    private static final int RIGHT = 24;
    private static final int TOP = 74;
    private static final int BOTTOM = 58;
    private static final int LONGEST_LABEL = 100;

    private final SvgCanvas svg;

    private SvgPlot(SvgCanvas svg) {
        this.svg = svg;
    }

    /// The whole file.
    public static String of(List<Finding> findings) {
        String cases = findings.stream()
                .map(one -> one.series().key().caseId())
                .distinct()
                .collect(Collectors.joining(", "));
        SvgCanvas svg = new SvgCanvas(
                WIDTH,
                Math.max(1, findings.size()) * PANEL,
                "History of " + cases,
                findings.stream().map(SvgPlot::described).collect(Collectors.joining(" ")));
        for (int i = 0; i < findings.size(); i++) {
            svg.panel(i * PANEL);
            new SvgPlot(svg).panel(findings.get(i));
            svg.endPanel();
        }
        return svg.end();
    }

    private static String described(Finding finding) {
        Series series = finding.series();
        long lost =
                series.points().stream().filter(point -> point.value() == null).count();
        StringBuilder text = new StringBuilder(
                series.key().caseId() + " with " + series.key().label() + ": ");
        text.append(series.points().size()).append(" runs, ").append(lost).append(" without a time.");
        for (Stretch stretch : finding.stretches()) {
            Point first = series.points().get(stretch.from());
            text.append(stretch.provisional() ? " Perhaps from " : " From ")
                    .append(date(first))
                    .append(": ")
                    .append(Amounts.text(stretch.median(), series.unit()));
            text.append(
                    stretch.equals(finding.stretches().getFirst())
                            ? "."
                            : ", " + Amounts.change(stretch.changePct()) + ".");
        }
        return text.toString();
    }

    private void panel(Finding finding) {
        Series series = finding.series();
        svg.text(LEFT, 24, "head", "", shortened(series.key().caseId()));
        svg.text(LEFT, 43, "faint", "", shortened(series.key().label()));
        double[] values = series.values();
        if (values.length == 0) {
            svg.text(LEFT, TOP + 40, "", "", "no run has a time");
            return;
        }
        Scale scale = Scale.of(values);
        for (double tick : scale.ticks(5)) {
            svg.line("grid", LEFT, y(scale, tick), WIDTH - RIGHT, y(scale, tick));
            svg.text(LEFT - 8, y(scale, tick) + 4, "faint", "end", Amounts.text(tick, series.unit()));
        }
        levels(finding, scale);
        int points = series.points().size();
        for (int i = 0; i < points; i++) {
            point(series, i, scale);
        }
        int under = PANEL - BOTTOM + 34;
        svg.text(LEFT, under, "faint", "", date(series.points().getFirst()));
        if (points > 1) {
            svg.text(WIDTH - RIGHT, under, "faint", "end", date(series.points().getLast()));
        }
        boolean lost = series.points().stream().anyMatch(point -> point.value() == null);
        boolean maybe = finding.stretches().getLast().provisional();
        svg.text(
                (LEFT + WIDTH - RIGHT) / 2.0,
                under,
                "faint",
                "middle",
                points + " runs; dots: times; bars: medians" + (maybe ? ", dashed: provisional" : "")
                        + (lost ? "; crosses: no time" : ""));
    }

    private void levels(Finding finding, Scale scale) {
        Series series = finding.series();
        int points = series.points().size();
        for (Stretch stretch : finding.stretches()) {
            double y = y(scale, stretch.median());
            double from = x(stretch.from(), points);
            svg.line(stretch.provisional() ? "level maybe" : "level", from - 4, y, x(stretch.to(), points) + 4, y);
            if (!stretch.equals(finding.stretches().getFirst())) {
                svg.line("cut", from - 6, TOP - 4, from - 6, PANEL - BOTTOM);
                boolean late = from > WIDTH - 200;
                String word = stretch.provisional() ? " provisional" : "";
                svg.text(
                        late ? from - 10 : from - 2,
                        TOP - 8,
                        "",
                        late ? "end" : "",
                        Amounts.change(stretch.changePct()) + word + ", "
                                + date(series.points().get(stretch.from())));
            }
        }
    }

    private void point(Series series, int index, Scale scale) {
        Point point = series.points().get(index);
        double x = x(index, series.points().size());
        Double value = point.value();
        String tip = point.runId() + ", " + date(point) + ", backend " + point.backendVersion() + ": "
                + (value == null ? point.verdict().word() + ", no time" : Amounts.text(value, series.unit()));
        if (value == null) {
            double y = PANEL - BOTTOM + 9;
            svg.mark(
                    String.format(Locale.ROOT, "path class=\"lost\" d=\"M%.1f %.1fl8 8m0 -8l-8 8\"", x - 4, y - 4),
                    tip);
        } else {
            svg.mark(
                    String.format(
                            Locale.ROOT, "circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"", x, y(scale, value)),
                    tip);
        }
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_LABEL ? text : text.substring(0, LONGEST_LABEL - 3) + "...";
    }

    private static String date(Point point) {
        return point.startedAt().length() < 10
                ? point.startedAt()
                : point.startedAt().substring(0, 10);
    }

    private static double x(int point, int points) {
        double inside = WIDTH - RIGHT - LEFT - 24.0;
        return LEFT + 12 + (points == 1 ? inside / 2 : inside * point / (points - 1));
    }

    private static double y(Scale scale, double value) {
        return PANEL - BOTTOM - scale.share(value) * (PANEL - BOTTOM - TOP);
    }
}
