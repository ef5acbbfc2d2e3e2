package dev.assay.engine.plan;

import dev.assay.HarnessException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/// The suites that come with Assay, and those in files.
public final class Suites {
    /// The list of names; a test holds that it names every file of the folder.
    private static final String INDEX = "/suites/index";
    /// What the source of a suite on the class path begins with.
    public static final String RESOURCES = "suites/";

    private Suites() {}

    /// Names of the suites on the class path, in order.
    public static List<String> names() {
        return resource(INDEX).lines().filter(line -> !line.isBlank()).toList();
    }

    /// A suite by its name, or a file that ends in `.json`. Throws [HarnessException] that lists the names there
    /// are.
    ///
    /// @param seed takes the place of the suite's own, if it is not empty
    public static Suite load(String nameOrFile, OptionalLong seed) {
        if (nameOrFile.endsWith(".json")) {
            return fromFile(Path.of(nameOrFile), seed);
        }
        if (!names().contains(nameOrFile)) {
            throw new HarnessException(
                    "no suite '" + nameOrFile + "'",
                    "suites on the class path",
                    "use one of " + names() + ", or a file that ends in .json");
        }
        String file = RESOURCES + nameOrFile + ".json";
        return Suite.parse(resource("/" + file), file, seed);
    }

    private static Suite fromFile(Path file, OptionalLong seed) {
        try {
            return Suite.parse(Files.readString(file, StandardCharsets.UTF_8), file.toString(), seed);
        } catch (IOException e) {
            throw new HarnessException("the suite cannot be read: " + e, file.toString(), "give a readable file", e);
        }
    }

    private static String resource(String name) {
        try (InputStream in = Suites.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
