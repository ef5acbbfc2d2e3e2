package dev.assay.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Compiles the C sources of the tests with the system's `cc`. Without one the tests fail and say what to install.
public final class CCompiler {
    private static final Path HEADERS = Path.of("src/main/c").toAbsolutePath();
    private static final Path SOURCES = Path.of("src/test/c").toAbsolutePath();

    private CCompiler() {}

    /// A shared library from a source of the tests.
    ///
    /// @param flags such as `-DABI=2`
    public static Path library(Path folder, String source, String... flags) {
        String name = "lib" + source.replace("_backend.c", "")
                + String.join("", flags).replaceAll("[^A-Za-z0-9]", "");
        List<String> options = new ArrayList<>(List.of("-shared", "-fPIC"));
        options.addAll(List.of(flags));
        return compile(folder.resolve(name + ".so"), SOURCES.resolve(source), options);
    }

    /// Compiles one file, with every warning an error.
    public static Path compile(Path into, Path source, List<String> flags) {
        List<String> command = new ArrayList<>(List.of(
                "cc",
                "-std=c11",
                "-O1",
                "-Wall",
                "-Wextra",
                "-Wpedantic",
                "-Werror",
                "-I" + HEADERS,
                source.toString()));
        command.addAll(flags);
        command.addAll(List.of("-o", into.toString(), "-lm"));
        assertEquals("", run(command), () -> String.join(" ", command));
        return into;
    }

    /// What a command printed.
    public static String run(List<String> command) {
        try {
            Path log = Files.createTempFile("compiler", ".log");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            int code = process.waitFor();
            String text = Files.readString(log, StandardCharsets.UTF_8);
            Files.delete(log);
            assertEquals(0, code, text);
            return text;
        } catch (IOException e) {
            throw new AssertionError(
                    command.getFirst() + " does not run: install a C compiler (apt-get install gcc libc6-dev)", e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
