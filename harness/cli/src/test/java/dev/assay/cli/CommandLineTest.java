package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tck.RuleResult.Kind;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    /// What a command printed.
    record Printed(int exit, String out, String err) {
        static Printed by(String... args) {
            StringWriter out = new StringWriter();
            StringWriter err = new StringWriter();
            int exit = Assay.execute(new PrintWriter(out, true), new PrintWriter(err, true), args);
            return new Printed(exit, out.toString(), err.toString());
        }

        void refuses(String... words) {
            assertEquals(Exit.USAGE, exit, err);
            assertEquals("", out);
            for (String word : words) {
                assertTrue(err.contains(word), () -> "'" + word + "' is missing in: " + err);
            }
            assertTrue(err.contains("  where: ") && err.contains("  fix:   "), err);
            assertFalse(err.contains("\tat "), err);
        }
    }

    @Test
    void anUnknownBackendIsRefusedWithThoseThereAre() {
        Printed.by("run", "smoke", "--backend", "npu0").refuses("no backend 'npu0'", "cpu, ", "simulated");
    }

    @Test
    void anUnknownOptionOfABackendIsRefusedWithThoseThereAre() {
        Printed.by("run", "smoke", "--backend", "simulated:chp=strict")
                .refuses("no option 'chp'", "[chip, fault, late, variation]");
        Printed.by("run", "smoke", "--backend", "simulated:fault=none-such").refuses("none-such", "drop-k-tail");
        Printed.by("run", "smoke", "--backend", "simulated:chip").refuses("'chip' is not key=value");
        Printed.by("run", "smoke", "--backend", "cpu", "--backend", "cpu").refuses("twice");
    }

    @Test
    void anUnknownSuiteIsRefusedWithThoseThereAre() {
        Printed.by("run", "smok").refuses("no suite 'smok'", "smoke");
        Printed.by("plan", "none.json").refuses("none.json");
        Printed.by("list", "cases", "smok").refuses("no suite 'smok'", "smoke");
    }

    @Test
    void anUnknownCaseIsRefused() {
        Printed.by("run", "smoke", "--case", "matmul/none").refuses("no case 'matmul/none'", "assay list cases");
    }

    @Test
    void aCheckOfNothingIsRefused() {
        Printed.by("check-backend").refuses("which backend is missing");
        Printed.by("check-backend", "--backend", "npu0").refuses("no backend 'npu0'", "cpu, ", "simulated");
        Printed.by("check-backend", "--backend", "simulated:chp=strict").refuses("no option 'chp'");
        Printed.by("check-backend", "--backend", "cpu", "smok").refuses("no suite 'smok'");
        Printed.by("check-backend", "--backend", "cpu", "--rule", "C00").refuses("no rule 'C00'", "C01");
        Printed.by("check-backend", "--backend", "cpu", "--timeout", "0").refuses("timeout");
    }

    @Test
    void rulesOfBackendsAreListed() {
        List<String> rules = Printed.by("check-backend", "--list").out().lines().toList();
        assertEquals("C06  at least one call of the suites is supported", rules.get(5));
    }

    @Test
    void aBrokenRuleWeighsMoreThanACrash() {
        assertEquals(Exit.OK, CheckBackendCommand.exit(Set.of(Kind.OK, Kind.NOT_APPLICABLE)));
        assertEquals(Exit.INCOMPLETE, CheckBackendCommand.exit(Set.of(Kind.OK, Kind.CRASH)));
        assertEquals(Exit.INCOMPLETE, CheckBackendCommand.exit(Set.of(Kind.TIMEOUT)));
        assertEquals(Exit.INCORRECT, CheckBackendCommand.exit(Set.of(Kind.CRASH, Kind.VIOLATED)));
    }

    @Test
    void aBackendIsChecked() {
        Printed good = Printed.by("check-backend", "--backend", "simulated", "smoke", "--rule", "C06", "--rule", "C18");
        assertEquals(Exit.OK, good.exit(), good.err());
        List<String> lines = good.out().lines().toList();
        assertEquals("rule  result    sentence", lines.getFirst());
        assertTrue(
                lines.get(1).startsWith("C06   ok        at least one call of the suites is supported ("), good.out());
        assertEquals("2 ok, 0 violated, 0 crash, 0 timeout, 0 n/a of 2 rules", lines.getLast());
        Printed wrong = Printed.by(
                "check-backend", "--backend", "simulated:fault=drop-k-tail", "smoke", "--rule", "C02", "--rule", "C18");
        assertEquals(Exit.INCORRECT, wrong.exit(), wrong.err());
        assertTrue(wrong.out().contains("C18   violated  wrong result: "), wrong.out());
        assertTrue(wrong.out().contains("(where: matmul/"), wrong.out());
        assertTrue(wrong.out().contains("1 ok, 1 violated, 0 crash, 0 timeout, 0 n/a of 2 rules"), wrong.out());
    }

    @Test
    void anUnknownOperatorIsRefusedWithThoseThereAre() {
        Printed.by("list", "operators", "matmull").refuses("'matmull'", "matmul", "attention");
    }

    @Test
    void importsSayWhatTheyLeaveOut(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("mine.json");
        Printed.by("import", "teco", folder.toString()).refuses("-o");
        Printed.by("import", "teco", folder.toString(), "-o", "mine.txt").refuses("mine.txt", ".json");
        Printed.by("import", "teco", folder.toString(), "-o", file.toString()).refuses("no case", ".prototxt");
        Printed.by("import", "onnx", folder.toString(), "-o", file.toString()).refuses("no node test");
        Files.writeString(folder.resolve("memset.prototxt"), "op_name: \"memset\"");
        Printed nothing = Printed.by("import", "teco", folder.toString(), "-o", file.toString());
        assertEquals(Exit.USAGE, nothing.exit());
        assertTrue(nothing.out().startsWith("left out: memset: it fills memory"), nothing.out());
        assertTrue(nothing.out().contains("0 taken, 1 left out of 1"), nothing.out());
        assertTrue(nothing.err().contains("nothing can be taken"), nothing.err());
        assertFalse(Files.exists(file));
    }

    @Test
    void nothingToRunIsRefused() {
        Printed.by("run").refuses("nothing to run", "smoke");
        Printed.by().refuses("no command given");
        Printed.by("list").refuses("operators, backends, suites, cases or support");
        Printed.by("import").refuses("onnx or teco");
    }

    @ParameterizedTest
    @CsvSource({
        "--threads,0",
        "--threads,99999",
        "--rounds,0",
        "--rounds,-1",
        "--timeout,0",
        "--threads,two",
        "--seed,x"
    })
    void aNumberThatMakesNoSenseIsRefused(String option, String value) {
        Printed.by("plan", "smoke", option, value).refuses(option.substring(2));
    }

    @Test
    void aFolderWithoutNodeTestsIsRefused(@TempDir Path empty) {
        Printed.by("plan", "--onnx", "/none/such").refuses("cannot be read", "/none/such");
        Printed.by("plan", "--onnx", empty.toString()).refuses("no node test", "model.onnx");
    }

    @Test
    void modesExcludeEachOther() {
        Printed.by("plan", "smoke", "--quick", "--release").refuses("mutually exclusive");
    }

    @Test
    void anUnknownOptionIsRefusedWithWhatItMayHaveMeant() {
        Printed.by("run", "smoke", "--bakend", "cpu").refuses("--bakend", "--backend");
    }

    @Test
    void twoSuitesOfOneNameAreRefused() {
        Printed.by("plan", "smoke", "smoke").refuses("two suites are called 'smoke'");
    }

    @Test
    void aMalformedSuiteIsRefusedWithItsLine(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("mine.json");
        Files.writeString(file, "{\n  \"name\": \"mine\",\n  \"descripton\": \"x\"\n}\n");
        Printed.by("plan", file.toString()).refuses("mine.json, line 3", "descripton", "description");
    }

    @Test
    void aFolderThatCannotBeMadeIsRefused(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "not a folder");
        Printed.by("run", "smoke", "-o", file.toString()).refuses("cannot be made", "-o");
    }

    @Test
    void aFolderWithoutARunIsNotResumed(@TempDir Path folder) {
        Printed.by("run", "--resume", folder.toString()).refuses("no run in");
        Printed.by("run", "smoke", "--resume", folder.toString()).refuses("as it was planned");
    }

    /// Judged by samples, in seconds; computed in full, in minutes.
    @Test
    void aLargeProductIsJudgedBySamplesUnlessAskedOtherwise(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("large.json"), """
            {"name": "large", "description": "One large product.", "cases": [{
              "operator": "matmul", "inputs": {"A": [8192, 8192], "B": [8192, 8192]},
              "dtypes": ["bf16"], "fills": ["normal"], "why": "size"}]}
            """);
        Printed sampled = Printed.by("plan", file.toString(), "--backend", "simulated");
        assertEquals(Exit.OK, sampled.exit());
        assertTrue(sampled.out().contains("of which 0 not run; about 45 s"), sampled.out());
        Printed wanted = Printed.by("plan", file.toString(), "--backend", "simulated", "--full-reference");
        assertTrue(wanted.out().contains("of which 0 not run; about 93 s"), wanted.out());
    }

    /// What is too large for a quick run is announced, with the reason.
    @Test
    void tensorsThatAreTooLargeAreAnnounced(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("wide.json"), """
            {"name": "wide", "description": "Two gigabytes.", "cases": [{
              "operator": "layer_normalization", "inputs": {"X": [262144, 1024], "Scale": [1024]},
              "dtypes": ["f32"], "fills": ["normal"], "why": "size"}]}
            """);
        Printed announced = Printed.by("plan", file.toString(), "--backend", "simulated");
        assertTrue(announced.out().contains("1 rows, of which 1 not run"), announced.out());
        assertTrue(Printed.by("plan", file.toString(), "--json").out().contains("\"announced\""));
        Printed wanted = Printed.by("plan", file.toString(), "--backend", "simulated", "--release");
        assertTrue(wanted.out().contains("of which 0 not run"), wanted.out());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "run",
                "plan",
                "reproduce",
                "list",
                "list operators",
                "list backends",
                "list suites",
                "import",
                "import onnx",
                "import teco",
                "list cases",
                "list support",
                "doctor",
                "new-backend",
                "check-backend",
                "selftest",
                "gate",
                "baseline",
                "baseline set",
                "baseline list",
                "baseline show",
                "report",
                "diff-driver",
                "certify",
                "verify"
            })
    void helpShowsAnExample(String command) {
        String[] words = (command + " --help").strip().split(" ", -1);
        Printed help = Printed.by(words);
        assertEquals(Exit.OK, help.exit());
        assertEquals("", help.err());
        assertTrue(help.out().contains("Example"), help.out());
        assertTrue(help.out().contains("  assay " + command), help.out());
        help.out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
    }

    /// The help is an interface: what changes here changes for everybody. The file is what `assay run --help`
    /// prints.
    @Test
    void theHelpOfRunIsAsItWas() throws IOException {
        String golden;
        try (var in = CommandLineTest.class.getResourceAsStream("run-help.txt")) {
            golden = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertEquals(golden, Printed.by("run", "--help").out());
    }

    @Test
    void listsShowWhatThereIs() {
        assertTrue(Printed.by("list", "operators").out().contains("layer_normalization"));
        assertTrue(Printed.by("list", "operators", "attention").out().contains("is_causal"));
        assertTrue(Printed.by("list", "suites").out().contains("qwen2.5-7b"));
        assertTrue(Printed.by("list", "backends").out().contains("simulated"));
        assertTrue(Printed.by("list", "backends", "simulated").out().contains("drop-k-tail"));
        List<String> cases = Printed.by("list", "cases", "smoke").out().lines().toList();
        assertTrue(cases.contains("matmul/f32.f32-f32/m65.n200.k300/-/normal\tthe everyday case: full mantissas, exact"
                + " sums, sums that nearly vanish, LLM-like channels"));
    }

    @Test
    void optionsOfModelsAreForModels() {
        String plan = Printed.by("plan", "qwen3-32b", "--batch", "16", "--prefill", "2048", "--tp", "8", "--json")
                .out();
        assertTrue(plan.contains("m32768.n1280.k5120"), "the qkv projection of one of eight devices");
        Printed.by("plan", "smoke", "--batch", "2").refuses("'smoke' is no model", "--batch 2");
        Printed.by("plan", "--tp", "2", "--case", "x").refuses("no model is given");
        Printed.by("plan", "llama3-8b", "--tp", "5").refuses("cannot be shared by 5 devices");
        Printed.by("plan", "llama3-8b", "--batch", "0").refuses("'0'", "--batch");
        Printed.by("plan", "siglip-so400m", "--decode", "7").refuses("reads no prompts");
        Printed.by("plan", "siglip-so400m", "--size", "7").refuses("has 729 tokens", "--size");
        Printed.by("plan", "smoke", "--size", "7").refuses("'smoke' is no model", "--size 7");
        Printed.by("plan", "llama3-8b", "--size", "7").refuses("has no examples of a size", "--size 7");
        Printed.by("plan", "fno-2d", "--size", "16").refuses("keeps 12 frequencies", "--size 16");
        Printed.by("plan", "alphafold3", "--tp", "2").refuses("alphafold3 is not shared by devices");
        Printed.by("plan", "llama3-8b-training", "--prefill", "7").refuses("reads no prompts");
        String step = Printed.by("plan", "llama3-8b-training", "--size", "4096", "--tp", "8", "--json")
                .out();
        assertTrue(step.contains("training step of 1 x 4096 tokens on one of 8 devices"), step);
    }

    @Test
    void aPlanSaysWhatOfAModelIsLeftOut() {
        String plan = Printed.by("plan", "llama3-8b").out();
        assertTrue(plan.contains("it belongs to the large shapes of its model; --release runs it"), plan);
    }

    @Test
    void numbersDoNotFollowTheLocale() {
        Locale before = Locale.getDefault();
        try {
            String english = Printed.by("plan", "llama3-8b").out();
            for (String language : List.of("de-DE", "ar-EG", "tr-TR", "hi-IN-u-nu-deva")) {
                Locale.setDefault(Locale.forLanguageTag(language));
                assertEquals(english, Printed.by("plan", "llama3-8b").out(), language);
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void shellCompletionIsPrinted() {
        assertTrue(Printed.by("generate-completion").out().contains("--full-reference"));
    }
}
