package dev.assay.results.plot;

import java.util.Locale;

/// An SVG picture under construction.
///
/// It stands alone: no script, no style sheet, no font, no link. What colours say is also said by form, by
/// text, and by a description that screen readers read out; it follows a dark page.
public final class SvgCanvas {
    /// Of text and of marks against their ground, at least 4.5 : 1 in both (WCAG 2.2, 1.4.3 and 1.4.11).
    private static final String STYLE = """
        <style>
        svg { background: #ffffff; font: 13px sans-serif; }
        text { fill: #1f2328; } .head { font-weight: bold; font-size: 15px; } .faint { fill: #57606a; }
        .grid { stroke: #d0d7de; } .dot { fill: #0969da; } .level { stroke: #8a3800; stroke-width: 2.5; }
        .maybe { stroke-dasharray: 7 4; } .cut { stroke: #8a3800; stroke-dasharray: 2 3; }
        .lost { stroke: #b3001b; stroke-width: 2; }
        .measured, .right, .band { fill: none; } .measured { stroke: #0969da; stroke-width: 2; }
        .right { stroke: #8a3800; stroke-width: 1.5; stroke-dasharray: 7 4; }
        .band { stroke: #57606a; stroke-dasharray: 1 3; }
        @media (prefers-color-scheme: dark) {
        svg { background: #0d1117; } text { fill: #e6edf3; } .faint { fill: #9da7b3; } .grid { stroke: #30363d; }
        .dot { fill: #58a6ff; } .measured { stroke: #58a6ff; } .right { stroke: #ffa657; } .band { stroke: #9da7b3; } .level, .cut { stroke: #ffa657; } .lost { stroke: #ff7b72; } }
        </style>
        """;

    private final StringBuilder svg = new StringBuilder();

    /// An empty picture.
    ///
    /// @param title what it shows
    /// @param description the same in sentences, for those who do not see it
    public SvgCanvas(int width, int height, String title, String description) {
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " role=\"img\" aria-labelledby=\"title description\">\n",
                width,
                height,
                width,
                height));
        svg.append("<title id=\"title\">").append(escaped(title)).append("</title>\n");
        svg.append("<desc id=\"description\">")
                .append(escaped(description))
                .append("</desc>\n")
                .append(STYLE);
    }

    /// Begins a part whose origin is that far down; [#endPanel] ends it.
    public void panel(int down) {
        svg.append("<g transform=\"translate(0 ").append(down).append(")\">\n");
    }

    public void endPanel() {
        svg.append("</g>\n");
    }

    /// The whole file.
    public String end() {
        return svg + "</svg>\n";
    }

    /// A mark with a text that shows when it is pointed at.
    ///
    /// @param element name and attributes
    public void mark(String element, String tip) {
        String name = element.substring(0, element.indexOf(' '));
        svg.append('<')
                .append(element)
                .append("><title>")
                .append(escaped(tip))
                .append("</title></")
                .append(name)
                .append(">\n");
    }

    /// A line through points; it is broken where one has no height.
    public void curve(String style, double[] x, double[] y) {
        StringBuilder path = new StringBuilder();
        boolean drawn = false;
        for (int i = 0; i < x.length; i++) {
            boolean there = Double.isFinite(y[i]);
            if (there) {
                path.append(String.format(Locale.ROOT, "%s%.1f %.1f", drawn ? "L" : "M", x[i], y[i]));
            }
            drawn = there;
        }
        svg.append("<path class=\"")
                .append(style)
                .append("\" d=\"")
                .append(path)
                .append("\"/>\n");
    }

    /// A straight line.
    public void line(String style, double x1, double y1, double x2, double y2) {
        svg.append(String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                style,
                x1,
                y1,
                x2,
                y2));
    }

    /// A text; the anchor says which end lies at x: empty for its beginning.
    public void text(double x, double y, String style, String anchor, String content) {
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
