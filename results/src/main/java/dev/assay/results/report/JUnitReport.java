package dev.assay.results.report;

import dev.assay.results.CaseRow;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.RowKey;
import dev.assay.results.gate.GateVerdict;
import dev.assay.results.gate.Labels;
import dev.assay.results.gate.Reason;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/// Runs as JUnit's XML, which CI servers read: a suite for each suite and backend, a case for each planned row.
///
/// A wrong result is a failure; what ended by crash, timeout or error, and a missing row, is an error; what was
/// refused, not run or waived is skipped. Each has its reason.
public final class JUnitReport {
    private static final int REPLACEMENT = 0xFFFD;

    private final List<ReportedRun> runs;
    private final Map<RowKey, String> waived = new HashMap<>();
    private final Map<RowKey, Reason> closing = new LinkedHashMap<>();
    private final boolean isGated;

    /// @param gate what a gate said of the only run; empty without one
    public JUnitReport(List<ReportedRun> runs, Optional<GateVerdict> gate) {
        this.runs = List.copyOf(runs);
        this.isGated = gate.isPresent();
        gate.ifPresent(verdict -> {
            verdict.waived()
                    .forEach(one -> waived.put(
                            one.row(), "waived by " + one.waiver() + " of " + one.owner() + " until " + one.expires()));
            verdict.reasons().forEach(reason -> reason.row().ifPresent(row -> closing.putIfAbsent(row, reason)));
        });
    }

    private enum Result {
        PASSED(""),
        FAILURE("failure"),
        ERROR("error"),
        SKIPPED("skipped");

        private final String element;

        Result(String element) {
            this.element = element;
        }
    }

    /// What the server shows of a row.
    private record Entry(String classname, String name, Result result, String type, String message, String detail) {}

