package dev.assay.results.store;

import dev.assay.HarnessException;
import dev.assay.results.Disk;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/// Says what a folder lacks whose run has not ended, or was killed.
final class UnfinishedCheck {
    private static final int NAMED = 100;

    private final Path folder;
    private final Set<String> files;
    private final Problems problems;

    UnfinishedCheck(Path folder, Set<String> files, Problems problems) {
        this.folder = folder;
        this.files = files;
        this.problems = problems;
    }

    /// Looks at the folder.
    ///
    /// @return what there is, on one line
    String check() throws IOException {
        Path sums = folder.resolve(RunFolder.SUMS);
        for (String name : files) {
            if (name.endsWith(Disk.PART)) {
                problems.add(folder.resolve(name), 0, "the beginning of a file; it is replaced when the run goes on");
            }
        }
        for (String name : new String[] {RunFolder.PLAN, RunFolder.MANIFEST, RunFolder.ENVIRONMENT}) {
            if (!files.contains(name)) {
                problems.add(folder.resolve(name), 0, "missing, and without it nothing can go on; start the run anew");
            }
        }
        if (!files.contains(RunFolder.PLAN)) {
            return "no plan";
        }
        PlanIndex plan;
        try {
            plan = PlanIndex.read(folder.resolve(RunFolder.PLAN), problems);
        } catch (HarnessException e) {
            problems.add(folder.resolve(RunFolder.PLAN), e);
            return "no plan that can be read";
        }
        if (!files.contains(RunFolder.EVENTS)) {
            boolean tables = files.contains(RunFolder.CASES);
            problems.add(
                    sums,
                    0,
                    tables
                            ? "missing, and there is no journal to make the tables from again; publish or merge anew"
                            : "missing: the run has not begun; " + resume());
            return "0 of " + plan.size() + " planned";
        }
        JournalCheck journal = new JournalCheck(plan, folder.resolve(RunFolder.EVENTS), problems);
        journal.read();
        if (journal.isCutOff()) {
            problems.add(
                    folder.resolve(RunFolder.EVENTS),
                    journal.lines() + 1,
                    "the last line has no end, as a process leaves it that is killed; it is cut off when the run goes"
                            + " on");
        }
        long done = missing(plan, journal.facts());
        problems.add(
                sums,
                0,
                "missing: the run is not finished; " + done + " of " + plan.size()
                        + " planned rows are in the journal; " + resume());
        return done + " of " + plan.size() + " planned";
    }

    private String resume() {
        return "`assay run --resume " + folder + "` goes on and finishes it";
    }

    /// Names what is missing.
    ///
    /// @return rows that are there
    private long missing(PlanIndex plan, RowFacts facts) throws IOException {
        Set<Integer> missing = new TreeSet<>();
        long done = 0;
        for (int number = 0; number < plan.size(); number++) {
            if (facts.has(number)) {
                done++;
            } else if (missing.size() < NAMED) {
                missing.add(number);
            }
        }
        Path cases = folder.resolve(RunFolder.CASES);
        plan.planned(missing)
                .forEach((number, planned) -> problems.add(cases, 0, "not run yet: " + PlanIndex.text(planned.key())));
        long more = plan.size() - done - missing.size();
        if (more > 0) {
            problems.add(cases, 0, "not run yet: " + more + " more");
        }
        return done;
    }
}
