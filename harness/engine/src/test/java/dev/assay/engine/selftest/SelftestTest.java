package dev.assay.engine.selftest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.engine.run.RunListener;
import dev.assay.engine.selftest.Selftest.Outcome;
import dev.assay.engine.selftest.Settings.Level;
import dev.assay.results.Fate;
import dev.assay.results.MutantRow;
import dev.assay.results.SelftestFolder;
import dev.assay.results.VariationRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelftestTest {
    private static final Grid GRID = Grid.parse("""
            {"name": "small", "description": "d", "seed": 3, "groups": [{
              "use": ["mutants", "variations"],
              "cases": [{
                "operator": "matmul", "inputs": {"A": ["m", "k"], "B": ["k", "n"]},
                "points": [{"m": 5, "n": 7, "k": 33}], "dtypes": ["f32"],
                "fills": ["normal", "uniform(-1,1)", "outliers"], "why": "small"}]}]}
            """, "small.json");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path parent;

    private static Settings settings(Level level, long tensors, List<String> faults) {
        return new Settings(
                Settings.SCHEMA,
                "rules",
                GRID.sha256(),
                "version",
                "commit",
                level,
                GRID.seed(),
                1,
                tensors,
                List.of(),
                faults,
                List.of(),
                List.of());
    }

    private Selftest selftest(SelftestFolder folder, Settings settings, FakeProvider provider) {
        return new Selftest(
                folder,
                settings,
                GRID,
                new TreeMap<>(provider.installed()),
                trial -> Map.of("never", false),
                RunListener.SILENT);
    }

    private Outcome run(Settings settings, FakeProvider provider) throws IOException, InterruptedException {
        SelftestFolder folder = SelftestFolder.create(parent, settings);
        return selftest(folder, settings, provider).run(2, Optional.empty());
    }

    private static Set<Fate> fates(Outcome outcome, String fault) {
        return outcome.mutants().stream()
                .filter(row -> row.fault().equals(fault))
                .map(MutantRow::status)
                .collect(Collectors.toSet());
    }

    @Test
    void everyMutantHasItsFate() throws Exception {
        FakeProvider provider =
                new FakeProvider("offset", "even-first", "nothing", "backwards", "input", "throws", "refuses");
        Settings settings = settings(Level.LONG, 0, List.of());
        Outcome outcome = run(settings, provider);
        assertEquals(7 * 3 * 2, outcome.mutants().size());
        assertEquals(Set.of(Fate.KILLED), fates(outcome, "offset"));
        assertEquals(Set.of(Fate.SURVIVED), fates(outcome, "even-first"));
        assertEquals(Set.of(Fate.EQUIVALENT), fates(outcome, "nothing"));
        assertEquals(Set.of(Fate.EQUIVALENT), fates(outcome, "backwards"));
        // Its outputs are right, bit for bit; what it does to its input is seen all the same.
        assertEquals(Set.of(Fate.KILLED), fates(outcome, "input"));
        assertEquals(Set.of(Fate.ERROR), fates(outcome, "throws"));
        assertEquals(Set.of(Fate.UNSUPPORTED), fates(outcome, "refuses"));
        assertEquals(0, outcome.missing());
        String report = new Report(settings, GRID, outcome, "./assay").text();
        assertTrue(report.contains("12 killed, 6 survived, 12 equivalent, 6 unsupported, 6 error"), report);
        assertTrue(
                report.contains("./assay selftest --grid small.json --backend fake:chip=a --fault even-first --case "
                        + "matmul/f32.f32-f32/m5.n7.k33/-/normal --seed 3"),
                report);
        assertTrue(report.contains("goal NOT MET mutants found: 66.67 %"), report);
    }

    @Test
    void aKilledMutantSaysByWhatAndHowMuchItChanged() throws Exception {
        Outcome outcome = run(settings(Level.LONG, 0, List.of("offset")), new FakeProvider("offset", "nothing"));
        MutantRow row = outcome.mutants().getFirst();
        assertEquals("bound", row.layer());
        assertEquals(true, row.expectedLayersObjected());
        assertEquals(1L, row.changed());
        assertTrue(row.changeNoise() != null && row.changeNoise() > 1000, () -> "noise " + row.changeNoise());
        assertEquals("X1", row.catalogue());
        assertEquals("never=no", row.criteria());
        assertEquals(35L, row.elements());
        // Where faults are named, right kernels are judged only to compare with.
        assertTrue(outcome.variations().stream()
                .allMatch(kernel -> kernel.variation().isEmpty()));
    }

    @Test
    void whatAVariationMayDoBecauseItSaysSoIsStillAFault() throws Exception {
        Outcome outcome =
                run(settings(Level.LONG, 0, List.of()), new FakeProvider("even-first", "declares-even-first"));
        assertEquals(Set.of(Fate.SURVIVED), fates(outcome, "even-first"));
    }

    @Test
    void aReasonedEquivalentIsTakenFromTheGrid() throws Exception {
        String text = """
                {"name": "small", "description": "d", "seed": 3, "groups": [{"use": ["mutants"], "cases": [{
                  "operator": "matmul", "inputs": {"A": ["m", "k"], "B": ["k", "n"]},
                  "points": [{"m": 5, "n": 7, "k": 33}], "dtypes": ["f32"], "fills": ["normal"], "why": "small"}]}],
                  "needs": [{"faults": ["offset"], "chips": ["b"], "why": "only there"}],
                  "equivalents": [{"fault": "even-first", "chips": ["a"], "why": "the order of a sum is free"}]}
                """;
        Grid grid = Grid.parse(text, "other.json");
        Settings settings = new Settings(
                1, "", grid.sha256(), "", "", Level.LONG, 3, 1, 0, List.of(), List.of(), List.of(), List.of());
        Outcome outcome = new Selftest(
                        SelftestFolder.create(parent, settings),
                        settings,
                        grid,
                        new TreeMap<>(new FakeProvider("even-first", "offset").installed()),
                        Criteria.NONE,
                        RunListener.SILENT)
                .run(1, Optional.empty());
        Map<String, String> fates = outcome.mutants().stream()
                .collect(Collectors.toMap(
                        row -> row.fault() + " " + row.chip(),
                        row -> row.status().word()));
        assertEquals(Map.of("even-first a", "equivalent", "even-first b", "survived", "offset b", "killed"), fates);
        // One that is only equivalent elsewhere has been met, and found nowhere.
        assertEquals(Set.of("even-first"), new Score(outcome.mutants(), List.of()).neverFound());
    }

    @Test
    void aRightKernelThatIsAccusedIsAnAlarm() throws Exception {
        Settings settings = settings(Level.LONG, 40, List.of());
        Outcome outcome = run(settings, new FakeProvider("liar"));
        long alarms =
                outcome.variations().stream().mapToLong(VariationRow::alarms).sum();
        assertTrue(alarms > 0 && alarms < 40, () -> alarms + " alarms");
        assertTrue(outcome.variations().stream()
                .allMatch(row -> row.alarms() == 0 || row.variation().equals("liar")));
        Report report = new Report(settings, GRID, outcome, "assay");
        assertFalse(report.goals().stream().allMatch(Goal::isMet));
        assertTrue(report.text().contains("false alarm (bound): liar on a"), report.text());
    }

    @Test
    void rightKernelsAreJudgedWithFreshSeedsUntilThereAreEnough() throws Exception {
        Outcome outcome = run(settings(Level.STANDARD, 100, List.of()), new FakeProvider("offset"));
        long tensors =
                outcome.variations().stream().mapToLong(VariationRow::tensors).sum();
        assertTrue(tensors >= 100 && tensors < 200, () -> tensors + " tensors");
        // 3 cases on 2 devices, plain and with its variation.
        assertEquals(12, outcome.variations().size());
        assertTrue(outcome.variations().stream().allMatch(row -> row.seeds() > 1 && row.seed() == 3));
        assertEquals(0, outcome.missing());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 0.71, 0.999})
    void oneThatWasCutOffEndsWithTheSameFiles(double share) throws Exception {
        FakeProvider provider = new FakeProvider("offset", "even-first", "throws");
        for (long tensors : new long[] {0, 30}) {
            Settings settings = settings(Level.LONG, tensors, List.of());
            SelftestFolder whole = SelftestFolder.create(parent, settings);
            List<String> before = files(whole, settings, selftest(whole, settings, provider), 3);
            SelftestFolder cut = SelftestFolder.create(parent, settings);
            byte[] journal = Files.readAllBytes(whole.path().resolve(SelftestFolder.EVENTS));
            byte[] beginning = Arrays.copyOf(journal, (int) (share * journal.length));
            Files.write(cut.path().resolve(SelftestFolder.EVENTS), beginning);
            assertEquals(before, files(cut, settings, selftest(cut, settings, provider), 1));
        }
    }

    private static List<String> files(SelftestFolder folder, Settings settings, Selftest selftest, int threads)
            throws Exception {
        Outcome outcome = selftest.run(threads, Optional.empty());
        folder.finish(outcome.mutants(), outcome.variations(), new Report(settings, GRID, outcome, "assay").text());
        return List.of(
                Files.readString(folder.path().resolve(SelftestFolder.MUTANTS)),
                Files.readString(folder.path().resolve(SelftestFolder.VARIATIONS)),
                Files.readString(folder.path().resolve(SelftestFolder.SUMMARY)));
    }

    @Test
    void nothingIsBegunWhenTheTimeIsOver() throws Exception {
        Settings settings = settings(Level.LONG, 0, List.of());
        SelftestFolder folder = SelftestFolder.create(parent, settings);
        FakeProvider provider = new FakeProvider("offset");
        Outcome none = selftest(folder, settings, provider).run(2, Optional.of(Duration.ZERO));
        assertEquals(none.planned(), none.missing());
        Report report = new Report(settings, GRID, none, "assay");
        assertFalse(report.goals().stream().allMatch(Goal::isMet), "nothing judged is no success");
        Outcome all = selftest(folder, settings, provider).run(2, Optional.empty());
        assertEquals(0, all.missing());
    }

    @Test
    void everyFaultIsMetOftenEnoughInASample() throws Exception {
        Outcome outcome = run(settings(Level.QUICK, 0, List.of()), new FakeProvider("offset", "even-first"));
        assertEquals(2 * 3, outcome.mutants().size());
        assertEquals(Set.of(), new Score(outcome.mutants(), List.of()).rarelyMet(outcome.faults()));
    }

    /// Its layers are others: that it is found does not show that they work.
    @Test
    void aFaultThatNoLayerOfItsOwnFindsFails() throws Exception {
        Settings settings = settings(Level.QUICK, 0, List.of());
        Outcome outcome = run(settings, new FakeProvider("offset", "misnamed"));
        assertEquals(Set.of(Fate.KILLED), fates(outcome, "misnamed"));
        Report report = new Report(settings, GRID, outcome, "assay");
        assertTrue(report.text().contains("never found by a layer that they name: [misnamed]"), report.text());
        assertTrue(report.goals().stream()
                .anyMatch(goal -> goal.what().startsWith("faults never found") && !goal.isMet()));
    }

    /// 24 sizes on two devices: a quarter of those takes least work.
    @Test
    void aQuickOneDrawsFromWhatTakesLittle() throws Exception {
        String points = IntStream.rangeClosed(1, 24)
                .mapToObj(m -> "{\"m\": " + m + ", \"n\": 7, \"k\": 33}")
                .collect(Collectors.joining(", "));
        Grid grid = Grid.parse("""
                {"name": "sizes", "description": "d", "seed": 3, "groups": [{"use": ["mutants"], "cases": [{
                  "operator": "matmul", "inputs": {"A": ["m", "k"], "B": ["k", "n"]}, "points": [%s],
                  "dtypes": ["f32"], "fills": ["normal"], "why": "sizes"}]}]}
                """.formatted(points), "sizes.json");
        Settings settings = new Settings(
                1, "", grid.sha256(), "", "", Level.QUICK, 3, 1, 0, List.of(), List.of(), List.of(), List.of());
        Outcome outcome = new Selftest(
                        SelftestFolder.create(parent, settings),
                        settings,
                        grid,
                        new TreeMap<>(new FakeProvider("offset").installed()),
                        Criteria.NONE,
                        RunListener.SILENT)
                .run(1, Optional.empty());
        assertEquals(3, outcome.mutants().size());
        assertTrue(
                outcome.mutants().stream().allMatch(row -> row.shapes().matches("m[1-6]\\..*")),
                () -> outcome.mutants().toString());
    }

    @Test
    void namesThatNobodyKnowsAreRefused() throws IOException {
        Settings settings = settings(Level.QUICK, 0, List.of("none-such"));
        SelftestFolder folder = SelftestFolder.create(parent, settings);
        HarnessException refused =
                assertThrows(HarnessException.class, () -> selftest(folder, settings, new FakeProvider("offset")));
        assertTrue(refused.getMessage().contains("none-such")
                && refused.getMessage().contains("offset"));
    }
}
