package dev.assay.results.store;

import dev.assay.results.Disk;
import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.RunFolder;
import dev.assay.results.Sums;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A folder of results that is being made from others: written beside its place, moved there when it is whole.
final class Parts {
    private final Disk disk;
    private final Path target;
    private final Path beside;
    private final List<String> written = new ArrayList<>();

    /// What a process left that was killed at this before is removed.
    Parts(Disk disk, Path target) throws IOException {
        this.disk = disk;
        this.target = target;
        this.beside = target.resolveSibling("." + target.getFileName() + Disk.PART);
        Files.createDirectories(target.toAbsolutePath().getParent());
        disk.deleteTree(beside);
        Files.createDirectory(beside);
    }

    void write(String name, Disk.Content content) throws IOException {
        disk.write(beside.resolve(name), content);
        written.add(name);
    }

    void json(String name, Object value) throws IOException {
        write(name, out -> out.write(Json.pretty(value).getBytes(StandardCharsets.UTF_8)));
    }

    /// Writes the manifest and the sums.
    ///
    /// @param origin whose facts are kept
    void seal(Manifest origin, String runId, PlanFile plan, Map<Verdict, Integer> counts) throws IOException {
        json(
                RunFolder.MANIFEST,
                new Manifest(
                        origin.schema(),
                        origin.columns(),
                        runId,
                        origin.version(),
                        origin.commit(),
                        origin.cleanTree(),
                        origin.ruleConstants(),
                        Json.sha256(Json.pretty(plan)),
                        origin.arguments(),
                        origin.seed(),
                        origin.session(),
                        origin.arm(),
                        origin.startedAt(),
                        origin.endedAt(),
                        true,
                        ManifestCheck.words(counts),
                        ManifestCheck.exitCode(counts)));
        String sums = Sums.of(beside, written).format();
        disk.write(beside.resolve(RunFolder.SUMS), sums);
    }

    /// SHA-256 over all that was written so far.
    String digest() throws IOException {
        return Json.sha256(Sums.of(beside, written).format());
    }

    /// Puts the folder in its place; one that is there goes as a whole.
    ///
    /// @param old where that one waits until the new one is there
    void moveOver(Path old) throws IOException {
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            disk.move(target, old);
        }
        disk.move(beside, target);
        disk.deleteTree(old);
    }

    /// Puts the folder in its place, where nothing is.
    void move() throws IOException {
        disk.move(beside, target);
    }

    void giveUp() throws IOException {
        disk.deleteTree(beside);
    }
}
