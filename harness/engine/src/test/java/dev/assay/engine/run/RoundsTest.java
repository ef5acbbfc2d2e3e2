package dev.assay.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.engine.plan.Planner;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.engine.plan.RunSettings.Timing;
import dev.assay.engine.plan.Suite;
import dev.assay.engine.timing.HostLoad;
import dev.assay.results.CsvTable;
import dev.assay.results.Event;
import dev.assay.results.Journal;
import dev.assay.results.JournalState;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rounds of runs whose backend models its times, so that they take no longer than their processes.
class RoundsTest {
    /// Two groups of two cases.
    private static final Suite SUITE = Suite.parse("""
            {"name": "four", "description": "Four small products.", "seed": 1, "cases": [{
              "operator": "matmul", "inputs": {"A": ["m", 5], "B": [5, 4]}, "sweep": {"m": [2, 3]},
              "dtypes": ["f32", "bf16"], "fills": ["integers(-4,4)"], "why": "two groups"}]}
            """, "four.json", OptionalLong.empty());

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path parent;

    private static PlanFile plan(int rounds, String how) {
        RunSettings settings = new RunSettings(Mode.QUICK, false, 1, rounds, 60);
        return new Planner(settings)
                .plan(List.of(Planner.source(SUITE)), List.of(new BackendRef("misbehaving", "how=" + how)));
    }

    private static PlanFile oneGroup(PlanFile plan) {
        return new PlanFile(
                plan.schema(),
                plan.settings(),
                plan.suites(),
                plan.backends(),
                plan.cases().stream()
                        .filter(planned -> planned.dtypes().startsWith("f32"))
                        .toList());
    }

    private RunFolder folder(PlanFile plan, String journal) throws IOException {
        RunFolder folder = RunFolder.create(parent);
        folder.writePlan(plan);
        Files.writeString(folder.file(RunFolder.EVENTS), journal, StandardCharsets.UTF_8);
        return folder;
    }

    private static List<Event> events(RunFolder folder, String type) throws IOException {
        return Journal.read(folder.file(RunFolder.EVENTS)).stream()
                .filter(event -> event.type().equals(type))
                .toList();
    }

    private static SampleRow sample(Event event) {
        assertNotNull(event.samples());
        return event.samples().getFirst();
    }

    private static String fact(Event event, String name) {
        assertNotNull(event.facts());
        return event.facts().getOrDefault(name, "");
    }

    private static void everyRoundOnce(JournalState state, int cases, int rounds) {
        assertEquals(cases, state.timings().size());
        for (TimingRow timing : state.timings()) {
            assertEquals(rounds, timing.rounds());
            assertEquals(
                    IntStream.range(0, rounds).boxed().toList(),
                    state.samples().stream()
                            .filter(sample -> sample.key().equals(timing.key()))
                            .map(SampleRow::round)
                            .toList());
        }
    }

    /// Which group had its turn in which round, in the order of the journal.
    private static List<String> turns(RunFolder folder) throws IOException {
        return events(folder, Event.ROUND_TIMED).stream()
                .map(event -> sample(event).round() + " "
                        + sample(event).caseId().split("/", -1)[1].split("\\.", 2)[0])
                .distinct()
                .toList();
    }

