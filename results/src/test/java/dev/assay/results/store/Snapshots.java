package dev.assay.results.store;

import dev.assay.results.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Copies a folder at every step of a write: what the disk holds if the process is killed there.
public final class Snapshots implements Disk.Steps {
    private final Path watched;
    private final Path copies;
    private final List<Path> taken = new ArrayList<>();

    public Snapshots(Path watched, Path copies) {
        this.watched = watched;
        this.copies = copies;
    }

    @Override
    public void at(Path path) throws IOException {
        if (Files.exists(watched)) {
            // With the name of what is watched: a place is part of what is verified.
            taken.add(TestRun.copyTree(
                    watched,
                    copies.resolve("" + taken.size())
                            .resolve(watched.getFileName().toString())));
        }
    }

    public List<Path> taken() {
        return taken;
    }
}