    /// Writes the document; the stream stays open.
    public void write(OutputStream out) {
        try {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out, "UTF-8");
            xml.writeStartDocument("UTF-8", "1.0");
            line(xml, 0);
            xml.writeStartElement("testsuites");
            for (ReportedRun run : runs) {
                for (Map.Entry<String, List<Entry>> suite : suites(run).entrySet()) {
                    suite(xml, run, suite.getKey(), suite.getValue());
                }
            }
            line(xml, 0);
            xml.writeEndElement();
            line(xml, 0);
            xml.writeEndDocument();
            xml.flush();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("the report cannot be written: " + e.getMessage(), e);
        }
    }

    private Map<String, List<Entry>> suites(ReportedRun run) {
        Map<String, List<Entry>> suites = new TreeMap<>();
        for (CaseRow row : run.rows()) {
            add(suites, row.key(), entry(row));
        }
        Set<RowKey> there = new HashSet<>();
        run.rows().forEach(row -> there.add(row.key()));
        Set<RowKey> absent = new LinkedHashSet<>(run.missing());
        closing.keySet().stream().filter(key -> !there.contains(key)).forEach(absent::add);
        for (RowKey key : absent) {
            Reason reason = closing.get(key);
            String message = reason == null ? "it was planned and has no row" : reason.what();
            add(suites, key, new Entry(Labels.operator(key), name(key), Result.ERROR, "missing", message, ""));
        }
        return suites;
    }

    private static void add(Map<String, List<Entry>> suites, RowKey key, Entry entry) {
        String suite = key.suite() + " on " + new BackendRef(key.backend(), key.backendOptions()).label();
        suites.computeIfAbsent(suite, name -> new ArrayList<>()).add(entry);
    }

    private static String name(RowKey key) {
        return key.caseId() + " seed=" + key.seed();
    }

    private Entry entry(CaseRow row) {
        RowKey key = row.key();
        String word = row.verdict().word();
        String waiver = waived.get(key);
        Reason objection = closing.get(key);
        Result result = switch (row.verdict()) {
            case PASS -> objection == null ? Result.PASSED : Result.FAILURE;
            case FAIL, UNSTABLE, VACUOUS -> Result.FAILURE;
            case ERROR, CRASH, TIMEOUT, OUT_OF_MEMORY -> Result.ERROR;
            case UNSUPPORTED, NOT_RUN -> objection == null ? Result.SKIPPED : Result.FAILURE;
        };
        String message = word + (row.reason().isEmpty() ? "" : ": " + row.reason());
        if (objection != null) {
            message = objection.what();
            word = row.verdict().isBad() ? word : objection.kind().word();
        }
        if (waiver != null) {
            result = Result.SKIPPED;
            message = waiver + "; " + message;
        } else if (isGated && objection == null && result != Result.PASSED && result != Result.SKIPPED) {
            result = Result.SKIPPED;
            message = "outside the policy; " + message;
        }
        return new Entry(row.operator(), name(key), result, word, message, detail(row));
    }

    private static String detail(CaseRow row) {
        return row.worstIndex().isEmpty()
                ? ""
                : "worst element " + row.worstIndex() + ": expected " + row.expected() + ", got " + row.actual()
                        + ", allowed error " + row.bound() + ", error ratio " + row.worstErrorRatio();
    }

    private void suite(XMLStreamWriter xml, ReportedRun run, String name, List<Entry> entries)
            throws XMLStreamException {
        Manifest manifest = run.manifest();
        line(xml, 1);
        xml.writeStartElement("testsuite");
        attribute(xml, "name", name);
        attribute(xml, "tests", Integer.toString(entries.size()));
        attribute(xml, "failures", count(entries, Result.FAILURE));
        attribute(xml, "errors", count(entries, Result.ERROR));
        attribute(xml, "skipped", count(entries, Result.SKIPPED));
        attribute(xml, "time", "0");
        // Without fraction and zone: that is what servers parse.
        attribute(xml, "timestamp", manifest.startedAt().replaceFirst("(\\.\\d+)?Z$", ""));
        line(xml, 2);
        xml.writeStartElement("properties");
        property(xml, "run_id", manifest.runId());
        property(xml, "assay_version", manifest.version());
        property(xml, "commit", manifest.commit());
        property(xml, "rule_constants", manifest.ruleConstants());
        property(xml, "hw_class_id", run.hardwareClass());
        line(xml, 2);
        xml.writeEndElement();
        for (Entry entry : entries) {
            testcase(xml, name, entry);
        }
        line(xml, 1);
        xml.writeEndElement();
    }

    private static String count(List<Entry> entries, Result result) {
        return Long.toString(
                entries.stream().filter(entry -> entry.result() == result).count());
    }

    private static void property(XMLStreamWriter xml, String name, String value) throws XMLStreamException {
        line(xml, 3);
        xml.writeEmptyElement("property");
        attribute(xml, "name", name);
        attribute(xml, "value", value);
    }

    private static void testcase(XMLStreamWriter xml, String suite, Entry entry) throws XMLStreamException {
        line(xml, 2);
        xml.writeStartElement("testcase");
        // Servers take what stands before the last dot for a package.
        attribute(
                xml,
                "classname",
                suite.replace('.', '_') + "." + entry.classname().replace('.', '_'));
        attribute(xml, "name", entry.name());
        attribute(xml, "time", "0");
        if (entry.result() != Result.PASSED) {
            line(xml, 3);
            xml.writeStartElement(entry.result().element);
            attribute(xml, "message", entry.message());
            if (entry.result() != Result.SKIPPED) {
                attribute(xml, "type", entry.type().toLowerCase(Locale.ROOT));
                xml.writeCharacters(allowed(entry.detail()));
            }
            xml.writeEndElement();
            line(xml, 2);
        }
        xml.writeEndElement();
    }

    private static void attribute(XMLStreamWriter xml, String name, String value) throws XMLStreamException {
        xml.writeAttribute(name, allowed(value).replace('\n', ' ').replace('\t', ' '));
    }

    private static void line(XMLStreamWriter xml, int depth) throws XMLStreamException {
        xml.writeCharacters("\n" + "  ".repeat(depth));
    }

    /// XML 1.0, production 2: what is no `Char` cannot stand in a document at all, not even as a reference.
    static String allowed(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().map(point -> isAllowed(point) ? point : REPLACEMENT).forEach(clean::appendCodePoint);
        return clean.toString();
    }

    private static boolean isAllowed(int point) {
        return point == '\t'
                || point == '\n'
                || (point >= 0x20 && point <= 0xD7FF)
                || (point >= 0xE000 && point <= 0xFFFD)
                || point >= 0x10000;
    }
}