    private static List<String> drawn(int rounds) {
        List<String> turns = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            for (RoundOrder.Turn turn : RoundOrder.of(Timing.STANDARD.orderSeed(), round, 2, 1)) {
                turns.add(round + (turn.group() == 0 ? " f32" : " bf16"));
            }
        }
        return turns;
    }

    @Test
    void aRunThatWasKilledGoesOnWithTheRoundsThatAreMissing() throws Exception {
        PlanFile plan = plan(3, "modelled");
        RunFolder whole = folder(plan, "");
        JournalState uninterrupted = Run.execute(whole, RunListener.SILENT);
        everyRoundOnce(uninterrupted, 4, 3);
        assertEquals(drawn(3), turns(whole));
        String journal = Files.readString(whole.file(RunFolder.EVENTS), StandardCharsets.UTF_8);
        List<Integer> lines = new ArrayList<>();
        for (int at = journal.indexOf(Event.ROUND_TIMED); at >= 0; at = journal.indexOf(Event.ROUND_TIMED, at + 1)) {
            lines.add(journal.indexOf('\n', at) + 1);
        }
        assertEquals(12, lines.size(), "four cases, three rounds");
        // After the seventh line a group's turn is half there: it is taken again. In the middle of the twelfth too.
        for (int cut : new int[] {lines.get(6), lines.get(7), lines.get(11) - 20}) {
            RunFolder folder = folder(plan, journal.substring(0, cut));
            JournalState resumed = Run.execute(folder, RunListener.SILENT);
            everyRoundOnce(resumed, 4, 3);
            assertEquals(drawn(3), turns(folder), "in the order that was drawn, whoever goes on");
            long kept = lines.stream().filter(line -> line <= cut).count();
            assertEquals(
                    12 + kept % 2, events(folder, Event.ROUND_TIMED).size(), "nothing that was whole is timed again");
            assertEquals(
                    new CsvTable<>(SampleRow.class).format(uninterrupted.samples()),
                    new CsvTable<>(SampleRow.class).format(resumed.samples()));
        }
    }

    @Test
    void armsAreTimedInAlternationAndEachFolderIsARunOfItsOwn() throws Exception {
        RunFolder base = folder(plan(3, "modelled"), "");
        RunFolder candidate = folder(plan(3, "modelled-wrong"), "");
        PairedRun.Result result = PairedRun.execute(base, RunListener.SILENT, candidate, RunListener.SILENT);
        assertEquals(4, result.base().rows().size());
        assertEquals(4, result.candidate().rows().size());
        assertTrue(result.base().rows().stream().allMatch(row -> row.verdict() == Verdict.PASS));
        assertEquals(
                2,
                result.candidate().rows().stream()
                        .filter(row -> row.verdict() == Verdict.FAIL)
                        .count());
        // What fails in one of them is timed in none.
        everyRoundOnce(result.base(), 2, 3);
        everyRoundOnce(result.candidate(), 2, 3);
        assertTrue(result.base().samples().stream()
                .noneMatch(row -> row.backendOptions().contains("wrong")));
        assertTrue(result.candidate().samples().stream()
                .allMatch(row -> row.backendOptions().contains("wrong")));
        List<Event> first = events(base, Event.ROUND_TIMED);
        List<Event> second = events(candidate, Event.ROUND_TIMED);
        assertEquals(6, first.size());
        List<String> orders = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            assertEquals(sample(first.get(i)).round(), sample(second.get(i)).round());
            assertEquals(sample(first.get(i)).caseId(), sample(second.get(i)).caseId());
            assertEquals(fact(first.get(i), "turn"), fact(second.get(i), "turn"));
            orders.add(fact(first.get(i), "arm_turn") + fact(second.get(i), "arm_turn"));
        }
        assertTrue(orders.contains("01") && orders.contains("10"), orders.toString());
        assertTrue(orders.stream().allMatch(order -> order.equals("01") || order.equals("10")), orders.toString());
        killBetweenTheArms(base, candidate);
    }

    /// A turn that only one of the arms has is no pair.
    private void killBetweenTheArms(RunFolder base, RunFolder candidate) throws Exception {
        String journal = Files.readString(candidate.file(RunFolder.EVENTS), StandardCharsets.UTF_8);
        int fifth = -1;
        for (int i = 0; i < 5; i++) {
            fifth = journal.indexOf(Event.ROUND_TIMED, fifth + 1);
        }
        int lineStart = journal.lastIndexOf('\n', fifth) + 1;
        RunFolder one = folder(
                base.readPlan(), Files.readString(base.file(RunFolder.EVENTS)).replaceAll(".*timing_finished.*\n", ""));
        RunFolder other = folder(candidate.readPlan(), journal.substring(0, lineStart));
        PairedRun.Result resumed = PairedRun.execute(one, RunListener.SILENT, other, RunListener.SILENT);
        everyRoundOnce(resumed.base(), 2, 3);
        everyRoundOnce(resumed.candidate(), 2, 3);
        assertEquals(6 + 2, events(one, Event.ROUND_TIMED).size(), "two turns are taken again");
        assertEquals(6, events(other, Event.ROUND_TIMED).size());
    }

    private PlanFile marked(String how, Path marker) {
        PlanFile plan = oneGroup(plan(2, how));
        return new PlanFile(
                plan.schema(),
                plan.settings(),
                plan.suites(),
                List.of(new BackendRef("misbehaving", "how=" + how, Map.of("marker", marker.toString()))),
                plan.cases());
    }

    /// Base and candidate of a case right after each other, and never the same arm first twice.
    @Test
    void armsAlternateCaseByCase() throws Exception {
        Path noted = parent.resolve("noted");
        RunFolder base = folder(marked("modelled-noted", noted), "");
        RunFolder candidate = folder(marked("modelled-noted-too", noted), "");
        everyRoundOnce(
                PairedRun.execute(base, RunListener.SILENT, candidate, RunListener.SILENT)
                        .candidate(),
                2,
                2);
        List<String> order = new ArrayList<>();
        for (String line : Files.readAllLines(noted)) {
            if (order.isEmpty() || !order.getLast().equals(line)) {
                order.add(line);
            }
        }
        assertEquals(8, order.size(), order.toString());
        for (int i = 0; i < 8; i += 4) {
            List<String> turn = order.subList(i, i + 4);
            List<String> arms = turn.stream().map(line -> line.split(" ", 2)[0]).toList();
            List<String> rows = turn.stream().map(line -> line.split(" ", 2)[1]).toList();
            assertEquals(List.of("2", "2", "3", "3"), rows, order.toString());
            assertFalse(arms.get(0).equals(arms.get(1)), order.toString());
            assertEquals(List.of(arms.get(1), arms.get(0)), arms.subList(2, 4), order.toString());
        }
        assertEquals(List.of(), events(base, Event.ARMS_APART));
    }

    @Test
    void aDeviceOfOneProcessServesOneArmAfterTheOther() throws Exception {
        Path device = parent.resolve("device");
        RunFolder base = folder(marked("modelled-exclusive", device), "");
        RunFolder candidate = folder(marked("modelled-exclusive", device), "");
        PairedRun.Result result = PairedRun.execute(base, RunListener.SILENT, candidate, RunListener.SILENT);
        everyRoundOnce(result.base(), 2, 2);
        everyRoundOnce(result.candidate(), 2, 2);
        for (RunFolder folder : List.of(base, candidate)) {
            List<Event> apart = events(folder, Event.ARMS_APART);
            assertEquals(1, apart.size(), "once for the whole run");
            assertTrue(fact(apart.getFirst(), "why").contains("serves another process"), apart.toString());
        }
    }

    @Test
    void plansThatDifferInTheirRoundsAreNoPair() throws Exception {
        RunFolder base = folder(plan(2, "modelled"), "");
        RunFolder candidate = folder(plan(3, "modelled"), "");
        HarnessException refused = assertThrows(
                HarnessException.class,
                () -> PairedRun.execute(base, RunListener.SILENT, candidate, RunListener.SILENT));
        assertTrue(refused.what().contains("alternation"), refused.what());
        assertEquals(0, events(base, Event.CASE_FINISHED).size());
    }

    /// A machine that gives every second turn's time to somebody else.
    private static Supplier<Optional<HostLoad>> stealing(int... turns) {
        int[] asked = new int[1];
        long[] now = new long[2];
        return () -> {
            int turn = asked[0] / 2;
            if (asked[0]++ % 2 == 1) {
                now[0] += 1000;
                now[1] += IntStream.of(turns).anyMatch(each -> each == turn) ? 30 : 10;
            }
            return Optional.of(new HostLoad(now[0], now[1]));
        };
    }

    private static JournalState time(RunFolder folder, Supplier<Optional<HostLoad>> load) throws Exception {
        try (Arm arm = Arm.open(folder, RunListener.SILENT)) {
            Run.verify(arm);
            new Rounds(List.of(arm), load).run();
            return arm.state();
        }
    }

    @Test
    void aRoundInWhichTimeWasStolenIsTakenAgainButNotWithoutEnd() throws Exception {
        RunFolder folder = folder(oneGroup(plan(5, "modelled")), "");
        // The first round's turn and the one that takes its place, and no other.
        everyRoundOnce(time(folder, stealing(0, 1)), 2, 5);
        List<Event> invalid = events(folder, Event.ROUND_INVALID);
        assertEquals(1, invalid.size());
        assertEquals("0", fact(invalid.getFirst(), "round"));
        assertEquals("3.00", fact(invalid.getFirst(), "stolen_pct"));
        assertTrue(fact(invalid.getFirst(), "group").startsWith("matmul "), fact(invalid.getFirst(), "group"));
        Map<Boolean, Long> throttled = Map.of(
                true,
                events(folder, Event.ROUND_TIMED).stream()
                        .filter(event -> fact(event, "throttled").equals("true"))
                        .count(),
                false,
                events(folder, Event.ROUND_TIMED).stream()
                        .filter(event -> fact(event, "throttled").equals("false"))
                        .count());
        assertEquals(Map.of(true, 2L, false, 8L), throttled, "two cases kept what was stolen from them");
    }

    @Test
    void ofFewRoundsNoneIsTakenAgainAndTheRowSaysSo() throws Exception {
        RunFolder folder = folder(oneGroup(plan(1, "not-at-all")), "");
        JournalState state = time(folder, stealing(0));
        assertEquals(0, events(folder, Event.ROUND_INVALID).size());
        assertEquals(2, state.timings().size());
        state.timings()
                .forEach(row -> assertTrue(row.quality().contains("throttled"), row.caseId() + ": " + row.quality()));
        assertFalse(state.samples().isEmpty());
    }

    @Test
    void coldTimesStandBesideWarmOnes() throws Exception {
        PlanFile planned = plan(1, "not-at-all");
        RunSettings cold = RunSettings.of(planned).withTiming(new Timing(1, true, List.of(), ""));
        PlanFile plan = new PlanFile(
                planned.schema(),
                cold.toJson(),
                planned.suites(),
                planned.backends(),
                planned.cases().subList(0, 1));
        JournalState state = Run.execute(folder(plan, ""), RunListener.SILENT);
        assertEquals(
                List.of("run measured jmh", "run_cold cold worker"),
                state.timings().stream()
                        .map(row -> row.metric() + " " + row.mode() + " " + row.clock())
                        .toList());
        assertEquals(10, state.timings().getLast().samples());
        assertTrue(state.timings().getLast().p50() > state.timings().getFirst().p50(), "two caches' worth of it gone");
    }

    @Test
    void aStageOfItsOwnHasItsCasesItsRoundsAndItsOrder() {
        PlanFile plan = plan(6, "modelled");
        String wanted = plan.cases().getFirst().caseId();
        PlanFile again = PairedRun.again(plan, planned -> planned.caseId().equals(wanted), 15, 99);
        assertEquals(1, again.cases().size());
        assertEquals(15, RunSettings.of(again).rounds());
        assertEquals(99, RunSettings.of(again).timing().orderSeed());
        assertEquals(Mode.QUICK, RunSettings.of(again).mode());
        PlanFile none = PairedRun.again(plan, planned -> false, 15, 99);
        assertEquals(List.of(), none.suites());
        PlanFile other = PairedRun.against(plan, new BackendRef("acme", ""), "/x/acme-2.jar");
        assertEquals("/x/acme-2.jar", RunSettings.of(other).timing().pluginJar());
        assertEquals(plan.cases(), other.cases());
        assertEquals("acme", other.backends().getFirst().id());
    }
}
