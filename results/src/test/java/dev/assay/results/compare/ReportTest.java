package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final double[] QUIET = {100, 101, 99, 100.5, 99.5, 100.2, 99.8, 100.1};
    private static final double[] SLOW = {120, 121.2, 118.8, 120.6, 119.4, 120.24, 119.76, 120.12};

    @TempDir
    private Path folder;

    private Comparison compared(Runs base, Runs candidate) throws IOException {
        return Comparison.of(
                base.write(folder.resolve("base")), candidate.write(folder.resolve("cand")), ComparisonOptions.DEFAULT);
    }

    private Comparison example() throws IOException {
        return compared(
                new Runs()
                        .session("s")
                        .timed("a/1", QUIET)
                        .timed("a/2", QUIET)
                        .passed("a/3")
                        .passed("a/4"),
                new Runs()
                        .session("s")
                        .timed("a/1", SLOW)
                        .timed("a/2", QUIET)
                        .ended("a/3", Verdict.FAIL, "element 5 is off")
                        .passed("a/5"));
    }

    private static String text(Comparison comparison, boolean all) {
        StringWriter text = new StringWriter();
        TextReport.print(comparison, all, new PrintWriter(text));
        return text.toString();
    }

    @Test
    void textTellsResultsBeforeTimesAndEndsWithDenominators() throws IOException {
        String text = text(example(), false).replace(System.lineSeparator(), "\n");
        assertEquals("""
                base:      base, suites smoke, on box-1
                candidate: cand, suites smoke, on box-1
                times:     paired round by round, confidence 95 %

                broken: 1
                  a/3 on acme-npu
                    pass -> fail (bound): element 5 is off

                missing: 1
                  a/4 on acme-npu
                    not in the candidate; base: pass

                new: 1
                  a/5 on acme-npu
                    not in the base; pass

                regressed: 1
                  case  backend   clock  base    candidate  change   interval            adjusted p  rounds
                  a/1   acme-npu  jmh    100 ns  120.1 ns   +20.0 %  +20.0 % to +20.0 %  0.0156      8/8

                cases: 4 in the base, 4 in the candidate, 3 in both, 2 of these pass in both, 2 of these are timed in both
                results: 1 broken, 0 fixed, 1 new, 1 missing of 5 cases
                times: 1 regressed, 0 slower, 1 same, 0 faster, 0 improved, 0 inconclusive, 0 incomparable, 0 unmeasurable of 2 times
                mean ratio by clock jmh: 1.095 (1 to 1.2, geometric, over 2 times that both have)
                """, text);
    }

    @Test
    void textShowsTwentyOfAKindUnlessAllAreWanted() throws IOException {
        Runs base = new Runs().passed("a/1");
        Runs candidate = new Runs();
        for (int i = 10; i < 40; i++) {
            candidate.passed("b/" + i);
        }
        Comparison comparison = compared(base, candidate);
        assertTrue(text(comparison, false).contains("... and 10 more; --all shows them"));
        assertFalse(text(comparison, false).contains("b/30"));
        assertTrue(text(comparison, true).contains("b/39"));
    }

    @Test
    void markdownFoldsAllButWhatIsWrongOrSlow() throws IOException {
        String markdown = MarkdownReport.of(example());
        assertTrue(markdown.startsWith("## 1 broken, 1 missing, 1 regressed\n"), markdown);
        assertTrue(markdown.contains("<details open><summary>regressed: 1</summary>"), markdown);
        assertTrue(markdown.contains("<details><summary>new: 1</summary>"), markdown);
        assertTrue(markdown.contains("| 100 ns | 120.1 ns | +20.0 % | +20.0 % to +20.0 % | 0.0156 | 8/8 |"), markdown);
    }

    @Test
    void markdownOfALargeComparisonKeepsItsLimitAndSaysWhatItLeftOut() throws IOException {
        Runs base = new Runs();
        Runs candidate = new Runs();
        String reason = "very & wrong ".repeat(40);
        for (int i = 1000; i < 3000; i++) {
            base.passed("a/" + i);
            candidate.ended("a/" + i, Verdict.FAIL, reason);
        }
        String markdown = MarkdownReport.of(compared(base, candidate));
        int bytes = markdown.getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes <= 60_000, bytes + " bytes");
        assertTrue(
                markdown.matches("(?s).*\\.\\.\\. and \\d+ more in the CSV file.*"), markdown.substring(59_000 - 3000));
        assertTrue(markdown.endsWith("</details>\n"), "a section stays open");
    }

    @Test
    void textOfABackendIsNoMarkup() throws IOException {
        String evil = "</code><script>alert(1)</script> | [x](http://evil) @team #1 **b** `c` www.evil.com http://evil";
        String markdown =
                MarkdownReport.of(compared(new Runs().passed("a/b"), new Runs().ended("a/b", Verdict.FAIL, evil)));
        String row = markdown.lines()
                .filter(line -> line.startsWith("| <code>a/b"))
                .findFirst()
                .orElseThrow();
        assertFalse(row.contains("<script"), row);
        assertFalse(row.contains("@team"), row);
        assertFalse(row.contains("]("), row);
        assertFalse(row.contains("**"), row);
        assertFalse(row.contains("`"), row);
        assertFalse(row.contains("http:"), row);
        assertFalse(row.contains("www."), row);
        assertFalse(row.contains(" #1"), row);
        assertEquals(4, row.chars().filter(c -> c == '|').count(), row);
    }

    @Test
    void textOfAFolderSNameOrManifestIsNoControlSequence() throws IOException {
        Comparison comparison = Comparison.of(
                new Runs().rules("\u001b[31mred").passed("a/b").write(folder.resolve("ba\u001b[31mse")),
                new Runs()
                        .hardware("box\u001b]0;x\u0007")
                        .ended("a/b", Verdict.FAIL, "")
                        .write(folder.resolve("cand")),
                ComparisonOptions.DEFAULT);
        assertFalse(text(comparison, true).contains("\u001b"), "an escape got through");
        assertFalse(MarkdownReport.of(comparison).contains("\u001b"), "an escape got through");
    }

    @Test
    void jsonHasEveryRowAndCount() throws IOException {
        StringWriter out = new StringWriter();
        JsonReport.write(example(), out);
        JsonNode json = Json.STRICT.readTree(out.toString());
        assertEquals(5, json.get("rows").size());
        assertEquals("regressed", json.get("rows").get(0).get("verdict").asText());
        assertEquals(1, json.get("counts").get("broken").asInt());
        assertEquals(0, json.get("counts").get("improved").asInt());
        assertEquals(3, json.get("totals").get("both").asInt());
        assertEquals("base", json.get("base").get("run_id").asText());
        assertEquals(
                5,
                out.toString()
                        .lines()
                        .filter(line -> line.contains("\"case_id\":"))
                        .count());
    }

    @Test
    void reportsDoNotDependOnTheLocale() throws IOException {
        Locale before = Locale.getDefault();
        try {
            Comparison comparison = example();
            String text = text(comparison, true);
            String markdown = MarkdownReport.of(comparison);
            for (String tag : new String[] {"de-DE", "tr-TR", "ar-EG"}) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                assertEquals(text, text(example(), true));
                assertEquals(markdown, MarkdownReport.of(example()));
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void explanationShowsSamplesAndNumbers() throws IOException {
        StringWriter out = new StringWriter();
        example().explain("a/1", new PrintWriter(out));
        String text = out.toString();
        assertTrue(text.contains("run by clock jmh: regressed; slower by at least 20 %"), text);
        assertTrue(text.contains("+0.18232"), text);
        assertTrue(text.contains("median of the 36 means of two differences"), text);
        assertTrue(text.contains("confidence of 96.09 %, from number 4 of these means to number 4 from the end"), text);
        assertTrue(text.contains("p: 0.0078 of no change, signed-rank test; 0.0156 adjusted for 2 times"), text);
        assertTrue(text.contains("margin: 5 %"), text);
    }

    @Test
    void explanationOfAnUnpairedTimeCountsItsDifferences() throws IOException {
        StringWriter out = new StringWriter();
        compared(new Runs().timed("a/1", QUIET), new Runs().timed("a/1", SLOW)).explain("a/1", new PrintWriter(out));
        assertTrue(out.toString().contains("median of the 64 differences"), out.toString());
        assertTrue(out.toString().contains("from number 14 of these differences"), out.toString());
    }

    @Test
    void explanationOfNothingIsRefused() throws IOException {
        Comparison comparison = example();
        HarnessException told = assertThrows(
                HarnessException.class, () -> comparison.explain("a/9", new PrintWriter(new StringWriter())));
        assertTrue(told.getMessage().contains("nothing to explain about case 'a/9'"), told.getMessage());
    }
}
