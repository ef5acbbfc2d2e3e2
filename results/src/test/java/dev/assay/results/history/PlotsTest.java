package dev.assay.results.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.results.plot.Scale;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class PlotsTest {
    /// Ten runs at 1000 ns, a failed one, ten at 1500 ns.
    private static Finding step(String caseId) {
        Double[] values = new Double[21];
        for (int i = 0; i < values.length; i++) {
            values[i] = i == 10 ? null : Double.valueOf((i < 10 ? 1000 : 1500) + i % 2);
        }
        return Finding.in(List.of(Samples.series(caseId, values)), one -> 2).getFirst();
    }

    private static Document parsed(String svg) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void theTerminalShowsLevelsChangesAndLostRuns() {
        List<String> lines = TerminalPlot.lines(step("matmul/a"));
        assertEquals(9, lines.size());
        assertEquals("         |          x^", lines.getLast());
        assertTrue(lines.getFirst().startsWith("1.526 us |"), lines.getFirst());
        assertTrue(lines.get(7).startsWith("975.0 ns |"), lines.get(7));
        assertTrue(lines.subList(1, 7).stream().allMatch(line -> line.equals("         |")), lines.toString());
        assertEquals(10, lines.getFirst().codePoints().filter(c -> c > 0x2800).count(), lines.getFirst());
        assertEquals(10, lines.get(7).codePoints().filter(c -> c > 0x2800).count(), lines.get(7));
    }

    @Test
    void aSingleRunIsDrawnToo() {
        Finding one =
                Finding.in(List.of(Samples.series("matmul/a", 7.5)), each -> 2).getFirst();
        assertEquals(9, TerminalPlot.lines(one).size());
    }

    @Test
    void thePictureIsXmlThatStandsAlone() throws Exception {
        String svg = SvgPlot.of(List.of(step("matmul/a"), step("softmax/b")));
        Document document = parsed(svg);
        Element root = document.getDocumentElement();
        assertEquals("img", root.getAttribute("role"));
        assertEquals("title description", root.getAttribute("aria-labelledby"));
        assertEquals(40, document.getElementsByTagName("circle").getLength());
        assertEquals(2, document.getElementsByTagName("path").getLength(), "a cross for each failed run");
        assertEquals(0, document.getElementsByTagName("script").getLength());
        String description = document.getElementsByTagName("desc").item(0).getTextContent();
        assertTrue(description.contains("21 runs, 1 without a time"), description);
        assertTrue(description.contains("From 2026-01-12: 1.501 us, +50.0 %."), description);
        // The name of the language is the only address, and nothing is fetched from it.
        assertEquals(1, svg.split("http", -1).length - 1, "no link");
        assertFalse(svg.contains("url(") || svg.contains("@import"), "nothing is loaded");
        NodeList texts = document.getElementsByTagName("text");
        boolean labelled = false;
        for (int i = 0; i < texts.getLength(); i++) {
            labelled |= texts.item(i).getTextContent().equals("+50.0 %, 2026-01-12");
        }
        assertTrue(labelled, "the change is written out");
    }

    @Test
    void textThatIsMarkupStaysText() throws Exception {
        String evil = "</title><script>alert(1)</script>&\"' \u0001\uFFFF\uD800 x";
        String svg = SvgPlot.of(List.of(step(evil)));
        Document document = parsed(svg);
        assertEquals(0, document.getElementsByTagName("script").getLength());
        String title = document.getElementsByTagName("title").item(0).getTextContent();
        assertEquals("History of </title><script>alert(1)</script>&\"'     x", title);
    }

    @Test
    void numbersAreTheSameEverywhere() {
        Locale before = Locale.getDefault();
        String here = SvgPlot.of(List.of(step("matmul/a"))) + TerminalPlot.lines(step("matmul/a"));
        try {
            for (String tag : List.of("de-DE", "tr-TR", "ar-EG")) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                assertEquals(here, SvgPlot.of(List.of(step("matmul/a"))) + TerminalPlot.lines(step("matmul/a")), tag);
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void timesHaveTheUnitThatSuits() {
        assertEquals("0.5000 ns", Amounts.text(0.5, "ns"));
        assertEquals("999.9 ns", Amounts.text(999.9, "ns"));
        assertEquals("1.000 us", Amounts.text(999.96, "ns"));
        assertEquals("12.35 us", Amounts.text(12345, "ns"));
        assertEquals("1.500 ms", Amounts.text(1.5e6, "ns"));
        assertEquals("2000 s", Amounts.text(2e12, "ns"));
        assertEquals("3.000 J", Amounts.text(3, "J"));
        assertEquals("-3.0 %", Amounts.change(-3));
    }

    @Test
    void ticksAreRound() {
        assertEquals(List.of(980.0, 1000.0, 1020.0), new Scale(975, 1025).ticks(3));
        assertEquals(List.of(0.0, 50.0, 100.0), new Scale(0, 100).ticks(3));
    }
}
