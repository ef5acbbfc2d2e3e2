package dev.assay.results;

/// Makes text that came from elsewhere harmless before it is kept.
///
/// A cell that a spreadsheet would take for a formula gets an apostrophe in front; control characters, line ends
/// included, become spaces; what is too long is cut. Applied once: harmless text stays as it is.
public final class CellText {
    private static final int LONGEST = 4000;

    /// With the wide forms, which spreadsheets of an East Asian locale read in the same way.
    private static final String FORMULA = "=+@\uFF1D\uFF0B\uFF0D\uFF20";

    private CellText() {}

    public static String harmless(String text) {
        if (isPlain(text)) {
            return text;
        }
        StringBuilder clean = new StringBuilder(Math.min(text.length(), LONGEST));
        text.codePoints().map(point -> isOdd(point) ? ' ' : point).forEach(clean::appendCodePoint);
        String stripped = clean.toString().strip();
        if (stripped.isEmpty()) {
            return "";
        }
        boolean formula = FORMULA.indexOf(stripped.charAt(0)) >= 0;
        // A lone hyphen is our word for "nothing"; one in front of more might be a formula.
        boolean minus = stripped.length() > 1 && stripped.charAt(0) == '-';
        return cut(formula || minus ? "'" + stripped : stripped);
    }

    /// Whether it surely is harmless: most cells are, and there are millions of them.
    private static boolean isPlain(String text) {
        int length = text.length();
        if (length == 0) {
            return true;
        }
        char first = text.charAt(0);
        if (length > LONGEST || first == ' ' || text.charAt(length - 1) == ' ' || FORMULA.indexOf(first) >= 0) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~') {
                return false;
            }
        }
        return first != '-' || length == 1;
    }

    private static boolean isOdd(int point) {
        int type = Character.getType(point);
        return Character.isISOControl(point)
                || type == Character.FORMAT
                || type == Character.SURROGATE
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }

    private static String cut(String text) {
        if (text.length() <= LONGEST) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
        return text.substring(0, end).stripTrailing();
    }
}
