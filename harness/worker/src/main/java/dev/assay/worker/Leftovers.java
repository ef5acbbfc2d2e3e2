package dev.assay.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Names of temporary files that tell whose they are, so that what a killed process left behind can be removed.
///
/// Files lose their names as soon as both sides have opened them; only a process that is killed in between leaves one.
public final class Leftovers {
    private static final Pattern NAME = Pattern.compile("assay-(\\d{1,10})-\\d+");

    private Leftovers() {}

    /// What the name of a file or folder of this process begins with.
    public static String prefix() {
        return "assay-" + ProcessHandle.current().pid() + "-";
    }

    /// Removes files and folders whose process is gone; what cannot be removed stays.
    public static void remove(Path folder) {
        for (Path path : listed(folder)) {
            Matcher name = NAME.matcher(path.getFileName().toString());
            if (name.matches()
                    && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
                delete(path);
            }
        }
    }

    private static List<Path> listed(Path folder) {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static void delete(Path path) {
        try (Stream<Path> inside = Files.walk(path)) {
            for (Path each : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            // Another user's: not ours to remove.
            return;
        }
    }
}
