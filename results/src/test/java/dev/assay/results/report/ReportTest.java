package dev.assay.results.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.results.CaseRow;
import dev.assay.results.Verdict;
import dev.assay.results.gate.Gate;
import dev.assay.results.gate.GateVerdict;
import dev.assay.results.gate.Policy;
import dev.assay.results.gate.RunFixture;
import dev.assay.results.gate.Waivers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportTest {
    private static final String SOFTMAX = "softmax/f16/7x33/-/normal";
    private static final String MATMUL = "matmul/f32/m4.n4.k4/-/normal";
    private static final String EVIL =
            "`</code></details><img src=x onerror=alert(1)> | @octocat #1 [x](http://evil) ``` ![y](z) <!-- *b* _i_";

    /// What Jenkins accepts (the plugin xUnit, junit-10.xsd) and GitLab reads, as far as we write it.
    private static final String SCHEMA = """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
              <xs:complexType name="problem" mixed="true">
                <xs:attribute name="message" type="xs:string"/>
                <xs:attribute name="type" type="xs:string"/>
              </xs:complexType>
              <xs:element name="testsuites"><xs:complexType><xs:sequence>
                <xs:element name="testsuite" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
                  <xs:element name="properties" minOccurs="0"><xs:complexType><xs:sequence>
                    <xs:element name="property" maxOccurs="unbounded"><xs:complexType>
                      <xs:attribute name="name" type="xs:string" use="required"/>
                      <xs:attribute name="value" type="xs:string" use="required"/>
                    </xs:complexType></xs:element>
                  </xs:sequence></xs:complexType></xs:element>
                  <xs:element name="testcase" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:choice minOccurs="0">
                    <xs:element name="skipped"><xs:complexType>
                      <xs:attribute name="message" type="xs:string"/>
                    </xs:complexType></xs:element>
                    <xs:element name="error" type="problem"/>
                    <xs:element name="failure" type="problem"/>
                  </xs:choice>
                  <xs:attribute name="name" type="xs:string" use="required"/>
                  <xs:attribute name="classname" type="xs:string" use="required"/>
                  <xs:attribute name="time" type="xs:decimal"/>
                  </xs:complexType></xs:element>
                </xs:sequence>
                <xs:attribute name="name" type="xs:string" use="required"/>
                <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
                <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
                <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
                <xs:attribute name="skipped" type="xs:nonNegativeInteger"/>
                <xs:attribute name="time" type="xs:decimal"/>
                <xs:attribute name="timestamp" type="xs:dateTime"/>
                </xs:complexType></xs:element>
              </xs:sequence></xs:complexType></xs:element>
            </xs:schema>
            """;

    private static ReportedRun reported(RunFixture run) {
        return new ReportedRun(run.manifest("r1", ""), run.plan(), RunFixture.HARDWARE, run.rows());
    }

    private static GateVerdict gate(RunFixture run, Waivers waivers) {
        Gate gate = new Gate(Policy.DEFAULT, waivers, LocalDate.of(2026, 11, 28), run.manifest("r1", ""), run.plan());
        run.rows().forEach(gate::see);
        return gate.verdict();
    }

    private static String markdown(RunFixture run, Optional<GateVerdict> gate) {
        return new MarkdownReport(
                        List.of(reported(run)),
                        gate,
                        operator -> true,
                        (one, row) -> "assay run --case " + row.caseId())
                .text();
    }

    private static Document junit(RunFixture run, Optional<GateVerdict> gate) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new JUnitReport(List.of(reported(run)), gate).write(out);
        SchemaFactory.newDefaultInstance()
                .newSchema(new StreamSource(new StringReader(SCHEMA)))
                .newValidator()
                .validate(new StreamSource(new ByteArrayInputStream(out.toByteArray())));
        DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(out.toByteArray()));
    }

    private static List<Element> elements(Document document, String name) {
        NodeList found = document.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    private static RunFixture mixed() {
        RunFixture run = RunFixture.passed();
        run.verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", 3.0);
        run.change(
                SOFTMAX,
                "acme",
                row -> RunFixture.with(
                        RunFixture.with(RunFixture.with(row, "worstIndex", "Y[3,5]"), "expected", -1.0),
                        "actual",
                        1.5));
        run.verdict(SOFTMAX, "cpu", Verdict.UNSUPPORTED, "", null);
        run.verdict(MATMUL, "cpu", Verdict.CRASH, "", null);
        return run.without(MATMUL, "acme");
    }

    @Test
    void theMatrixCountsWhatPassedOfWhatWasPlanned() {
        RunFixture run = mixed();
        Matrix matrix = Matrix.of(run.plan(), run.rows(), operator -> true);
        assertEquals(List.of("passed of planned", "acme:mode=fast", "cpu"), matrix.header());
        assertEquals(
                List.of(
                        List.of("matmul", "1/2, 1 missing", "1/2, 1 crash"),
                        List.of("softmax", "1/2, 1 fail", "1/2, 1 unsupported")),
                matrix.lines());
        assertEquals(
                List.of(List.of("2 others", "2/4, 1 fail, 1 missing", "2/4, 1 unsupported, 1 crash")),
                Matrix.of(run.plan(), run.rows(), operator -> false).lines());
    }

    @Test
    void severalRunsShareAMatrix() {
        RunFixture other = new RunFixture()
                .backend("npu", "")
                .backend("cpu", "")
                .planned("smoke", "relu/f32/8/-/normal")
                .allPass();
        Matrix matrix = Matrix.of(List.of(reported(RunFixture.passed()), reported(other)), operator -> true);
        assertEquals(List.of("passed of planned", "acme:mode=fast", "cpu in r1", "npu", "cpu in r1"), matrix.header());
        assertEquals(List.of("matmul", "2/2", "2/2", "-", "-"), matrix.lines().getFirst());
        assertEquals(List.of("relu", "-", "-", "1/1", "1/1"), matrix.lines().get(1));
    }

    @Test
    void thePageTellsWhatIsWrongAndHowToRepeatIt() {
        String page = markdown(mixed(), Optional.empty());
        assertTrue(page.startsWith("<!-- assay-report -->\n### Assay: not everything is right\n"), page);
        assertTrue(page.contains("**4 pass, 1 fail, 1 unsupported, 1 crash, 1 missing of 8 planned**"), page);
        assertTrue(page.contains("| `matmul` | 1/2, 1 missing | 1/2, 1 crash |"), page);
        assertTrue(page.contains("- **fail** (`bound`) `" + SOFTMAX + "` on `acme:mode=fast`"), page);
        assertTrue(page.contains("worst element `Y[3,5]`: expected `-1.0`, got `1.5`, allowed error -"), page);
        assertTrue(page.contains("\n  ```\n  assay run --case " + SOFTMAX + "\n  ```\n"), page);
        assertTrue(page.contains("1 x unsupported on `cpu`: `because of unsupported`"), page);
        assertTrue(page.contains("hardware class `acme-1`"), page);
        assertTrue(markdown(RunFixture.passed(), Optional.empty()).contains("### Assay: nothing is wrong"));
    }

    @Test
    void thePageTellsWhatTheGateSays() {
        RunFixture run = mixed();
        Waivers waivers = Waivers.parse(Path.of("w.json"), """
                {"schema": 1, "waivers": [{"id": "w1", "operator": "softmax", "backend": "acme", "verdict": "fail",
                 "worst_error_ratio": 3, "owner": "Ada", "reason": "known", "expires": "2026-12-31"},
                 {"id": "w2", "operator": "matmul", "backend": "acme", "verdict": "fail",
                 "worst_error_ratio": 3, "owner": "Ada", "reason": "old", "expires": "2026-01-31"}]}
                """.getBytes(StandardCharsets.UTF_8));
        String page = markdown(run, Optional.of(gate(run, waivers)));
        assertTrue(page.contains("### Assay: gate failed (exit code 3, 3 reasons)"), page);
        assertTrue(
                page.contains("in scope 8: 4 passed, 1 waived, 1 refused as allowed, 0 not run as announced, 2 close"));
        assertTrue(page.contains("- **waiver_expired** `waiver 'w2'"), page);
        assertTrue(page.contains("- **missing** `" + MATMUL + "` on `acme:mode=fast`"), page);
        assertTrue(page.contains("- fail of `" + SOFTMAX + "` on `acme:mode=fast`: waiver `w1` of `Ada`"), page);
        assertFalse(page.contains("- **fail**"), page);
        assertTrue(page.contains("- **crash**"), page);
    }

    /// What is left of a page without its code is ours, whatever a backend said.
    @Test
    void nothingThatABackendSaysBecomesMarkup() {
        RunFixture run = RunFixture.passed();
        for (String text :
                new String[] {EVIL, "``" + EVIL, EVIL + "\\", "a|b\\|c", "\\", "`", "@here", "\n# x\n\n- y"}) {
            run.change(SOFTMAX, "acme", row -> {
                CaseRow bad = RunFixture.with(RunFixture.with(row, "verdict", Verdict.FAIL), "reason", text);
                return RunFixture.with(RunFixture.with(bad, "layer", text), "worstIndex", text);
            });
            run.verdict(SOFTMAX, "cpu", Verdict.UNSUPPORTED, "", null);
            run.change(SOFTMAX, "cpu", row -> RunFixture.with(row, "reason", text));
            String page = markdown(run, Optional.of(gate(run, Waivers.NONE)));
            String ours = withoutCode(page);
            for (String sign : new String[] {"@", "#1", "<img", "evil", "](", "*b*", "# x", "octocat", "\\"}) {
                assertFalse(ours.contains(sign), () -> sign + " in " + ours);
            }
            assertEquals(count(ours, "<details>"), count(ours, "</details>"));
            for (String line : page.lines().filter(one -> one.startsWith("|")).toList()) {
                assertEquals(4, count(line, "|"), line);
            }
        }
    }

    @Test
    void aBackendsNameBreaksNoTable() {
        RunFixture run = new RunFixture()
                .backend("acme", "a=`|x,b=</td>")
                .planned("smoke", "soft|`max/f32/8/-/normal")
                .allPass();
        String page = markdown(run, Optional.empty());
        for (String line : page.lines().filter(one -> one.startsWith("|")).toList()) {
            assertEquals(3, count(line, "|"), line);
        }
        assertFalse(withoutCode(page).contains("</td>"), page);
    }

    private static int count(String text, String word) {
        return text.split(java.util.regex.Pattern.quote(word), -1).length - 1;
    }

    /// As CommonMark finds code: a run of backticks closes what a run of the same length opened.
    private static String withoutCode(String page) {
        StringBuilder ours = new StringBuilder();
        int at = 0;
        while (at < page.length()) {
            if (page.charAt(at) != '`') {
                ours.append(page.charAt(at++));
                continue;
            }
            int end = at;
            while (end < page.length() && page.charAt(end) == '`') {
                end++;
            }
            String fence = page.substring(at, end);
            int close = end;
            while (true) {
                close = page.indexOf(fence, close);
                assertTrue(close >= 0, () -> "code that nothing closes in " + page);
                int after = close;
                while (after < page.length() && page.charAt(after) == '`') {
                    after++;
                }
                if (after - close == fence.length()) {
                    at = after;
                    break;
                }
                close = after;
            }
        }
        return ours.toString();
    }

    @Test
    void thePageKeepsWithinItsSizeAndSaysWhatItLeavesOut() {
        RunFixture run = new RunFixture().backend("acme", "");
        for (int i = 0; i < 3000; i++) {
            run.planned("smoke", "op" + i + "/f32/8/-/normal");
        }
        run.allPass();
        for (int i = 0; i < 3000; i++) {
            run.rows().set(i, RunFixture.with(run.rows().get(i), "verdict", Verdict.FAIL));
            run.rows().set(i, RunFixture.with(run.rows().get(i), "reason", "\u00e9".repeat(500)));
        }
        String page = markdown(run, Optional.of(gate(run, Waivers.NONE)));
        assertTrue(page.getBytes(StandardCharsets.UTF_8).length <= 60_000, page.length() + " characters");
        assertTrue(page.contains("more operators") && page.contains("more rows in cases.csv"), page);
        assertTrue(page.contains("hardware class"), page);
        assertEquals(count(page, "<details>"), count(page, "</details>"));
    }

    @Test
    void junitHasACaseForEveryPlannedRow() throws Exception {
        Document document = junit(mixed(), Optional.empty());
        assertEquals(8, elements(document, "testcase").size());
        assertEquals(1, elements(document, "failure").size());
        assertEquals(2, elements(document, "error").size());
        assertEquals(1, elements(document, "skipped").size());
        Element failure = elements(document, "failure").getFirst();
        assertEquals("fail: because of fail", failure.getAttribute("message"));
        assertEquals("fail", failure.getAttribute("type"));
        assertTrue(failure.getTextContent().startsWith("worst element Y[3,5]: expected -1.0, got 1.5"));
        TreeSet<String> types = new TreeSet<>();
        elements(document, "error").forEach(error -> types.add(error.getAttribute("type")));
        assertEquals(new TreeSet<>(List.of("crash", "missing")), types);
        for (Element suite : elements(document, "testsuite")) {
            assertEquals("4", suite.getAttribute("tests"));
            assertEquals("2026-11-28T10:00:00", suite.getAttribute("timestamp"));
        }
        Element first = elements(document, "testcase").getFirst();
        assertEquals("smoke on acme:mode=fast.matmul", first.getAttribute("classname"));
    }

    @Test
    void everyVerdictHasItsElement() throws Exception {
        for (Verdict verdict : Verdict.values()) {
            RunFixture run = RunFixture.passed().verdict(SOFTMAX, "acme", verdict, "", null);
            String element = switch (verdict) {
                case PASS -> "";
                case FAIL, UNSTABLE, VACUOUS -> "failure";
                case ERROR, CRASH, TIMEOUT, OUT_OF_MEMORY -> "error";
                case UNSUPPORTED, NOT_RUN -> "skipped";
            };
            Document document = junit(run, Optional.empty());
            for (String name : new String[] {"failure", "error", "skipped"}) {
                assertEquals(
                        name.equals(element) ? 1 : 0, elements(document, name).size(), verdict + " " + name);
            }
        }
    }

    @Test
    void whatIsWaivedIsSkippedWithItsWaiver() throws Exception {
        RunFixture run = mixed();
        Waivers waivers = Waivers.parse(Path.of("w.json"), """
                {"schema": 1, "waivers": [{"id": "w1", "operator": "softmax", "backend": "acme", "verdict": "fail",
                 "worst_error_ratio": 3, "owner": "Ada", "reason": "known", "expires": "2026-12-31"}]}
                """.getBytes(StandardCharsets.UTF_8));
        Document document = junit(run, Optional.of(gate(run, waivers)));
        assertEquals(0, elements(document, "failure").size());
        assertTrue(elements(document, "skipped").stream()
                .anyMatch(one -> one.getAttribute("message").startsWith("waived by w1 of Ada until 2026-12-31")));
    }

    @Test
    void whatXmlForbidsIsReplaced() throws Exception {
        assertEquals(
                "a\uFFFDb\uFFFD\uFFFD\uFFFD\t\n\uD83D\uDE00",
                JUnitReport.allowed("a\0b\u001b\uD800\uFFFF\t\n\uD83D\uDE00"));
        RunFixture run = RunFixture.passed().verdict(SOFTMAX, "acme", Verdict.FAIL, "bound", 3.0);
        String text = "\u0001\u001b[31m\uFFFE ]]> & <a> \"quoted\" 'x' \r\n\uD800";
        run.change(SOFTMAX, "acme", row -> RunFixture.with(row, "reason", text));
        run.change(SOFTMAX, "acme", row -> RunFixture.with(row, "worstIndex", text));
        Element failure = elements(junit(run, Optional.empty()), "failure").getFirst();
        assertTrue(
                failure.getAttribute("message").contains("]]> & <a> \"quoted\" 'x'"), failure.getAttribute("message"));
        assertTrue(failure.getTextContent().contains("]]> & <a>"));
    }

    @Test
    void noLocaleChangesAByte() throws Exception {
        RunFixture run = mixed();
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.ROOT);
            String page = markdown(run, Optional.of(gate(run, Waivers.NONE)));
            String verdict = gate(run, Waivers.NONE).text();
            for (String tag : List.of("de-DE", "tr-TR")) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                assertEquals(page, markdown(run, Optional.of(gate(run, Waivers.NONE))));
                assertEquals(verdict, gate(run, Waivers.NONE).text());
                assertEquals(
                        8, elements(junit(run, Optional.empty()), "testcase").size());
            }
        } finally {
            Locale.setDefault(before);
        }
    }
}
