package dev.assay.results.gate;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The named baselines of a folder, one file each: two people who name two of them never meet in a merge.
public final class Baselines {
    /// Where they lie unless told otherwise.
    public static final Path FOLDER = Path.of("results", "baselines");

    private static final String END = ".json";
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    private final Path folder;

    public Baselines(Path folder) {
        this.folder = folder;
    }

    /// Results to hold others against.
    ///
    /// @param baseline how they are pinned; empty for a folder that was given itself
    public record Base(RunFolder folder, Optional<Baseline> baseline) {
        public String name() {
            return baseline.map(Baseline::name).orElseGet(folder::id);
        }
    }

    /// Gives a name to a run. Throws [HarnessException] for a name that is taken, or a folder that is not sound.
    ///
    /// @param replace whether the name may be taken
    public Baseline set(String name, Path run, String who, String why, LocalDate when, boolean replace)
            throws IOException {
        if (why.isBlank() || who.isBlank()) {
            throw new HarnessException(
                    "a baseline needs a reason and somebody who names it",
                    name,
                    "say why with --reason, who with --by");
        }
        Path file = file(name);
        if (Files.exists(file) && !replace) {
            Baseline there = Baseline.read(file);
            throw new HarnessException(
                    "baseline '" + name + "' is there already: run " + there.runId() + ", set by " + there.who()
                            + " on " + there.when() + " (" + there.why() + ")",
                    file.toString(),
                    "give another name, or --replace to move it");
        }
        RunFolder results = RunFolder.of(run);
        Soundness.check(run);
        Files.createDirectories(folder);
        Baseline baseline = Baseline.of(name, relative(run), results, who, why, when);
        Path beside = folder.resolve(name + END + ".part");
        Files.writeString(beside, baseline.text(), StandardCharsets.UTF_8);
        Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
        return baseline;
    }

    private String relative(Path run) {
        Path here = folder.toAbsolutePath().normalize();
        Path there = run.toAbsolutePath().normalize();
        boolean sameRoot = String.valueOf(here.getRoot()).equals(String.valueOf(there.getRoot()));
        return (sameRoot ? here.relativize(there) : there).toString().replace('\\', '/');
    }

    private Path file(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new HarnessException(
                    "'" + name + "' is no name for a baseline",
                    folder.toString(),
                    "use lower case letters, digits, '.', '_' and '-', such as v1.2-acme");
        }
        return folder.resolve(name + END);
    }

    /// All of them, by name. Throws [HarnessException] for a file that is none.
    public List<Baseline> list() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Baseline> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(END)).sorted().toList()) {
                all.add(read(file));
            }
        }
        return all;
    }

    private static Baseline read(Path file) {
        Baseline baseline = Baseline.read(file);
        if (!(baseline.name() + END).equals(String.valueOf(file.getFileName()))) {
            throw new HarnessException(
                    "the file holds baseline '" + baseline.name() + "'", file.toString(), "name it after its baseline");
        }
        return baseline;
    }

    /// Whether there is one of this name.
    public boolean has(String name) {
        return NAME.matcher(name).matches() && Files.isRegularFile(folder.resolve(name + END));
    }

    /// Throws [HarnessException] with those there are if there is none of this name.
    public Baseline named(String name) throws IOException {
        Path file = file(name);
        if (!Files.isRegularFile(file)) {
            throw new HarnessException(
                    "no baseline '" + name + "'",
                    folder.toString(),
                    "use one of " + list().stream().map(Baseline::name).toList() + ", or set it with"
                            + " `assay baseline set`");
        }
        return read(file);
    }

    /// The folder that a baseline pins.
    public Path path(Baseline baseline) {
        return folder.resolve(baseline.path()).normalize();
    }

    /// What to compare with: a baseline by name, or the folder of a run. Throws [HarnessException] if there is neither,
    /// [UnsoundException] if the folder of a baseline is no longer the one that was named.
    public Base resolve(String nameOrFolder) throws IOException {
        if (!has(nameOrFolder)) {
            if (Files.isDirectory(Path.of(nameOrFolder))) {
                return new Base(RunFolder.of(Path.of(nameOrFolder)), Optional.empty());
            }
            throw new NoBaselineException(
                    nameOrFolder, list().stream().map(Baseline::name).toList(), folder);
        }
        Baseline baseline = named(nameOrFolder);
        Path path = path(baseline);
        if (!Files.isDirectory(path)) {
            throw new UnsoundException(
                    path, List.of("baseline '" + baseline.name() + "' names this folder, and it is not there"));
        }
        String now = Soundness.digest(path);
        if (!now.equals(baseline.sha256())) {
            throw new UnsoundException(
                    path,
                    List.of("baseline '" + baseline.name() + "' was set on " + baseline.when() + " with digest "
                            + baseline.sha256() + ", and the folder has digest " + now));
        }
        return new Base(RunFolder.of(path), Optional.of(baseline));
    }
}
