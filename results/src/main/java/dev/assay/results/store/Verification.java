package dev.assay.results.store;

import dev.assay.HarnessException;
import dev.assay.results.Disk;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Finds out whether results are whole and agree with themselves.
///
/// Every hash of `SHA256SUMS` is made again; files that are missing or too many are named; the tables are held
/// against the plan, the manifest, each other and, where there is one, the journal. All that is wrong is listed, with
/// file and line. Tables and journal are read row by row: memory grows with the number of planned rows by about 150
/// bytes each.
public final class Verification {
    private static final int DEEPEST = 8;
    private static final Pattern RUN = Pattern.compile("20[0-9]{6}T[0-9]{6}Z-[a-z2-7]{8}");

    private final List<Verified> found = new ArrayList<>();

    private Verification() {}

    /// Looks at a folder of results, or at all of them below a folder. Throws [HarnessException] if there are none.
    public static List<Verified> of(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            throw new HarnessException(
                    "no folder '" + path + "'", path.toString(), "give the folder of a run, or one that holds some");
        }
        Verification all = new Verification();
        all.visit(path, 0);
        if (all.found.isEmpty()) {
            throw new HarnessException(
                    "no results in '" + path + "'",
                    path.toString(),
                    "give the folder of a run, or one that holds some");
        }
        return List.copyOf(all.found);
    }

    /// Throws [VerificationException] unless this folder holds finished results in which nothing is wrong.
    public static Verified sound(Path folder) throws IOException {
        RunFolder.of(folder);
        Verified verified = new FolderCheck(folder).check();
        if (!verified.isSound()) {
            throw new VerificationException(verified);
        }
        return verified;
    }

    private void visit(Path folder, int depth) throws IOException {
        if (isLeftover(folder)) {
            found.add(wrong(
                    folder,
                    "left by a merge or publication that was killed; do it again, which removes this, or remove it"));
            return;
        }
        if (isResults(folder)) {
            Verified verified = new FolderCheck(folder).check();
            found.add(Publication.isPublished(folder) ? Publication.checkPlace(verified) : verified);
            return;
        }
        List<Path> entries;
        try (Stream<Path> all = Files.list(folder)) {
            entries = all.sorted().toList();
        }
        if (depth > 0 && entries.isEmpty() && RUN.matcher(name(folder)).matches()) {
            found.add(wrong(folder, "empty: the run was killed before it had a plan; remove it and start anew"));
        }
        for (Path entry : entries) {
            if (Files.isSymbolicLink(entry)) {
                found.add(wrong(entry, "a link to '" + Files.readSymbolicLink(entry) + "'; it is not followed"));
            } else if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS) && depth < DEEPEST) {
                visit(entry, depth + 1);
            }
        }
    }

    private static String name(Path folder) {
        return folder.toAbsolutePath().normalize().getFileName() == null
                ? ""
                : folder.toAbsolutePath().normalize().getFileName().toString();
    }

    private static boolean isLeftover(Path folder) {
        String name = name(folder);
        return name.endsWith(Disk.PART) || name.endsWith(Publication.OLD);
    }

    private static boolean isResults(Path folder) {
        return Stream.of(RunFolder.PLAN, RunFolder.MANIFEST, RunFolder.CASES, RunFolder.SUMS)
                .anyMatch(name -> Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS));
    }

    private static Verified wrong(Path path, String what) {
        return new Verified(path, false, "no results", List.of(new Problem(path, 0, what)), 1);
    }
}
