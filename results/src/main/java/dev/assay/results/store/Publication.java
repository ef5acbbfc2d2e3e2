package dev.assay.results.store;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvRows;
import dev.assay.results.CsvTable;
import dev.assay.results.CsvWriter;
import dev.assay.results.Disk;
import dev.assay.results.Keyed;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RowKey;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.ScorecardRow;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Splits a run into `<suite>/<hw_class>/<backend>/`, so that reviewers see in `git diff` what changed where.
///
/// A folder holds what a run's does, of this suite and backend alone, without the journal and without the places of
/// files on the machine. One that is there is replaced as a whole.
public final class Publication {
    /// Of a folder that is being replaced.
    static final String OLD = ".old";

    /// Name of the folder under which all that is published lies; below it a folder must be in its place.
    public static final String ROOT = "published";

    private static final String LOCK = ".publish.lock";

    private final RunFolder run;
    private final PlanFile plan;
    private final Manifest manifest;
    private final Map<String, Object> environment;
    private final Path to;
    private final Disk disk;

    private Publication(RunFolder run, Path to, Disk disk) throws IOException {
        this.run = run;
        this.plan = run.readPlan();
        this.manifest = run.readManifest();
        this.environment = run.readEnvironment();
        this.to = to;
        this.disk = disk;
    }

    /// Publishes a run. Throws [VerificationException] unless it is sound.
    ///
    /// @param to such as `results/published`
    /// @return the folders that were written
    public static List<Path> publish(Path run, Path to) throws IOException {
        return publish(run, to, new Disk());
    }

