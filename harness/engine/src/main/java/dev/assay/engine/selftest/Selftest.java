package dev.assay.engine.selftest;

import dev.assay.HarnessException;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Deviations;
import dev.assay.engine.run.RunListener;
import dev.assay.engine.selftest.Program.Unit;
import dev.assay.results.Journal;
import dev.assay.results.Keyed;
import dev.assay.results.MutantRow;
import dev.assay.results.RowKey;
import dev.assay.results.SelftestFolder;
import dev.assay.results.VariationRow;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// One examination of the judge: plants faults, switches variations on, has every kernel judged as in a run, and
/// keeps what the judge said.
///
/// Every row is in the journal as soon as it is made, so an examination that was cut off goes on where it was. What
/// comes out depends on the settings, the grid and the backends, and not on the number of threads.
public final class Selftest {
    /// Units of right kernels after which it is looked whether there are enough tensors.
    private static final int CHUNK = 32;

    private final SelftestFolder folder;
    private final Settings settings;
    private final Grid grid;
    private final Program program;
    private final Criteria criteria;
    private final RunListener listener;

    /// Opens every device to see what it can. Throws [HarnessException] for names that nobody knows, and where the
    /// folder was begun with another grid.
    ///
    /// @param installed backends by id
    public Selftest(
            SelftestFolder folder,
            Settings settings,
            Grid grid,
            SortedMap<String, BackendProvider> installed,
            Criteria criteria,
            RunListener listener) {
        if (!settings.gridSha256().equals(grid.sha256())) {
            throw new HarnessException(
                    "the grid is not the one that this examination began with",
                    grid.source(),
                    "go on with the grid of the beginning, or begin anew");
        }
        this.folder = folder;
        this.settings = settings;
        this.grid = grid;
        this.program = new Program(grid, settings, installed);
        this.criteria = criteria;
        this.listener = listener;
    }

    /// What came of it.
    ///
    /// @param mutants one row each
    /// @param variations rows of right kernels, seeds taken together
    /// @param faults all that were to be planted
    /// @param planned rows in all; for right kernels alone the number of tensors
    /// @param missing those that the time did not suffice for
    public record Outcome(
            List<MutantRow> mutants, List<VariationRow> variations, Set<String> faults, long planned, long missing) {}

