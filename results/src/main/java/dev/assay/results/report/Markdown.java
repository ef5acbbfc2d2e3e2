package dev.assay.results.report;

import dev.assay.results.CellText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/// A page of Markdown that keeps within a size.
///
/// Text from elsewhere stands in code spans and code blocks alone: nothing in them is markup, HTML, a link or a
/// mention, in CommonMark, on GitHub or on GitLab. A pipe within a table becomes a broken bar, since no escape of it
/// holds in every renderer.
final class Markdown {
    /// GitHub takes comments of 65536 characters.
    static final int LARGEST = 60_000;

    private static final int LONGEST_SPAN = 400;
    private static final int LONGEST_BLOCK = 2000;

    private final StringBuilder text = new StringBuilder();
    private final int most;
    private int size;

    /// @param most bytes
    Markdown(int most) {
        this.most = most;
    }

    /// Adds a piece if it fits.
    boolean add(String piece) {
        int bytes = piece.getBytes(StandardCharsets.UTF_8).length;
        if (size + bytes > most) {
            return false;
        }
        text.append(piece);
        size += bytes;
        return true;
    }

    int left() {
        return most - size;
    }

    /// Adds as many pieces as fit and leave room, then how many did not.
    ///
    /// @param room bytes to leave
    /// @param what the pieces are, for `... and 3 more rows`
    void addAll(List<String> pieces, int room, String what) {
        int taken = 0;
        for (String piece : pieces) {
            if (left() - piece.getBytes(StandardCharsets.UTF_8).length < room || !add(piece)) {
                break;
            }
            taken++;
        }
        if (taken < pieces.size()) {
            add("\n... and " + (pieces.size() - taken) + " more " + what + "\n\n");
        }
    }

    /// A section that is folded until somebody opens it.
    void folded(String summary, List<String> pieces, int room, String what) {
        if (!pieces.isEmpty() && left() > room + 500) {
            add("<details><summary>" + summary + "</summary>\n\n");
            addAll(pieces, room + 100, what);
            add("\n</details>\n\n");
        }
    }

    /// Foreign text within a line.
    static String code(String foreign) {
        String plain = cut(CellText.harmless(foreign), LONGEST_SPAN);
        if (plain.isEmpty()) {
            return "-";
        }
        String fence = "`".repeat(longestRun(plain) + 1);
        String pad = plain.startsWith("`") || plain.endsWith("`") ? " " : "";
        return fence + pad + plain + pad + fence;
    }

    /// Foreign text as a block of its own, indented to belong to a list.
    static String block(String foreign) {
        String plain = CellText.harmless(foreign);
        if (plain.length() > LONGEST_BLOCK) {
            return "";
        }
        String fence = "`".repeat(Math.max(3, longestRun(plain) + 1));
        return "  " + fence + "\n  " + plain + "\n  " + fence + "\n";
    }

    private static int longestRun(String text) {
        int longest = 0;
        int run = 0;
        for (int i = 0; i < text.length(); i++) {
            run = text.charAt(i) == '`' ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return longest;
    }

    private static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
        return text.substring(0, end) + " ...";
    }

    /// Lines of a table, all but the first two without foreign markup; the first cell of each is a name.
    static List<String> table(List<String> header, List<List<String>> lines) {
        List<String> rows = new ArrayList<>();
        List<String> labels = new ArrayList<>(List.of(header.getFirst()));
        header.subList(1, header.size()).forEach(label -> labels.add(cell(code(label))));
        rows.add(row(labels));
        rows.add(row(Collections.nCopies(header.size(), "---")));
        for (List<String> line : lines) {
            List<String> cells = new ArrayList<>(List.of(cell(code(line.getFirst()))));
            cells.addAll(line.subList(1, line.size()));
            rows.add(row(cells));
        }
        return rows;
    }

    private static String cell(String text) {
        return text.replace('|', '\u00A6');
    }

    private static String row(List<String> cells) {
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
