package dev.assay.results.store;

import dev.assay.HarnessException;
import dev.assay.results.Disk;
import dev.assay.results.Manifest;
import dev.assay.results.RunFolder;
import dev.assay.results.Sums;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Looks at one folder of results. Nothing in it is taken for granted, and nothing outside it is read.
final class FolderCheck {
    private static final String LOCK = "." + RunFolder.EVENTS + ".lock";

    private final Path folder;
    private final Problems problems = new Problems();
    private final Set<String> files = new TreeSet<>();

    FolderCheck(Path folder) {
        this.folder = folder;
    }

    Verified check() throws IOException {
        list();
        boolean isFinished = files.contains(RunFolder.SUMS);
        String summary = isFinished ? finished() : new UnfinishedCheck(folder, files, problems).check();
        return new Verified(folder, isFinished, summary, problems.list(), problems.count());
    }

    /// What is there. A link is never followed: it may lead anywhere.
    private void list() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.sorted().toList()) {
                String name = entry.getFileName().toString();
                if (Files.isSymbolicLink(entry)) {
                    problems.add(entry, 0, "a link to '" + Files.readSymbolicLink(entry) + "'; results hold none");
                } else if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    if (!name.equals(RunFolder.TRACE)) {
                        problems.add(entry, 0, "a folder that is none of a run's");
                    }
                } else if (!Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                    problems.add(entry, 0, "not a file");
                } else if (!name.equals(LOCK)) {
                    files.add(name);
                }
            }
        }
    }

    private String finished() throws IOException {
        Map<String, String> sums = sums();
        List<Thread> hashing = new ArrayList<>();
        for (Map.Entry<String, String> sum : sums.entrySet()) {
            if (files.contains(sum.getKey())) {
                hashing.add(Thread.ofPlatform().start(() -> hash(folder.resolve(sum.getKey()), sum.getValue())));
            }
        }
        String summary;
        try {
            summary = contents(sums);
        } finally {
            for (Thread thread : hashing) {
                join(thread);
            }
        }
        return summary;
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void hash(Path file, String wanted) {
        try {
            String found = Sums.sha256(file);
            if (!found.equals(wanted)) {
                problems.add(file, 0, "its SHA-256 is " + found + ", and " + RunFolder.SUMS + " says " + wanted);
            }
        } catch (IOException e) {
            problems.add(file, 0, "cannot be read: " + e.getMessage());
        }
    }

    /// Hashes by name, as far as names are known; what is not summed, or not there, is a problem.
    private Map<String, String> sums() throws IOException {
        Path file = folder.resolve(RunFolder.SUMS);
        Map<String, String> sums = new TreeMap<>();
        try {
            sums.putAll(Sums.read(file).hashes());
        } catch (HarnessException e) {
            problems.add(file, e);
            return sums;
        }
        for (String name : RunFolder.ALWAYS) {
            if (!sums.containsKey(name)) {
                problems.add(file, 0, name + " is not in it, and every folder of results has one");
            }
        }
        for (String name : sums.keySet()) {
            if (!RunFolder.ALWAYS.contains(name) && !RunFolder.SOMETIMES.contains(name)) {
                problems.add(file, 0, "'" + name + "' is no file of this version's results");
            }
            if (!files.contains(name)) {
                problems.add(folder.resolve(name), 0, "missing, and in " + RunFolder.SUMS);
            }
        }
        for (String name : files) {
            if (!sums.containsKey(name) && !name.equals(RunFolder.SUMS)) {
                String part = name.endsWith(Disk.PART) ? "the beginning of a file that was not finished" : "";
                problems.add(folder.resolve(name), 0, part.isEmpty() ? "there, and not in " + RunFolder.SUMS : part);
            }
        }
        return sums;
    }

    private String contents(Map<String, String> sums) throws IOException {
        Optional<Manifest> manifest = readable(RunFolder.MANIFEST, folder -> folder.readManifest());
        readable(RunFolder.ENVIRONMENT, RunFolder::readEnvironment)
                .ifPresent(environment -> new ManifestCheck(folder, problems).environment(environment));
        Optional<PlanIndex> plan = readable(RunFolder.PLAN, run -> PlanIndex.read(run.file(RunFolder.PLAN), problems));
        if (plan.isEmpty()) {
            return "no plan that can be read";
        }
        RowFacts facts = new RowFacts(plan.get().size());
        TableCheck tables = new TableCheck(plan.get(), facts, problems);
        if (files.contains(RunFolder.CASES)) {
            tables.cases(folder.resolve(RunFolder.CASES));
            tables.missing(folder.resolve(RunFolder.CASES));
        }
        if (files.contains(RunFolder.TIMING) && files.contains(RunFolder.SAMPLES)) {
            tables.timings(folder.resolve(RunFolder.TIMING), folder.resolve(RunFolder.SAMPLES));
        }
        if (files.contains(RunFolder.SCORECARD)) {
            tables.scorecard(folder.resolve(RunFolder.SCORECARD));
        }
        if (sums.containsKey(RunFolder.EVENTS) && files.contains(RunFolder.EVENTS)) {
            Path events = folder.resolve(RunFolder.EVENTS);
            JournalCheck journal = new JournalCheck(plan.get(), events, problems);
            journal.read();
            if (journal.isCutOff()) {
                problems.add(events, journal.lines() + 1, "the last line has no end: the file was cut off");
            }
            journal.compare(facts, folder);
        }
        manifest.ifPresent(one -> new ManifestCheck(folder, problems)
                .check(
                        one,
                        sums.getOrDefault(RunFolder.PLAN, ""),
                        tables.counts(),
                        plan.get().size()));
        return counts(tables.counts()) + " of " + plan.get().size() + " planned, " + tables.timings() + " timings, "
                + sums.size() + " files";
    }

    private static String counts(Map<Verdict, Integer> counts) {
        return counts.isEmpty()
                ? "nothing"
                : counts.entrySet().stream()
                        .map(count -> count.getValue() + " " + count.getKey().word())
                        .collect(Collectors.joining(", "));
    }

    /// Reads a file.
    ///
    /// @param <T> what it holds
    private interface Reader<T> {
        T read(RunFolder folder) throws IOException;
    }

    private <T> Optional<T> readable(String name, Reader<T> reader) throws IOException {
        if (!files.contains(name) || !files.contains(RunFolder.PLAN)) {
            return Optional.empty();
        }
        try {
            return Optional.of(reader.read(RunFolder.of(folder)));
        } catch (HarnessException e) {
            problems.add(folder.resolve(name), e);
            return Optional.empty();
        }
    }
}
