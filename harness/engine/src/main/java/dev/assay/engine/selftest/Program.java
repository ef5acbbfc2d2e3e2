package dev.assay.engine.selftest;

import dev.assay.HarnessException;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Deviations;
import dev.assay.backend.Deviations.Kind;
import dev.assay.backend.Support;
import dev.assay.engine.run.PluginException;
import dev.assay.engine.selftest.Grid.Cell;
import dev.assay.results.Json;
import dev.assay.results.RowKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// What is judged on what: the grid put together with the devices and deviations that are installed.
///
/// The same settings, grid and backends always give the same program, in the same order.
final class Program {
    /// Candidates for each choice among which a quick examination draws, at the least.
    private static final int FEWEST_OF_QUICK = 2;
    /// A part of the candidates, where they are many.
    private static final int PART_OF_QUICK = 4;

    private final Grid grid;
    private final Settings settings;
    private final List<Device> devices = new ArrayList<>();

    /// A plain device and the cases whose calls it takes.
    private record Device(Specimen plain, List<Cell> cells) {}

    /// A case on a device.
    private record Choice(Device device, Cell cell) {
        String text() {
            return device.plain() + " " + cell.id();
        }

        double work() {
            return cell.one().work();
        }
    }

    /// Everything that is judged on one device with the same inputs.
    ///
    /// @param plain the device without deviations
    /// @param wantsPlain whether it has a row of its own
    record Unit(
            Specimen plain,
            Cell cell,
            long seed,
            boolean wantsPlain,
            List<Specimen> variations,
            List<Specimen> mutants) {
        int rows() {
            return (wantsPlain ? 1 : 0) + variations.size() + mutants.size();
        }
    }

    /// Opens every device to ask which calls it takes. Throws [HarnessException] for names that nobody knows.
    ///
    /// @param installed backends by id
    Program(Grid grid, Settings settings, SortedMap<String, BackendProvider> installed) {
        this.grid = grid;
        this.settings = settings;
        List<Specimen> specimens = specimens(installed);
        check("--fault", settings.faults(), ids(specimens, Kind.FAULT));
        check("--variation", settings.variations(), ids(specimens, Kind.VARIATION));
        check("--case", settings.cases(), grid.cells().stream().map(Cell::id).toList());
        specimens.forEach(plain -> devices.add(device(plain)));
    }

    private Device device(Specimen plain) {
        try (Backend backend = plain.open()) {
            return new Device(
                    plain,
                    grid.cells().stream()
                            .filter(cell -> settings.wantsCase(cell.id()))
                            .filter(cell -> backend.supports(cell.one().call().orElseThrow()) instanceof Support.Yes)
                            .toList());
        } catch (HarnessException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new PluginException(
                    "the backend does not open, or does not say which calls it takes: " + e,
                    plain.toString(),
                    "`assay doctor` shows more; leave it out with --backend",
                    e);
        }
    }

    private List<Specimen> specimens(SortedMap<String, BackendProvider> installed) {
        if (settings.backends().isEmpty()) {
            return installed.values().stream()
                    .flatMap(provider -> Specimen.plain(provider).stream())
                    .toList();
        }
        List<Specimen> wanted = new ArrayList<>();
        for (String text : settings.backends()) {
            int colon = text.indexOf(':');
            String id = colon < 0 ? text : text.substring(0, colon);
            BackendProvider provider = installed.get(id);
            if (provider == null) {
                throw new HarnessException(
                        "no backend '" + id + "'", "--backend " + text, "use one of " + installed.keySet());
            }
            wanted.addAll(colon < 0 ? Specimen.plain(provider) : List.of(device(provider, text.substring(colon + 1))));
        }
        return wanted;
    }

