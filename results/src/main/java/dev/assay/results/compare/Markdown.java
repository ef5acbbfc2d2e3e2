package dev.assay.results.compare;

import java.util.regex.Pattern;

/// Text that comes from elsewhere, so that no Markdown reader takes it for anything but text.
final class Markdown {
    private static final int LONGEST = 300;
    private static final Pattern LINK = Pattern.compile("(?i)(www)\\.");

    private Markdown() {}

    /// As a piece of code in one line: what could open a tag, an emphasis, a link, a mention or a cell
    /// is written as a character reference, which is no markup in any dialect.
    static String code(String text) {
        String cut = text.length() <= LONGEST ? text : text.substring(0, LONGEST - 3) + "...";
        StringBuilder safe = new StringBuilder("<code>");
        cut.codePoints().forEach(point -> {
            boolean plain = point < 128
                    ? Character.isLetterOrDigit(point) || " ,./=+-%()".indexOf(point) >= 0
                    : Character.isLetterOrDigit(point);
            if (plain) {
                safe.appendCodePoint(point);
            } else {
                safe.append("&#")
                        .append(Character.isISOControl(point) ? ' ' : point)
                        .append(';');
            }
        });
        return LINK.matcher(safe.append("</code>")).replaceAll("$1&#46;");
    }
}
