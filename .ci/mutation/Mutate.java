import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/// Makes the errors in the judge that `mutants.txt` lists, one at a time, and runs its tests against each.
///
/// The changed source is compiled in memory to a folder that comes before the module's classes: nothing in the tree
/// is written to. Started by `.ci/mutate`, which builds first and says where the class paths stand.
///
/// Exit codes: 0 if every mutant failed a test, 1 if some did not, 2 if the table does not fit the source or the tests
/// fail without any change.
final class Mutate {
    private static final Path ROOT = Path.of("").toAbsolutePath();
    private static final Path TABLE = ROOT.resolve(".ci/mutation/mutants.txt");
    /// A mutant that runs on and on was noticed.
    private static final long SECONDS = 180;

    /// @param tests classes, in the order in which they run; the first that fails ends it
    private record Module(Path folder, List<Path> classPath, List<String> tests) {}

    /// @param tests classes that must notice it; empty for all of the module's
    private record Mutant(String name, String file, String text, String replacement, List<String> tests) {}

    private static final class StaleTableException extends Exception {
        StaleTableException(String what) {
            super(what);
        }
    }

    private Mutate() {}

    public static void main(String[] arguments) throws IOException {
        try {
            System.exit(run(List.of(arguments)));
        } catch (StaleTableException e) {
            System.err.println("mutate: " + e.getMessage() + "\n  where: " + TABLE);
            System.exit(2);
        }
    }