    private static Specimen device(BackendProvider provider, String options) {
        Map<String, String> values = new TreeMap<>();
        for (String pair : options.split(",", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw new HarnessException("'" + pair + "' is not key=value", "--backend", "write ID:KEY=VALUE,...");
            }
            values.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        if (values.containsKey("fault") || values.containsKey("variation")) {
            throw new HarnessException(
                    "a device is asked for, not a deviation",
                    "--backend " + provider.id() + ":" + options,
                    "name the deviation with --fault or --variation");
        }
        return new Specimen(provider, BackendOptions.of(values), Optional.empty());
    }

    private static Set<String> ids(List<Specimen> specimens, Kind kind) {
        return specimens.stream()
                .flatMap(plain -> plain.entries(kind).stream())
                .map(Deviations.Entry::id)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void check(String option, List<String> wanted, Collection<String> known) {
        for (String id : wanted) {
            if (!known.contains(id)) {
                throw new HarnessException("no '" + id + "'", option, "use one of " + known);
            }
        }
    }

    /// Faults that are wanted, whether or not there is a case for them.
    Set<String> faults() {
        return ids(devices.stream().map(Device::plain).toList(), Kind.FAULT).stream()
                .filter(settings::wantsFault)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// Units of an examination with mutants, in an order in which any beginning of them is a fair sample.
    List<Unit> mutantUnits() {
        Map<Choice, List<Specimen>> mutants = new HashMap<>();
        Map<Choice, List<Specimen>> variations = new HashMap<>();
        Set<Choice> plain = new HashSet<>();
        Map<BackendProvider, List<Device>> providers = devices.stream()
                .collect(Collectors.groupingBy(device -> device.plain().provider()));
        providers.values().forEach(same -> {
            Specimen any = same.getFirst().plain();
            for (Deviations.Entry fault : any.entries(Kind.FAULT)) {
                if (settings.wantsFault(fault.id())) {
                    List<Choice> candidates = choices(
                            same,
                            (device, cell) -> cell.forMutants()
                                    && fault.operators().contains(cell.operator())
                                    && grid.allows(fault.id(), device.chip(), cell));
                    sample(candidates, settings.level().casesOfAFault()).forEach(choice -> add(mutants, choice, fault));
                }
            }
            for (Deviations.Entry variation : any.entries(Kind.VARIATION)) {
                if (settings.wantsVariation(variation.id())) {
                    List<Choice> candidates = choices(
                            same,
                            (device, cell) -> cell.faults().isEmpty()
                                    && variation.operators().contains(cell.operator()));
                    sample(candidates, settings.level().casesOfAVariation())
                            .forEach(choice -> add(variations, choice, variation));
                }
            }
            if (settings.faults().isEmpty() && settings.variations().isEmpty()) {
                plain.addAll(sample(
                        choices(same, (device, cell) -> cell.faults().isEmpty()),
                        settings.level().casesOfADevice()));
            }
        });
        // The plain device is run anyway where something is planted.
        plain.addAll(mutants.keySet());
        Set<Choice> all = new HashSet<>(plain);
        all.addAll(variations.keySet());
        List<Unit> units = new ArrayList<>();
        for (int i = 0; i < settings.seeds(); i++) {
            long seed = settings.seed() + i;
            for (Choice choice : all) {
                units.add(new Unit(
                        choice.device().plain(),
                        choice.cell(),
                        seed,
                        plain.contains(choice),
                        variations.getOrDefault(choice, List.of()),
                        mutants.getOrDefault(choice, List.of())));
            }
        }
        return shuffled(units);
    }

    /// Units of right kernels alone: every device and variation on every case, with one seed.
    List<Unit> variationUnits(long seed) {
        List<Unit> units = new ArrayList<>();
        for (Device device : devices) {
            for (Cell cell : device.cells()) {
                if (cell.forVariations()) {
                    List<Specimen> variations = device.plain().entries(Kind.VARIATION).stream()
                            .filter(entry -> settings.wantsVariation(entry.id()))
                            .map(device.plain()::with)
                            .filter(specimen -> specimen.concerns(cell.operator()))
                            .toList();
                    boolean plain = settings.variations().isEmpty();
                    if (plain || !variations.isEmpty()) {
                        units.add(new Unit(device.plain(), cell, seed, plain, variations, List.of()));
                    }
                }
            }
        }
        return shuffled(units);
    }

    private static void add(Map<Choice, List<Specimen>> into, Choice choice, Deviations.Entry entry) {
        into.computeIfAbsent(choice, none -> new ArrayList<>())
                .add(choice.device().plain().with(entry));
    }

    private interface Fitting {
        boolean fits(Specimen device, Cell cell);
    }

    private static List<Choice> choices(List<Device> devices, Fitting fitting) {
        List<Choice> choices = new ArrayList<>();
        for (Device device : devices) {
            device.cells().stream()
                    .filter(cell -> fitting.fits(device.plain(), cell))
                    .forEach(cell -> choices.add(new Choice(device, cell)));
        }
        return choices;
    }

    /// What takes least work, of many; so many that shapes and data sets still differ.
    private List<Choice> quickest(List<Choice> candidates, int count) {
        return settings.level() == Settings.Level.QUICK
                ? candidates.stream()
                        .sorted(Comparator.comparingDouble(Choice::work))
                        .limit(Math.max(FEWEST_OF_QUICK * count, candidates.size() / PART_OF_QUICK))
                        .toList()
                : candidates;
    }

    /// At most `count` choices, spread evenly over operators, dtypes, shapes, data sets and devices. Deviations with
    /// the same candidates get the same choices, so that they share the plain device's runs.
    private List<Choice> sample(List<Choice> candidates, int count) {
        if (candidates.size() <= count || !settings.cases().isEmpty()) {
            return candidates;
        }
        List<Choice> left = new ArrayList<>(quickest(candidates, count));
        left.sort(Comparator.comparing(choice -> Json.sha256(settings.seed() + " " + choice.text())));
        Map<String, Integer> used = new HashMap<>();
        List<Choice> chosen = new ArrayList<>();
        while (chosen.size() < count) {
            Choice best = left.getFirst();
            int least = Integer.MAX_VALUE;
            for (Choice choice : left) {
                int uses = strata(choice).stream()
                        .mapToInt(stratum -> used.getOrDefault(stratum, 0))
                        .sum();
                if (uses < least) {
                    least = uses;
                    best = choice;
                }
            }
            left.remove(best);
            chosen.add(best);
            strata(best).forEach(stratum -> used.merge(stratum, 1, Integer::sum));
        }
        return chosen;
    }

    private static List<String> strata(Choice choice) {
        Cell cell = choice.cell();
        return List.of(
                "operator " + cell.operator(),
                "dtype " + cell.operator() + " " + cell.dtype(),
                "shape " + cell.operator() + " " + cell.one().id().shapes() + " "
                        + cell.one().id().attributes(),
                "fill " + cell.operator() + " " + cell.one().spec().fill(),
                "device " + choice.device().plain());
    }

    private static List<Unit> shuffled(List<Unit> units) {
        List<Unit> sorted = new ArrayList<>(units);
        sorted.sort(Comparator.comparing(unit ->
                Json.sha256(unit.seed() + " " + unit.plain() + " " + unit.cell().id())));
        return sorted;
    }

    /// Units that have a row which is still to be made, with those rows alone.
    static List<Unit> remaining(List<Unit> units, Predicate<RowKey> done, String gridName) {
        List<Unit> remaining = new ArrayList<>();
        for (Unit unit : units) {
            Predicate<Specimen> missing = specimen -> !done.test(key(gridName, unit, specimen));
            Unit rest = new Unit(
                    unit.plain(),
                    unit.cell(),
                    unit.seed(),
                    unit.wantsPlain() && missing.test(unit.plain()),
                    unit.variations().stream().filter(missing).toList(),
                    unit.mutants().stream().filter(missing).toList());
            if (rest.rows() > 0) {
                remaining.add(rest);
            }
        }
        return remaining;
    }

    static RowKey key(String gridName, Unit unit, Specimen specimen) {
        return new RowKey(
                gridName,
                unit.cell().id(),
                unit.seed(),
                specimen.provider().id(),
                specimen.options().toString());
    }
}
