package dev.assay.results.history;

import dev.assay.results.history.Finding.Stretch;
import dev.assay.results.history.Series.Point;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Series as one SVG picture, a panel each.
///
/// It stands alone: no script, no style sheet, no font, no link. What colours say is also said by form, by
/// text, and by a description that screen readers read out; it follows a dark page.
public final class SvgPlot {
    private static final int WIDTH = 900;
    private static final int PANEL = 330;
    private static final int LEFT = 90;
    private static final int RIGHT = 24;
    private static final int TOP = 74;
    private static final int BOTTOM = 58;
    private static final int LONGEST_LABEL = 100;

    /// Of text and of marks against their ground, at least 4.5 : 1 in both (WCAG 2.2, 1.4.3 and 1.4.11).
    private static final String STYLE = """
        <style>
        svg { background: #ffffff; font: 13px sans-serif; }
        text { fill: #1f2328; } .head { font-weight: bold; font-size: 15px; } .faint { fill: #57606a; }
        .grid { stroke: #d0d7de; } .dot { fill: #0969da; } .level { stroke: #8a3800; stroke-width: 2.5; }
        .maybe { stroke-dasharray: 7 4; } .cut { stroke: #8a3800; stroke-dasharray: 2 3; }
        .lost { stroke: #b3001b; stroke-width: 2; }
        @media (prefers-color-scheme: dark) {
        svg { background: #0d1117; } text { fill: #e6edf3; } .faint { fill: #9da7b3; } .grid { stroke: #30363d; }
        .dot { fill: #58a6ff; } .level, .cut { stroke: #ffa657; } .lost { stroke: #ff7b72; } }
        </style>
        """;

    private final StringBuilder svg = new StringBuilder();

    private SvgPlot() {}

    /// The whole file.
    public static String of(List<Finding> findings) {
        SvgPlot plot = new SvgPlot();
        int height = Math.max(1, findings.size()) * PANEL;
        plot.svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " role=\"img\" aria-labelledby=\"title description\">\n",
                WIDTH,
                height,
                WIDTH,
                height));
        String cases = findings.stream()
                .map(one -> one.series().key().caseId())
                .distinct()
                .collect(Collectors.joining(", "));
        plot.svg
                .append("<title id=\"title\">History of ")
                .append(escaped(cases))
                .append("</title>\n");
        plot.svg
                .append("<desc id=\"description\">")
                .append(escaped(findings.stream().map(SvgPlot::described).collect(Collectors.joining(" "))))
                .append("</desc>\n")
                .append(STYLE);
        for (int i = 0; i < findings.size(); i++) {
            plot.svg.append("<g transform=\"translate(0 ").append(i * PANEL).append(")\">\n");
            plot.panel(findings.get(i));
            plot.svg.append("</g>\n");
        }
        return plot.svg.append("</svg>\n").toString();
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
        text(LEFT, 24, "head", "", shortened(series.key().caseId()));
        text(LEFT, 43, "faint", "", shortened(series.key().label()));
        double[] values = series.values();
        if (values.length == 0) {
            text(LEFT, TOP + 40, "", "", "no run has a time");
            return;
        }
        Scale scale = Scale.of(values);
        for (double tick : scale.ticks(5)) {
            line("grid", LEFT, y(scale, tick), WIDTH - RIGHT, y(scale, tick));
            text(LEFT - 8, y(scale, tick) + 4, "faint", "end", Amounts.text(tick, series.unit()));
        }
        levels(finding, scale);
        int points = series.points().size();
        for (int i = 0; i < points; i++) {
            point(series, i, scale);
        }
        int under = PANEL - BOTTOM + 34;
        text(LEFT, under, "faint", "", date(series.points().getFirst()));
        if (points > 1) {
            text(WIDTH - RIGHT, under, "faint", "end", date(series.points().getLast()));
        }
        boolean lost = series.points().stream().anyMatch(point -> point.value() == null);
        boolean maybe = finding.stretches().getLast().provisional();
        text(
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
            line(stretch.provisional() ? "level maybe" : "level", from - 4, y, x(stretch.to(), points) + 4, y);
            if (!stretch.equals(finding.stretches().getFirst())) {
                line("cut", from - 6, TOP - 4, from - 6, PANEL - BOTTOM);
                boolean late = from > WIDTH - 200;
                String word = stretch.provisional() ? " provisional" : "";
                text(
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
            svg.append(String.format(
                            Locale.ROOT, "<path class=\"lost\" d=\"M%.1f %.1fl8 8m0 -8l-8 8\"><title>", x - 4, y - 4))
                    .append(escaped(tip))
                    .append("</title></path>\n");
        } else {
            svg.append(String.format(
                            Locale.ROOT,
                            "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>",
                            x,
                            y(scale, value)))
                    .append(escaped(tip))
                    .append("</title></circle>\n");
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

    private void line(String style, double x1, double y1, double x2, double y2) {
        svg.append(String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                style,
                x1,
                y1,
                x2,
                y2));
    }

    private void text(double x, double y, String style, String anchor, String content) {
        svg.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\"", x, y));
        svg.append(style.isEmpty() ? "" : " class=\"" + style + "\"");
        svg.append(anchor.isEmpty() ? "" : " text-anchor=\"" + anchor + "\"");
        svg.append('>').append(escaped(content)).append("</text>\n");
    }

    /// Characters that XML has no way to write become spaces.
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(point -> {
            switch (point) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(isWritable(point) ? point : ' ');
            }
        });
        return escaped.toString();
    }

    private static boolean isWritable(int point) {
        return !Character.isISOControl(point)
                && Character.getType(point) != Character.SURROGATE
                && Character.getType(point) != Character.FORMAT
                && (point & 0xFFFE) != 0xFFFE;
    }
}
