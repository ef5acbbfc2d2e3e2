package dev.assay.engine.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GrammarTest {
    private static String read(byte[] text) {
        StringBuilder read = new StringBuilder();
        for (byte number : text) {
            read.append(Grammar.ALPHABET.charAt(number));
        }
        return read.toString();
    }

    @Test
    void aSeedHasATextOfItsOwn() {
        assertArrayEquals(new Grammar(1).text(5000), new Grammar(1).text(5000));
        assertFalse(Arrays.equals(new Grammar(1).text(5000), new Grammar(2).text(5000)));
    }

    @Test
    void sumsAreRightAndVerbsAgree() {
        byte[] text = new Grammar(3).text(20_000);
        assertEquals(20_000, text.length);
        List<String> lines = read(text).lines().toList();
        Pattern sum = Pattern.compile("(\\d+) \\+ (\\d+) = (\\d+)");
        int sums = 0;
        for (String line : lines.subList(0, lines.size() - 1)) {
            Matcher matcher = sum.matcher(line);
            if (matcher.matches()) {
                sums++;
                assertEquals(
                        Integer.parseInt(matcher.group(3)),
                        Integer.parseInt(matcher.group(1)) + Integer.parseInt(matcher.group(2)));
            } else {
                assertTrue(line.matches("(all|the) .*\\."), line);
            }
        }
        assertTrue(sums > 50, "only " + sums + " sums");
    }

    @Test
    void piecesLieWithinTheText() {
        for (int start : Grammar.starts(100, new SplittableRandom(1), 1000, 40)) {
            assertTrue(start >= 0 && start + 40 < 100);
        }
    }
}
