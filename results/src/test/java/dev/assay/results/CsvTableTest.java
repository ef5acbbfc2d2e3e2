package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTableTest {
    private static final CsvTable<CaseRow> CASES = new CsvTable<>(CaseRow.class);
    private static final CsvTable<TimingRow> TIMINGS = new CsvTable<>(TimingRow.class);
    private static final CsvTable<SampleRow> SAMPLES = new CsvTable<>(SampleRow.class);

    private static final String CASE_HEADER = "suite,case_id,case_hash,operator,dtypes,shapes,attributes,fill,seed,"
            + "backend,backend_options,backend_version,device,contract,bound_tightness,verdict,layer,reason,diagnosis,"
            + "elements,mismatches,worst_error_ratio,rms_ratio,max_ulp,bias_z,worst_index,expected,actual,bound,"
            + "deterministic,output_sha256\n";
    private static final String TIMING_HEADER = "suite,case_id,case_hash,seed,backend,backend_options,device,metric,"
            + "unit,mode,clock,rounds,iterations,samples,min,p50,p90,p99,max,mean,ci_low,ci_high,ci_level,"
            + "round_cv_pct,prepare_ns,flops,bytes,gflops_per_s,gb_per_s,intensity,roofline_pct,quality\n";
    private static final String SAMPLE_HEADER = "suite,case_id,case_hash,seed,backend,backend_options,metric,clock,"
            + "round,fork,iteration,ops,value,unit\n";
    private static final String SCORECARD_HEADER = "suite,case_id,case_hash,seed,backend,backend_options,output,"
            + "criterion,outcome,measure,limit,verdict,remark\n";
    private static final String PASSED = "smoke,matmul/f32/m4.n4.k4/-/normal,0123456789abcdef,matmul,f32,m4.n4.k4,-,"
            + "normal,20260101,acme-npu,mode=fast,2.1,Acme One,accumulate=f32,1.5,pass,,,,16,0,0.25,,0.5,,\"Y[3,3]\","
            + "1.0,1.0000001,1.0E-6,true,00ff\n";

    @TempDir
    Path folder;

    // The headers are a public interface: a change here is a change of Manifest.COLUMNS and of the documentation.
    @Test
    void headersAreTheDocumentedOnes() {
        assertEquals(CASE_HEADER, CASES.format(List.of()));
        assertEquals(TIMING_HEADER, TIMINGS.format(List.of()));
        assertEquals(SAMPLE_HEADER, SAMPLES.format(List.of()));
        assertEquals(SCORECARD_HEADER, new CsvTable<>(ScorecardRow.class).format(List.of()));
        assertEquals(1, Manifest.COLUMNS, "raise it together with a change of the headers");
    }

    @Test
    void rowsOfAScorecardKeepTheirOrderAndReadBack() throws IOException {
        CsvTable<ScorecardRow> table = new CsvTable<>(ScorecardRow.class);
        List<ScorecardRow> rows = new ArrayList<>(TestRows.scored("b"));
        rows.addAll(TestRows.scored("a"));
        rows.set(2, TestRows.with(rows.get(2), "measure", Double.POSITIVE_INFINITY));
        String start = ",0123456789abcdef,20260101,acme-npu,mode=fast,Y,";
        String text = SCORECARD_HEADER
                + "smoke,a" + start + "cann-l0,fail,Infinity,1.0,pass,\n"
                + "smoke,a" + start + "diopi,not_applicable,,,pass,no tolerance for bf16\n"
                + "smoke,b" + start + "cann-l0,fail,1.25,1.0,pass,\n"
                + "smoke,b" + start + "diopi,not_applicable,,,pass,no tolerance for bf16\n";
        assertEquals(text, table.format(rows));
        Path file = Files.writeString(folder.resolve("scorecard.csv"), text);
        assertEquals(text, table.format(table.read(file)));
        Files.writeString(file, text.replace("not_applicable", "maybe"));
        assertThrows(HarnessException.class, () -> table.read(file));
    }

    @Test
    void rowsAreTheDocumentedText() {
        assertEquals(CASE_HEADER + PASSED, CASES.format(List.of(TestRows.PASSED)));
        assertEquals(
                TIMING_HEADER
                        + "smoke,matmul/f32/m4.n4.k4/-/normal,0123456789abcdef,20260101,acme-npu,mode=fast,Acme One,run,"
                        + "ns,measured,jmh,1,5,5,100.0,101.5,110.0,119.25,120.0,104.0,100.0,120.0,0.9375,,123456789,"
                        + "128.0,192.0,1.2612612612612613,1.8918918918918919,0.6666666666666666,,ok\n",
                TIMINGS.format(List.of(TestRows.TIMED)));
        assertEquals(
                SAMPLE_HEADER
                        + "smoke,matmul/f32/m4.n4.k4/-/normal,0123456789abcdef,20260101,acme-npu,mode=fast,run,jmh,0,0,"
                        + "0,1000,101.5,ns\n",
                SAMPLES.format(List.of(TestRows.SAMPLE)));
    }

    @Test
    void whatWasWrittenReadsBackEqual() throws IOException {
        assertEquals(List.of(TestRows.PASSED), read(CASES, CASES.format(List.of(TestRows.PASSED))));
        assertEquals(List.of(TestRows.TIMED), read(TIMINGS, TIMINGS.format(List.of(TestRows.TIMED))));
        assertEquals(List.of(TestRows.SAMPLE), read(SAMPLES, SAMPLES.format(List.of(TestRows.SAMPLE))));
        assertEquals(List.of(), read(CASES, CASE_HEADER), "a run of nothing");
    }

    @Test
    void everyVerdictReadsBack() throws IOException {
        for (Verdict verdict : Verdict.values()) {
            CaseRow row = TestRows.with(TestRows.PASSED, "verdict", verdict);
            assertEquals(List.of(row), read(CASES, CASES.format(List.of(row))));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "NaN, NaN",
        "Infinity, Infinity",
        "-Infinity, -Infinity",
        "0.0, 0.0",
        "-0.0, -0.0",
        "4.9e-324, 4.9E-324",
        "-4.9e-324, -4.9E-324",
        "2.225073858507201e-308, 2.225073858507201E-308",
        "2.2250738585072014e-308, 2.2250738585072014E-308",
        "1.7976931348623157e308, 1.7976931348623157E308",
        "0.1, 0.1",
        "0.30000000000000004, 0.30000000000000004",
        "2e-3, 0.002",
        "9.99e-4, 9.99E-4",
        "9999999.0, 9999999.0",
        "1e7, 1.0E7",
        "1e23, 1.0E23",
        "2e23, 2.0E23",
        "9007199254740993, 9.007199254740992E15"
    })
    void doublesHaveOneFormThatReadsBackToTheSameBits(String value, String cell) throws IOException {
        CaseRow row = TestRows.with(TestRows.PASSED, "expected", Double.valueOf(value));
        String text = CASES.format(List.of(row));
        assertTrue(text.contains(",\"Y[3,3]\"," + cell + ",1.0000001,"), text);
        assertEquals(List.of(row), read(CASES, text));
    }

    @Test
    void anyDoubleReadsBackToTheSameBits() throws IOException {
        Random random = new Random(20261122);
        List<SampleRow> rows = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            rows.add(TestRows.with(TestRows.with(TestRows.SAMPLE, "iteration", i), "value", value));
        }
        List<SampleRow> back = read(SAMPLES, SAMPLES.format(rows));
        assertEquals(rows, back);
        for (int i = 0; i < rows.size(); i++) {
            assertEquals(
                    Double.doubleToLongBits(rows.get(i).value()),
                    Double.doubleToLongBits(back.get(i).value()));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1, Long.MAX_VALUE, Long.MIN_VALUE, 9007199254740993L, 1000000})
    void longsReadBackAndHaveNoSeparators(long seed) throws IOException {
        CaseRow row = TestRows.with(TestRows.with(TestRows.PASSED, "seed", seed), "elements", seed);
        String text = CASES.format(List.of(row));
        assertTrue(text.contains(",normal," + seed + ",acme-npu,"), text);
        assertEquals(List.of(row), read(CASES, text));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void intsReadBack(int round) throws IOException {
        SampleRow row = TestRows.with(TestRows.SAMPLE, "round", round);
        assertEquals(List.of(row), read(SAMPLES, SAMPLES.format(List.of(row))));
    }

    @Test
    void anyHarmlessTextReadsBackEqual() throws IOException {
        Random random = new Random(20261122);
        String alphabet =
                "a,\"';#=+-@\\/| \t\r\n\0\u0007\u0085\u00A0\u00AD\u2028\u202E\uFEFFé中\uFF1D\uD83D\uDE00\uD800";
        List<CaseRow> hostile = new ArrayList<>();
        Set<CaseRow> kept = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(7); length >= 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            hostile.add(everywhere(i, text.toString()));
            kept.add(everywhere(i, CellText.harmless(text.toString())));
        }
        String csv = CASES.format(hostile);
        assertEquals(1001, csv.lines().count(), "one line per row");
        List<CaseRow> back = read(CASES, csv);
        assertEquals(1000, back.size());
        assertEquals(kept, new HashSet<>(back));
    }

    private static CaseRow everywhere(int number, String text) {
        CaseRow row = TestRows.with(TestRows.passed("c" + number), "suite", text);
        row = TestRows.with(TestRows.with(row, "reason", text), "backendOptions", text);
        return TestRows.with(row, "outputSha256", text);
    }

    @Test
    void formulasAndLineEndsOfABackendNeverReachTheFile() {
        CaseRow row = TestRows.with(TestRows.PASSED, "device", "=HYPERLINK(\"http://x\")\nsecond\u0000line");
        assertTrue(CASES.format(List.of(row)).contains(",\"'=HYPERLINK(\"\"http://x\"\") second line\","));
    }

    @Test
    void onlyWhatNeedsQuotesHasThem() {
        CaseRow row = TestRows.with(TestRows.PASSED, "reason", "say \"no\"");
        String text = CASES.format(List.of(row));
        assertTrue(text.contains(",pass,,\"say \"\"no\"\"\",,16,"), text);
        assertEquals(4, CASES.format(List.of(row)).replaceAll("[^\"]", "").length() - 4, text);
    }

    @Test
    void fileIsUtf8WithoutMarkAndWithBareLineFeeds() throws IOException {
        Path file = folder.resolve("cases.csv");
        CASES.write(file, List.of(TestRows.with(TestRows.PASSED, "device", "太初 1")));
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.UTF_8);
        assertTrue(text.contains(",太初 1,"), text);
        assertTrue(text.startsWith("suite,"), text);
        assertTrue(text.endsWith("\n"), text);
        assertFalse(text.contains("\r"), text);
    }

    // Byte order of UTF-8 is not the order of String.compareTo: U+FF5E is one char below the surrogates of U+1F600.
    @Test
    void rowsAreSortedByTheBytesOfTheirKeys() {
        List<CaseRow> ordered = List.of(
                keyed("A", "z", 1, "z", "z"),
                keyed("a", "z", 1, "z", "z"),
                keyed("a b", "a", 1, "a", "a"),
                keyed("b", "a", 1, "a", "a"),
                keyed("b", "a", 10, "a", "a"),
                keyed("b", "a", 2, "", "a"),
                keyed("b", "a", 2, "b", ""),
                keyed("b", "a", 2, "b", "a=1"),
                keyed("b", "a", 2, "c", ""),
                keyed("b", "a/b", 1, "a", "a"),
                keyed("b", "a\uFF5E", 1, "a", "a"),
                keyed("b", "a\uD83D\uDE00", 1, "a", "a"));
        String golden = CASES.format(ordered);
        List<String> ids =
                golden.lines().skip(1).map(line -> line.split(",", 3)[1]).toList();
        assertEquals(ordered.stream().map(CaseRow::caseId).toList(), ids);
        Random random = new Random(20261122);
        List<CaseRow> shuffled = new ArrayList<>(ordered);
        for (int i = 0; i < 50; i++) {
            Collections.shuffle(shuffled, random);
            assertEquals(golden, CASES.format(shuffled));
        }
    }

    private static CaseRow keyed(String suite, String caseId, long seed, String backend, String options) {
        CaseRow row = TestRows.with(TestRows.with(TestRows.passed(caseId), "suite", suite), "seed", seed);
        return TestRows.with(TestRows.with(row, "backend", backend), "backendOptions", options);
    }

    @Test
    void rowsOfOneKeyKeepTheirOrder() throws IOException {
        List<SampleRow> rows = new ArrayList<>();
        for (int i = 11; i >= 0; i--) {
            rows.add(TestRows.with(TestRows.SAMPLE, "iteration", i));
        }
        assertEquals(rows, read(SAMPLES, SAMPLES.format(rows)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"de-DE", "ar-EG-u-nu-arab", "tr-TR", "th-TH-u-ca-buddhist-nu-thai", "fr-FR"})
    void noLocaleChangesAByte(String tag) throws IOException {
        CaseRow row = TestRows.with(TestRows.PASSED, "verdict", Verdict.UNSUPPORTED);
        row = TestRows.with(TestRows.with(row, "reason", "İstanbul ıI"), "worstErrorRatio", 1234567.875);
        String golden = CASES.format(List.of(row)) + TIMINGS.format(List.of(TestRows.TIMED));
        CaseRow expected = row;
        Locales.run(tag, () -> {
            // A fresh table: what it derives from the record must not depend on the locale either.
            CsvTable<CaseRow> table = new CsvTable<>(CaseRow.class);
            assertEquals(
                    golden,
                    table.format(List.of(expected)) + new CsvTable<>(TimingRow.class).format(List.of(TestRows.TIMED)));
            assertEquals(List.of(expected), read(table, table.format(List.of(expected))));
        });
    }

    @Test
    void emptyFileIsRefused() {
        assertRefused("", 1, "empty");
    }

    @Test
    void otherColumnsAreRefusedByName() {
        assertRefused(CASE_HEADER.replace("verdict", "status") + PASSED, 1, "status", "verdict");
        assertRefused(CASE_HEADER.replace(",fill", "") + PASSED, 1, "fill");
        assertRefused(CASE_HEADER.replace("\n", ",waiver\n") + PASSED, 1, "waiver");
        assertRefused("\uFEFF" + CASE_HEADER + PASSED, 1, "suite");
        assertRefused(CASE_HEADER.toUpperCase(java.util.Locale.ROOT) + PASSED, 1, "SUITE");
        assertRefused(TIMING_HEADER, 1, "p50");
        assertRefused(PASSED, 1, "smoke");
    }

    @Test
    void columnsInAnotherOrderAreRefusedWithTheirPlace() {
        assertRefused(
                CASE_HEADER.replace("expected,actual", "actual,expected") + PASSED,
                1,
                "column 27",
                "actual",
                "expected");
        assertRefused(CASE_HEADER.replace("fill,seed", "fill,fill,seed") + PASSED, 1, "column 9", "fill");
    }

    @Test
    void missingAndExtraCellsAreRefused() {
        assertRefused(CASE_HEADER + PASSED + PASSED.replace(",00ff", ""), 3, "30 cells", "31");
        assertRefused(CASE_HEADER + PASSED.replace(",00ff", ",00ff,"), 2, "32 cells", "31");
        assertRefused(CASE_HEADER + "\n" + PASSED, 2, "1 cells", "31");
        assertRefused(CASE_HEADER + PASSED + "\n", 3, "1 cells", "31");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                ",pass, ; ,PASS, ; verdict; PASS",
                ",pass, ; ,passed, ; verdict; passed",
                ",pass, ; ,, ; verdict; ''",
                ",20260101, ; ,, ; seed; ''",
                ",20260101, ; ,1.5, ; seed; 1.5",
                ",20260101, ; ,+5, ; seed; +5",
                ",20260101, ; ,007, ; seed; 007",
                ",20260101, ; ,٣, ; seed; ٣",
                ",20260101, ; ,9223372036854775808, ; seed; 9223372036854775808",
                ",16,0, ; ,'16,5',0, ; elements; 16,5",
                ",16,0, ; ,0x10,0, ; elements; 0x10",
                ",0.25, ; ,'0,25', ; worst_error_ratio; 0,25",
                ",0.25, ; ,0.250, ; worst_error_ratio; 0.250",
                ",0.25, ; ,.25, ; worst_error_ratio; .25",
                ",0.25, ; ,0.25d, ; worst_error_ratio; 0.25d",
                ",0.25, ; ,0x1p-2, ; worst_error_ratio; 0x1p-2",
                ",0.25, ; ,' 0.25', ; worst_error_ratio; ' 0.25'",
                ",0.25, ; ,nan, ; worst_error_ratio; nan",
                ",0.25, ; ,inf, ; worst_error_ratio; inf",
                ",0.25, ; ,1e999, ; worst_error_ratio; 1e999",
                ",true, ; ,TRUE, ; deterministic; TRUE",
                ",true, ; ,1, ; deterministic; 1",
                ",Acme One, ; ,=1+1, ; device; =1+1"
            })
    void unreadableCellIsRefusedWithItsColumn(String from, String to, String column, String cell) {
        // One quote character of the argument format stands for a CSV quote where a cell holds a comma.
        String changed = to.strip().contains("'") ? to.strip().replace('\'', '"') : to.strip();
        assertRefused(
                CASE_HEADER + PASSED + PASSED.replace(from.strip(), changed), 3, "'" + cell + "'", "column " + column);
    }

    @Test
    void brokenQuotesAreRefusedWithTheirLine() {
        assertRefused(CASE_HEADER + PASSED + PASSED.replace("\"Y[3,3]\"", "\"Y[3,3]\"x"), 3, "quote");
        assertRefused(CASE_HEADER + PASSED.replace("00ff", "\"00ff"), 2, "quote");
    }

    @Test
    void textThatIsNoUtf8IsRefusedWithItsLine() throws IOException {
        Path file = folder.resolve("cases.csv");
        byte[] bytes = (CASE_HEADER + PASSED + PASSED).getBytes(StandardCharsets.UTF_8);
        bytes[bytes.length - 3] = (byte) 0xE9;
        Files.write(file, bytes);
        assertSays(assertThrows(HarnessException.class, () -> CASES.read(file)), file, 3, "UTF-8");
    }

    // Whatever is cut off a file, what is left is never taken for the whole of it, unless the cut is between rows.
    @Test
    void fileCutOffWithinARowIsRefused() throws IOException {
        CaseRow second = TestRows.passed("z");
        byte[] whole = CASES.format(List.of(TestRows.PASSED, second)).getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("cases.csv");
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            if (length > 0 && whole[length - 1] == '\n') {
                assertTrue(CASES.read(file).size() < 2);
            } else {
                assertThrows(HarnessException.class, () -> CASES.read(file), "cut to " + length);
            }
        }
    }

    @Test
    void whatWeWouldHaveWrittenOtherwiseIsRefused() {
        String other = PASSED.replace("smoke", "a-suite");
        assertRefused(CASE_HEADER + PASSED + other, 3, "order", "line 2");
        assertRefused(CASE_HEADER + PASSED.replace(",f32,m4", ",\"f32\",m4"), 2, "quotes");
        assertRefused((CASE_HEADER + PASSED).replace("\n", "\r\n"), 1, "line ends");
    }

    private <R extends Record & Keyed> List<R> read(CsvTable<R> table, String text) throws IOException {
        Path file = folder.resolve("read.csv");
        Files.writeString(file, text, StandardCharsets.UTF_8);
        return table.read(file);
    }

    private void assertRefused(String text, int line, String... words) {
        HarnessException e = assertThrows(HarnessException.class, () -> read(CASES, text));
        assertSays(e, folder.resolve("read.csv"), line, words);
    }

    private static void assertSays(HarnessException e, Path file, int line, @Nullable String... words) {
        assertEquals(file + ", line " + line, e.where(), e.getMessage());
        for (String word : words) {
            assertTrue(word != null && e.what().contains(word), word + " in: " + e.what());
        }
        assertFalse(e.fix().isBlank());
    }
}
