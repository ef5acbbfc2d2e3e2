package dev.assay.results.store;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.Disk;
import dev.assay.results.Keyed;
import dev.assay.results.Manifest;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.ScorecardRow;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/// Joins results of parts of a plan into results of the whole.
///
/// What comes out depends on what is in the folders and on nothing else: not on their order, nor on how the whole was
/// split, nor on the clock. What two folders hold about one case collapses if it is the same, and is refused if not.
public final class Merge {
    static final String HARDWARE_CLASS = "hw_class_id";
    static final String ENVIRONMENT_ID = "env_id";
    static final String DEVICES = "devices";

    private static final String FIX = "merge only what one version of Assay made, on one class of machines";

    private final List<RunFolder> folders;

    private Merge(List<RunFolder> folders) {
        this.folders = folders;
    }

    /// Throws [VerificationException] unless every folder is sound, and [HarnessException] where two of them
    /// contradict each other, or the place is taken.
    ///
    /// @param out where the merged folder is made
    public static void merge(List<Path> folders, Path out) throws IOException {
        merge(folders, out, new Disk());
    }

    static void merge(List<Path> folders, Path out, Disk disk) throws IOException {
        if (Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
            throw new HarnessException(
                    "'" + out + "' is there already", "-o " + out, "give a folder that is not, or remove it first");
        }
        List<RunFolder> sound = new ArrayList<>();
        for (Path folder : folders) {
            Verification.sound(folder);
            sound.add(RunFolder.of(folder));
        }
        new Merge(List.copyOf(sound)).write(new Parts(disk, out.toAbsolutePath().normalize()));
    }

    private void write(Parts parts) throws IOException {
        boolean done = false;
        try {
            Manifest manifest = manifest();
            MergedPlan plan = MergedPlan.of(folders);
            Map<String, Object> environment = MergedEnvironment.of(folders);
            Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
            table(parts, RunFolder.CASES, CaseRow.class, row -> counts.merge(row.verdict(), 1, Integer::sum));
            table(parts, RunFolder.TIMING, TimingRow.class, row -> {});
            table(parts, RunFolder.SAMPLES, SampleRow.class, row -> {});
            if (folders.stream().anyMatch(folder -> Files.exists(folder.file(RunFolder.SCORECARD)))) {
                table(parts, RunFolder.SCORECARD, ScorecardRow.class, row -> {});
            }
            parts.json(RunFolder.PLAN, plan.file());
            parts.json(RunFolder.ENVIRONMENT, environment);
            parts.seal(manifest, "merged-" + parts.digest().substring(0, 16), plan.file(), counts);
            parts.move();
            done = true;
        } finally {
            if (!done) {
                parts.giveUp();
            }
        }
    }

    private <R extends Record & Keyed> void table(
            Parts parts, String name, Class<R> type, java.util.function.Consumer<R> taken) throws IOException {
        List<Path> files = folders.stream()
                .map(folder -> folder.file(name))
                .filter(Files::exists)
                .toList();
        parts.write(name, out -> new TableMerge<>(type).merge(files, out, taken));
    }

    /// What all manifests say; they were made by one version, under one set of rules.
    private Manifest manifest() throws IOException {
        List<Manifest> all = new ArrayList<>();
        for (RunFolder folder : folders) {
            all.add(folder.readManifest());
        }
        same(all, "version", Manifest::version);
        same(all, "commit", Manifest::commit);
        same(all, "clean_tree", Manifest::cleanTree);
        same(all, "rule_constants", Manifest::ruleConstants);
        Manifest first = all.getFirst();
        boolean oneSeed = all.stream().allMatch(one -> Objects.equals(one.seed(), first.seed()));
        boolean oneSession = all.stream()
                .allMatch(one ->
                        one.session().equals(first.session()) && one.arm().equals(first.arm()));
        return new Manifest(
                first.schema(),
                first.columns(),
                "",
                first.version(),
                first.commit(),
                first.cleanTree(),
                first.ruleConstants(),
                "",
                List.of("results", "merge"),
                oneSeed ? first.seed() : null,
                oneSession ? first.session() : "",
                oneSession ? first.arm() : "",
                ends(all, Manifest::startedAt).min(Comparator.naturalOrder()).orElse(""),
                ends(all, Manifest::endedAt).max(Comparator.naturalOrder()).orElse(""),
                true,
                Map.of(),
                0);
    }

    private static Stream<String> ends(List<Manifest> all, Function<Manifest, String> time) {
        return all.stream().map(time).filter(text -> !text.isEmpty());
    }

    private void same(List<Manifest> all, String field, Function<Manifest, ?> value) {
        for (int i = 1; i < all.size(); i++) {
            Object first = value.apply(all.getFirst());
            Object other = value.apply(all.get(i));
            if (!Objects.equals(first, other)) {
                throw different(
                        field + " is '" + first + "' and '" + other + "'",
                        folders.getFirst().file(RunFolder.MANIFEST),
                        folders.get(i).file(RunFolder.MANIFEST));
            }
        }
    }

    static HarnessException different(String what, Path a, Path b) {
        return new HarnessException("these results do not belong together: " + what, a + "; " + b, FIX);
    }
}
