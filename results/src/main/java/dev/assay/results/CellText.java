package dev.assay.results;

/// Makes text that came from elsewhere harmless before it is kept.
///
/// A cell that a spreadsheet would take for a formula gets an apostrophe in front; control characters, line ends
/// included, become spaces; what is too long is cut. Applied once: harmless text stays as it is.
public final class CellText {
    private static final int LONGEST = 4000;

    private CellText() {}

    public static String harmless(String text) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), LONGEST));
        for (int i = 0; i < text.length() && clean.length() < LONGEST; ) {
            int point = text.codePointAt(i);
            i += Character.charCount(point);
            int type = Character.getType(point);
            boolean odd = Character.isISOControl(point)
                    || type == Character.FORMAT
                    || type == Character.SURROGATE
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR;
            clean.appendCodePoint(odd ? ' ' : point);
        }
        String cut = clean.toString().strip();
        boolean formula = !cut.isEmpty() && "=+@".indexOf(cut.charAt(0)) >= 0;
        // A lone hyphen is our word for "nothing"; one in front of more might be a formula.
        boolean minus = cut.length() > 1 && cut.charAt(0) == '-';
        return formula || minus ? "'" + cut : cut;
    }
}
