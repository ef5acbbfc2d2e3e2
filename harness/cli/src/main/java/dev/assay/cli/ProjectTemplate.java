package dev.assay.cli;

import dev.assay.HarnessException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A project that `assay new-backend` writes: the files of a language under `new-backend`, which work as they lie
/// there, for a backend of the name `acme`.
final class ProjectTemplate {
    private static final String ROOT = "/new-backend/";
    private static final String INDEX = "index";

    /// What C projects carry along, so that they can be built without Assay.
    private static final String HEADER = "assay_backend.h";

    /// What stands in the templates for the launcher.
    private static final String LAUNCHER = "/opt/assay/assay";

    private static final Pattern WORDS = Pattern.compile("com[./]acme|Acme|acme|" + LAUNCHER);

    private static final Map<String, String> FIRST_COMMANDS =
            new TreeMap<>(Map.of("c", "make && ./check", "java", "./build && ./check", "python", "./check"));

    private final String language;

    private ProjectTemplate(String language) {
        this.language = language;
    }

    /// Throws [HarnessException] that lists the languages there are.
    static ProjectTemplate of(String language, String where) {
        if (!FIRST_COMMANDS.containsKey(language)) {
            throw new HarnessException(
                    "there is nothing to begin with in '" + language + "'",
                    where,
                    "use one of " + FIRST_COMMANDS.keySet() + "; a program in any other language speaks the protocol"
                            + " of docs/worker-protocol.md");
        }
        return new ProjectTemplate(language);
    }

    boolean isJava() {
        return language.equals("java");
    }

    /// What is to be done first in the new folder.
    String firstCommand() {
        return FIRST_COMMANDS.getOrDefault(language, "");
    }

    /// Writes the project into a folder that is not there yet.
    ///
    /// @return the files, in order
    List<Path> write(String name, Path folder) {
        List<Path> written = new ArrayList<>();
        try {
            Path parent = folder.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectory(folder);
            for (String file : files()) {
                written.add(
                        write(folder.resolve(renamed(file, name)), renamed(text(ROOT + language + "/" + file), name)));
            }
            if (language.equals("c")) {
                written.add(write(folder.resolve(HEADER), text("/include/" + HEADER)));
            }
        } catch (FileAlreadyExistsException e) {
            throw new HarnessException(
                    "'" + e.getFile() + "' is there already, and nothing is overwritten",
                    "the folder to make",
                    "give another one with -o DIR, or remove it",
                    e);
        } catch (IOException e) {
            throw new HarnessException(
                    "the project cannot be written: " + e,
                    folder.toString(),
                    "give a folder that can be written with -o DIR; what is there of this one can be removed",
                    e);
        }
        return written;
    }

    /// The files of the language, below its folder.
    private List<String> files() throws IOException {
        String start = language + "/";
        return text(ROOT + INDEX)
                .lines()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()))
                .toList();
    }

    private static String text(String resource) throws IOException {
        try (InputStream in = ProjectTemplate.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// `acme` in all the forms it has: package, class, name.
    private static String renamed(String text, String name) {
        String flat = name.replace("-", "");
        String type = Arrays.stream(name.split("-", -1))
                .map(part -> Character.toUpperCase(part.charAt(0)) + part.substring(1))
                .collect(Collectors.joining());
        Map<String, String> words = Map.of(
                "com.acme", "com." + flat, "com/acme", "com/" + flat, "Acme", type, "acme", name, LAUNCHER, launcher());
        return WORDS.matcher(text).replaceAll(word -> Matcher.quoteReplacement(words.getOrDefault(word.group(), "")));
    }

    /// The Assay that runs, wherever the project is moved to.
    private static String launcher() {
        Path command = Path.of(System.getProperty(Assay.COMMAND, LAUNCHER));
        return Files.isExecutable(command)
                ? command.toAbsolutePath().normalize().toString()
                : LAUNCHER;
    }

    private static Path write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (text.startsWith("#!") && view != null) {
            Set<PosixFilePermission> permissions = view.readAttributes().permissions();
            permissions.add(PosixFilePermission.OWNER_EXECUTE);
            permissions.add(PosixFilePermission.GROUP_EXECUTE);
            permissions.add(PosixFilePermission.OTHERS_EXECUTE);
            view.setPermissions(permissions);
        }
        return file;
    }
}