    static List<Path> publish(Path run, Path to, Disk disk) throws IOException {
        Verification.sound(run);
        Publication publication = new Publication(RunFolder.of(run), to, disk);
        Files.createDirectories(to);
        Path lock = to.resolve(LOCK);
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = locked(channel, to)) {
            try {
                return publication.publishAll();
            } finally {
                if (held.isValid()) {
                    Files.deleteIfExists(lock);
                }
            }
        }
    }

    private static FileLock locked(FileChannel channel, Path to) throws IOException {
        Optional<FileLock> lock = Optional.empty();
        try {
            lock = Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            // This process itself; refused below.
        }
        return lock.orElseThrow(() -> new HarnessException(
                "somebody is publishing there now", to.toString(), "wait until that has ended, then try again"));
    }

    private List<Path> publishAll() throws IOException {
        String hardware = String.valueOf(environment.get(Merge.HARDWARE_CLASS));
        List<Path> written = new ArrayList<>();
        for (SuiteRef suite : plan.suites()) {
            for (BackendRef backend : plan.backends()) {
                PlanFile part = part(suite, backend);
                if (!part.cases().isEmpty()) {
                    Path target = place(to, suite.name(), hardware, backend.label());
                    write(target, part, suite, backend);
                    written.add(target);
                }
            }
        }
        return written;
    }

    private static Path place(Path to, String suite, String hardware, String backend) {
        return to.resolve(SafeName.of(suite)).resolve(SafeName.of(hardware)).resolve(SafeName.of(backend));
    }

    private PlanFile part(SuiteRef suite, BackendRef backend) {
        List<PlannedCase> cases = plan.cases().stream()
                .filter(planned -> planned.suite().equals(suite.name()) && planned.isFor(backend))
                .map(planned -> planned.on(List.of()))
                .toList();
        return new PlanFile(
                plan.schema(),
                plan.settings(),
                List.of(suite),
                List.of(new BackendRef(backend.id(), backend.options())),
                cases);
    }

    private void write(Path target, PlanFile part, SuiteRef suite, BackendRef backend) throws IOException {
        refuseLinks(target);
        Path old = target.resolveSibling("." + target.getFileName() + OLD);
        recover(target, old);
        Parts parts = new Parts(disk, target);
        Predicate<RowKey> wanted = key -> key.suite().equals(suite.name())
                && key.backend().equals(backend.id())
                && key.backendOptions().equals(backend.options());
        Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
        parts.write(
                RunFolder.CASES,
                out -> copy(CaseRow.class, RunFolder.CASES, out, row -> {
                    boolean taken = wanted.test(row.key());
                    if (taken) {
                        counts.merge(row.verdict(), 1, Integer::sum);
                    }
                    return taken;
                }));
        parts.write(
                RunFolder.TIMING, out -> copy(TimingRow.class, RunFolder.TIMING, out, row -> wanted.test(row.key())));
        parts.write(
                RunFolder.SAMPLES, out -> copy(SampleRow.class, RunFolder.SAMPLES, out, row -> wanted.test(row.key())));
        if (Files.exists(run.file(RunFolder.SCORECARD))) {
            parts.write(
                    RunFolder.SCORECARD,
                    out -> copy(ScorecardRow.class, RunFolder.SCORECARD, out, row -> wanted.test(row.key())));
        }
        parts.json(RunFolder.PLAN, part);
        parts.json(RunFolder.ENVIRONMENT, environment(backend));
        parts.seal(manifest, manifest.runId(), part, counts);
        parts.moveOver(old);
    }

    /// A link on the way would lead out of the folder that was named.
    private void refuseLinks(Path target) {
        for (Path at = target; at != null && !at.equals(to); at = at.getParent()) {
            if (Files.isSymbolicLink(at)) {
                throw new HarnessException(
                        "'" + at + "' is a link, and results are not written through one",
                        at.toString(),
                        "remove the link, or publish to another folder with --to");
            }
        }
    }

    /// Puts back what a killed publication had moved aside.
    private void recover(Path target, Path old) throws IOException {
        if (Files.exists(old, LinkOption.NOFOLLOW_LINKS)) {
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                disk.deleteTree(old);
            } else {
                disk.move(old, target);
            }
        }
    }

    private <R extends Record & Keyed> void copy(Class<R> type, String name, OutputStream out, Predicate<R> wanted)
            throws IOException {
        CsvTable<R> table = new CsvTable<>(type);
        try (CsvRows<R> rows = table.open(run.file(name));
                CsvWriter<R> writer = table.writer(out)) {
            while (rows.advance()) {
                if (wanted.test(rows.row())) {
                    writer.write(rows.row());
                }
            }
        }
    }

    private Map<String, Object> environment(BackendRef backend) {
        Map<String, Object> here = new TreeMap<>(environment);
        if (environment.get(Merge.DEVICES) instanceof Map<?, ?> devices) {
            Map<String, Object> own = new TreeMap<>();
            devices.forEach((name, facts) -> {
                if (backend.label().equals(name)) {
                    own.put(backend.label(), facts);
                }
            });
            here.put(Merge.DEVICES, own);
        }
        return here;
    }

    /// Whether the folder lies where published results do.
    static boolean isPublished(Path folder) {
        Path path = folder.toAbsolutePath().normalize();
        int count = path.getNameCount();
        return count > 3 && path.getName(count - 4).toString().equals(ROOT);
    }

    /// Adds to what was found whether the folder lies in the place of what is in it.
    static Verified checkPlace(Verified verified) throws IOException {
        if (!verified.isFinished() || !verified.isSound()) {
            return verified;
        }
        Path folder = verified.folder().toAbsolutePath().normalize();
        RunFolder published = RunFolder.of(folder);
        PlanFile plan = published.readPlan();
        List<Problem> problems = new ArrayList<>(verified.problems());
        if (plan.suites().size() != 1 || plan.backends().size() != 1) {
            problems.add(new Problem(
                    published.file(RunFolder.PLAN), 0, "published results are of one suite and one backend"));
        } else {
            Path root = folder.getRoot().resolve(folder.subpath(0, folder.getNameCount() - 3));
            Path place = place(
                    root,
                    plan.suites().getFirst().name(),
                    String.valueOf(published.readEnvironment().get(Merge.HARDWARE_CLASS)),
                    plan.backends().getFirst().label());
            if (!place.equals(folder)) {
                problems.add(new Problem(
                        verified.folder(), 0, "what is in it belongs into '" + root.relativize(place) + "'"));
            }
        }
        return new Verified(verified.folder(), verified.isFinished(), verified.summary(), problems, problems.size());
    }
}
