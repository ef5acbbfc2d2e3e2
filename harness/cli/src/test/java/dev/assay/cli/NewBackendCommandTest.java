package dev.assay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Support;
import dev.assay.cli.CommandLineTest.Printed;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.plan.Suites;
import dev.assay.engine.run.Backends;
import dev.assay.engine.selftest.Examination;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What `assay new-backend` writes works as it is.
@Timeout(300)
class NewBackendCommandTest {
    private static final Path TEMPLATES = Path.of("src/main/resources/new-backend");
    private static final int LONGEST_LINE = 120;

    @TempDir
    private Path folder;

    private Path project(String name, String language) {
        Path project = folder.resolve(language);
        Printed printed = Printed.by("new-backend", name, "--language", language, "-o", project.toString());
        assertEquals(Exit.OK, printed.exit(), printed.err());
        return project;
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    /// Runs a command and gives back what it printed; it has to end well.
    private static String run(Path where, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    /// Of each language a whole backend: what it is, what it refuses, one operator, and how it is found.
    @ParameterizedTest
    @CsvSource({"c/backend.c, 80", "python/backend.py, 30", "java/src/main/java/com/acme/AcmeProvider.java, 40"})
    void aBackendIsShort(String file, int mostLines) throws IOException {
        List<String> lines = Files.readAllLines(TEMPLATES.resolve(file));
        assertTrue(lines.size() <= mostLines, file + " has " + lines.size() + " lines");
        lines.forEach(line -> assertTrue(line.length() <= LONGEST_LINE, line));
    }

    @Test
    void theIndexListsEveryFile() throws IOException {
        List<String> there = files(TEMPLATES).stream()
                .map(file -> TEMPLATES.relativize(file).toString())
                .filter(file -> !file.equals("index"))
                .sorted()
                .toList();
        assertEquals(there, Files.readAllLines(TEMPLATES.resolve("index")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"c", "java", "python"})
    void everythingHasTheNewName(String language) throws IOException {
        Path project = project("acme-npu2", language);
        for (Path file : files(project)) {
            boolean ours = file.endsWith("assay_backend.h");
            String text = ours ? "" : Files.readString(file) + project.relativize(file);
            String rest = text.replace("acme-npu2", "").replace("acmenpu2", "").replace("AcmeNpu2", "");
            assertFalse(rest.contains("acme") || rest.contains("Acme"), () -> file + ": " + rest);
            assertEquals(text.startsWith("#!"), Files.isExecutable(file), file.toString());
        }
    }

    @Test
    void theProjectInCBuildsWithoutAWarningAndIsRight() throws Exception {
        Path project = project("bolt-npu", "c");
        String output = run(project, "make", "CFLAGS=-O2 -Wall -Wextra -Wno-unused-parameter -Werror");
        assertFalse(output.contains("warning"), output);
        String library = project.resolve("libbolt-npu.so").toString();
        isRight("native", Map.of("lib", library));
        keepsTheRules("native:lib=" + library);
    }

    @Test
    void theProjectInPythonIsRight() throws Exception {
        Path project = project("bolt", "python");
        String program = project.resolve("backend.py").toString();
        isRight("external", Map.of("program", program));
        keepsTheRules("external:program=" + program);
    }

    private static void keepsTheRules(String backend) {
        Printed printed = Printed.by("check-backend", "--backend", backend, "smoke");
        assertEquals(Exit.OK, printed.exit(), printed.out() + printed.err());
        assertTrue(printed.out().contains(" 0 violated, 0 crash, 0 timeout"), printed.out());
    }

    /// Which is formatted, judged and checked against every rule where it stands.
    @Test
    void theTemplateInJavaIsTheExampleOfABackend() throws IOException {
        Path example = Path.of("..", "tck", "src", "test", "java", "com", "acme", "AcmeProvider.java");
        assertEquals(
                Files.readString(example),
                Files.readString(TEMPLATES.resolve("java/src/main/java/com/acme/AcmeProvider.java")));
    }

    @Test
    void theProjectInJavaCompilesWithItsTest() throws Exception {
        Path project = project("bolt-npu", "java");
        List<String> command = new ArrayList<>(List.of(
                "-Xlint:all,-path,-processing,-classfile",
                "-Werror",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                folder.resolve("classes").toString()));
        for (Path file : files(project.resolve("src"))) {
            if (file.toString().endsWith(".java")) {
                command.add(file.toString());
            }
        }
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, command.toArray(String[]::new)));
        Path services = project.resolve("src/main/resources/META-INF/services/" + BackendProvider.class.getName());
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.resolve("classes").toUri().toURL()})) {
            Object made = loader.loadClass(Files.readString(services).strip())
                    .getConstructor()
                    .newInstance();
            assertEquals("bolt-npu", made instanceof BackendProvider provider ? provider.id() : "no provider");
        }
    }

    /// All cases of the smoke suite are right or refused, and those that it is for are right.
    private static void isRight(String bridge, Map<String, String> options) {
        try (Backend backend = new Backends().named(bridge, "here").open(new BackendOptions(new TreeMap<>(options)))) {
            assertEquals("", backend.device().model().isEmpty() ? "no model" : "");
            List<Verdict> verdicts = Suites.load("smoke", OptionalLong.empty()).cases().stream()
                    .filter(one -> backend.supports(one.call().orElseThrow()) instanceof Support.Yes)
                    .flatMap(one -> Examination.judge(backend, one).stream())
                    .map(Judgement::verdict)
                    .toList();
            assertEquals(List.of(Verdict.PASS, Verdict.PASS, Verdict.PASS, Verdict.PASS), verdicts);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Acme", "2acme", "-acme", "acme-", "acme--npu", "acme_npu", "acme.npu", "../acme", ""})
    void aNameThatWillNotDoIsRefused(String name) {
        Path target = folder.resolve("project");
        Printed.by("new-backend", "--language", "c", "-o", target.toString(), "--", name)
                .refuses("'" + name + "' is no name of a backend", "acme-npu2");
        assertFalse(Files.exists(target));
    }

    @Test
    void anInstalledNameIsRefusedWithThoseThereAre() {
        Printed.by(
                        "new-backend",
                        "simulated",
                        "-l",
                        "python",
                        "-o",
                        folder.resolve("new").toString())
                .refuses("'simulated' is installed already", "cpu");
    }

    @Test
    void aWordOfJavaIsRefusedInJavaOnly() {
        String target = folder.resolve("new").toString();
        Printed.by("new-backend", "switch", "-l", "java", "-o", target).refuses("'switch' is a word of Java");
        assertEquals(
                Exit.OK,
                Printed.by("new-backend", "switch", "-l", "c", "-o", target).exit());
    }

    @Test
    void anUnknownLanguageIsRefusedWithThoseThereAre() {
        Printed.by("new-backend", "acme", "--language", "rust").refuses("'rust'", "[c, java, python]");
        Printed.by("new-backend", "acme").refuses("--language");
    }

    @Test
    void whatIsThereIsNotTouched() throws IOException {
        Path target = Files.createDirectory(folder.resolve("mine"));
        Printed.by("new-backend", "acme", "-l", "c", "-o", target.toString())
                .refuses("'" + target + "' is there already", "-o DIR");
        assertEquals(List.of(), files(target));
        Path file = Files.writeString(folder.resolve("file"), "mine");
        Printed.by("new-backend", "acme", "-l", "c", "-o", file.toString()).refuses("is there already");
        Printed.by("new-backend", "acme", "-l", "c", "-o", file.resolve("below").toString())
                .refuses("'" + file + "' is there already");
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void nothingIsMixedIntoTheNewProject() throws IOException {
        Path project = project("com-acme", "java");
        assertTrue(Files.readString(project.resolve("src/main/java/com/comacme/ComAcmeProvider.java"))
                .startsWith("package com.comacme;"));
    }
}