    private static int run(List<String> wanted) throws IOException, StaleTableException {
        Map<String, List<String>> tests = new LinkedHashMap<>();
        List<Mutant> all = table(tests);
        List<Mutant> mutants = all.stream()
                .filter(mutant -> wanted.isEmpty() || wanted.stream().anyMatch(mutant.name()::contains))
                .toList();
        Map<String, Module> modules = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> entry : tests.entrySet()) {
            modules.put(entry.getKey(), module(entry.getKey(), entry.getValue()));
        }
        for (Mutant mutant : mutants) {
            source(mutant); // fails at once if the table is stale
        }
        for (String folder : new TreeSet<>(mutants.stream().map(Mutate::folder).toList())) {
            Module module = modules.get(folder);
            List<String> needed = new ArrayList<>();
            for (Mutant mutant : mutants) {
                if (folder(mutant).equals(folder)) {
                    needed.addAll(tests(mutant, module));
                }
            }
            Optional<String> failure = firstFailure(module, Optional.empty(), needed);
            if (failure.isPresent()) {
                System.err.println("mutate: a test fails without any change: " + failure.get());
                return 2;
            }
        }
        List<String> survivors = new ArrayList<>();
        for (Mutant mutant : mutants) {
            long start = System.nanoTime();
            Path classes = Files.createTempDirectory("mutant");
            try {
                Module module = modules.get(folder(mutant));
                compile(mutant, module, classes);
                Optional<String> failure = firstFailure(module, Optional.of(classes), tests(mutant, module));
                String how = failure.map(test -> "killed    " + mutant.name() + " by " + test)
                        .orElse("SURVIVED  " + mutant.name());
                System.out.printf("%s (%.1f s)%n", how, (System.nanoTime() - start) / 1e9);
                System.out.flush();
                if (failure.isEmpty()) {
                    survivors.add(mutant.name());
                }
            } finally {
                delete(classes);
            }
        }
        System.out.println((mutants.size() - survivors.size()) + " killed, " + survivors.size() + " survived of "
                + mutants.size() + " mutants" + (survivors.isEmpty() ? "" : ": " + String.join(", ", survivors)));
        return survivors.isEmpty() ? 0 : 1;
    }

    private static String folder(Mutant mutant) {
        return mutant.file().substring(0, mutant.file().indexOf("/src/"));
    }

    private static Module module(String folder, List<String> tests) throws IOException {
        Path at = ROOT.resolve(folder);
        List<Path> classPath = new ArrayList<>(List.of(at.resolve("target/test-classes"), at.resolve("target/classes")));
        String others = Files.readString(at.resolve("target/mutation-classpath"), UTF_8).strip();
        Arrays.stream(others.split(File.pathSeparator)).map(Path::of).forEach(classPath::add);
        return new Module(at, classPath, tests);
    }

    /// Reads the table: its format stands at its head.
    private static List<Mutant> table(Map<String, List<String>> tests) throws IOException, StaleTableException {
        List<Mutant> mutants = new ArrayList<>();
        String file = "";
        List<String> block = new ArrayList<>();
        List<String> lines = new ArrayList<>(Files.readAllLines(TABLE, UTF_8));
        lines.add("");
        for (String line : lines) {
            if (line.startsWith("#")) {
                continue;
            }
            if (!line.isBlank()) {
                block.add(line);
                continue;
            }
            if (block.isEmpty()) {
                continue;
            }
            String head = block.getFirst();
            if (head.startsWith("tests ")) {
                tests.put(head.substring(6).strip(), block.stream().skip(1).map(String::strip).toList());
            } else if (head.startsWith("file ")) {
                file = head.substring(5).strip();
            } else if (head.startsWith("mutant ")) {
                mutants.add(mutant(file, block));
            } else {
                throw new StaleTableException("a block begins with neither tests, file nor mutant: " + head);
            }
            block.clear();
        }
        return mutants;
    }

    private static Mutant mutant(String file, List<String> block) {
        String[] head = block.getFirst().substring(7).strip().split(" by ", 2);
        List<String> first = head.length > 1 ? List.of(head[1].strip().split(" ")) : List.of();
        return new Mutant(head[0].strip(), file, side(block, '-'), side(block, '+'), first);
    }

    private static String side(List<String> block, char sign) {
        return block.stream()
                .filter(line -> line.charAt(0) == sign)
                .map(line -> line.substring(1).strip())
                .collect(Collectors.joining("\n"));
    }

    /// The changed source. Indentation does not count, so that a formatter does not make the table stale.
    private static String source(Mutant mutant) throws IOException, StaleTableException {
        String source = Files.readAllLines(ROOT.resolve(mutant.file()), UTF_8).stream()
                .map(String::strip)
                .collect(Collectors.joining("\n"));
        int at = source.indexOf(mutant.text());
        if (mutant.text().isEmpty() || at < 0 || source.indexOf(mutant.text(), at + 1) >= 0) {
            throw new StaleTableException(mutant.name() + ": its text stands "
                    + (at < 0 ? "nowhere" : "more than once") + " in " + mutant.file());
        }
        return source.substring(0, at) + mutant.replacement() + source.substring(at + mutant.text().length());
    }

    private static void compile(Mutant mutant, Module module, Path into) throws IOException, StaleTableException {
        String source = source(mutant);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        URI uri = ROOT.resolve(mutant.file()).toUri();
        JavaFileObject unit = new SimpleJavaFileObject(uri, JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        String classPath =
                module.classPath().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        List<String> options = List.of(
                "-proc:none", "-nowarn", "--add-modules", "jdk.incubator.vector", "-parameters", "-cp", classPath, "-d",
                into.toString());
        if (!compiler.getTask(null, null, problems, options, null, List.of(unit)).call()) {
            throw new StaleTableException(mutant.name() + " does not compile: " + problems.getDiagnostics());
        }
    }

    /// The tests that must notice a mutant.
    private static List<String> tests(Mutant mutant, Module module) throws StaleTableException {
        List<String> tests = new ArrayList<>();
        for (String name : mutant.tests()) {
            tests.add(module.tests().stream()
                    .filter(test -> test.endsWith("." + name))
                    .findFirst()
                    .orElseThrow(() -> new StaleTableException(mutant.name() + ": " + name + " is no test listed")));
        }
        return tests.isEmpty() ? module.tests() : tests;
    }

    /// Runs the tests on the module's classes, or on the changed ones that come before them.
    private static Optional<String> firstFailure(Module module, Optional<Path> changed, List<String> tests)
            throws IOException {
        List<URL> urls = new ArrayList<>();
        for (Path path : Stream.concat(changed.stream(), module.classPath().stream()).toList()) {
            urls.add(path.toUri().toURL());
        }
        try (URLClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), Mutate.class.getClassLoader())) {
            for (String test : new LinkedHashSet<>(tests)) {
                Optional<String> failure = limited(loader, test);
                if (failure.isPresent()) {
                    return failure;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> limited(ClassLoader loader, String test) {
        CompletableFuture<Optional<String>> result = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().daemon().name(test).unstarted(() -> {
            try {
                result.complete(failure(loader, test));
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        thread.setContextClassLoader(loader);
        thread.start();
        try {
            return result.get(SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            return Optional.of(test + " (more than " + SECONDS + " s)");
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(test, e);
        }
    }

    private static Optional<String> failure(ClassLoader loader, String test) throws ClassNotFoundException {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(Class.forName(test, false, loader)))
                .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        Launcher launcher = LauncherFactory.create();
        launcher.execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        if (summary.getTestsFoundCount() == 0 && summary.getTotalFailureCount() == 0) {
            throw new IllegalStateException(test + " has no tests");
        }
        return summary.getFailures().stream()
                .findFirst()
                .map(failure -> test.substring(test.lastIndexOf('.') + 1) + "."
                        + failure.getTestIdentifier().getDisplayName() + " (" + summary.getTotalFailureCount() + " of "
                        + summary.getTestsFoundCount() + ")");
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }
}