    /// Judges what is not judged yet.
    ///
    /// @param threads units that are worked on at the same time
    /// @param budget after which nothing new is begun; empty for no end
    public Outcome run(int threads, Optional<Duration> budget) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        try (Journal journal = folder.journal();
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            Rows rows = new Rows(journal);
            Work work = new Work(pool, rows, new Deadline(begun, budget));
            try {
                return settings.variationsOnly() ? variationsOnly(work, rows) : withMutants(work, rows);
            } finally {
                pool.shutdownNow();
            }
        }
    }

    private Outcome withMutants(Work work, Rows rows) throws IOException, InterruptedException {
        List<Unit> units = program.mutantUnits();
        List<Unit> remaining = Program.remaining(units, rows::has, grid.name());
        int left = remaining.stream().mapToInt(Unit::rows).sum();
        listener.phase("selftest", left, 0);
        work.all(remaining);
        long planned = units.stream().mapToLong(Unit::rows).sum();
        return new Outcome(
                rows.mutants,
                merged(rows.variations),
                program.faults(),
                planned,
                planned - rows.mutants.size() - rows.variations.size());
    }

    private Outcome variationsOnly(Work work, Rows rows) throws IOException, InterruptedException {
        long wanted = settings.tensors();
        Map<RowKey, VariationRow> counted = new HashMap<>();
        long tensors = 0;
        listener.phase("variations", (int) Math.min(Integer.MAX_VALUE, wanted), 0);
        for (long seed = settings.seed(); tensors < wanted && !work.deadline.isOver(); seed++) {
            List<Unit> units = program.variationUnits(seed);
            if (units.isEmpty()) {
                break;
            }
            for (int from = 0; from < units.size() && tensors < wanted; from += CHUNK) {
                List<Unit> chunk = units.subList(from, Math.min(units.size(), from + CHUNK));
                work.all(Program.remaining(chunk, rows::has, grid.name()));
                for (Unit unit : chunk) {
                    tensors += take(unit, rows, counted);
                }
                if (work.deadline.isOver()) {
                    break;
                }
            }
        }
        return new Outcome(List.of(), merged(counted.values()), Set.of(), wanted, Math.max(0, wanted - tensors));
    }

    /// Only what the program asks for counts: a journal may hold more, if it was cut off in the middle of a chunk.
    private long take(Unit unit, Rows rows, Map<RowKey, VariationRow> counted) {
        List<Specimen> specimens = new ArrayList<>(unit.variations());
        if (unit.wantsPlain()) {
            specimens.add(unit.plain());
        }
        long tensors = 0;
        for (Specimen specimen : specimens) {
            RowKey key = Program.key(grid.name(), unit, specimen);
            Optional<VariationRow> row = rows.variation(key);
            if (row.isPresent()) {
                counted.put(key, row.get());
                tensors += row.get().tensors();
            }
        }
        return tensors;
    }

    private static List<VariationRow> merged(Collection<VariationRow> rows) {
        return VariationRows.merged(rows);
    }

    private record Deadline(long begun, Optional<Duration> budget) {
        boolean isOver() {
            return budget.isPresent()
                    && System.nanoTime() - begun > budget.get().toNanos();
        }
    }

    /// Rows so far, those of earlier sittings included.
    private final class Rows {
        private final Journal journal;
        private final List<MutantRow> mutants;
        private final List<VariationRow> variations;
        private final Set<RowKey> keys = new HashSet<>();
        private final Map<RowKey, VariationRow> variationByKey = new HashMap<>();

        Rows(Journal journal) throws IOException {
            this.journal = journal;
            SelftestFolder.Rows before = folder.rows();
            this.mutants = new ArrayList<>(before.mutants());
            this.variations = new ArrayList<>(before.variations());
            mutants.stream().map(Keyed::key).forEach(keys::add);
            variations.forEach(row -> {
                keys.add(row.key());
                variationByKey.put(row.key(), row);
            });
        }

        synchronized boolean has(RowKey key) {
            return keys.contains(key);
        }

        synchronized Optional<VariationRow> variation(RowKey key) {
            return Optional.ofNullable(variationByKey.get(key));
        }

        synchronized void add(MutantRow row) throws IOException {
            SelftestFolder.add(journal, row);
            mutants.add(row);
            keys.add(row.key());
            listener.step(row.fault() + " " + row.caseId(), 0);
        }

        synchronized void add(VariationRow row) throws IOException {
            SelftestFolder.add(journal, row);
            variations.add(row);
            keys.add(row.key());
            variationByKey.put(row.key(), row);
            long steps = settings.variationsOnly() ? row.tensors() : 1;
            for (long i = 0; i < steps; i++) {
                listener.step(row.backendOptions() + " " + row.caseId(), 0);
            }
        }
    }

    /// Works on units at the same time, until the time is over.
    private final class Work {
        private final ExecutorService pool;
        private final Rows rows;
        private final Deadline deadline;
        private final Map<String, Object> locks = new HashMap<>();

        Work(ExecutorService pool, Rows rows, Deadline deadline) {
            this.pool = pool;
            this.rows = rows;
            this.deadline = deadline;
        }

        void all(List<Unit> units) throws IOException, InterruptedException {
            List<Future<Boolean>> futures = new ArrayList<>();
            for (Unit unit : units) {
                Object lock = lock(unit.plain());
                futures.add(pool.submit(task(unit, lock)));
            }
            for (Future<Boolean> future : futures) {
                try {
                    future.get();
                } catch (ExecutionException e) {
                    throw cause(e);
                }
            }
        }

        /// A backend that offers deviations is a model and may be open several times; of any other device there is
        /// one.
        private Object lock(Specimen plain) {
            return plain.provider() instanceof Deviations
                    ? new Object()
                    : locks.computeIfAbsent(plain.provider().id(), id -> new Object());
        }

        private Callable<Boolean> task(Unit unit, Object lock) {
            return () -> {
                synchronized (lock) {
                    if (deadline.isOver()) {
                        return false;
                    }
                    new Bench(grid, criteria, unit, rows::add, rows::add).run();
                    return true;
                }
            };
        }

        private IOException cause(ExecutionException e) {
            return switch (e.getCause()) {
                case IOException io -> io;
                case RuntimeException runtime -> throw runtime;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e);
            };
        }
    }
}
