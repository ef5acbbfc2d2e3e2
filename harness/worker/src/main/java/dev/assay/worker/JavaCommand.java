package dev.assay.worker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How the JVM of a worker is started: like our own, with the flags that backends and kernels need.
public final class JavaCommand {
    private static final String PARALLELISM = "java.util.concurrent.ForkJoinPool.common.parallelism";

    private JavaCommand() {}

    /// The command line of a class with a `main`.
    ///
    /// @param heap as in `-Xmx`; tensors lie outside the heap
    /// @param threads that the process may use
    public static List<String> of(String mainClass, String heap, int threads) {
        return of(mainClass, heap, threads, classPath());
    }

    /// Our own class path.
    public static String classPath() {
        return System.getProperty("java.class.path");
    }

    /// The same with another class path than our own.
    public static List<String> of(String mainClass, String heap, int threads, String classPath) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--add-modules=jdk.incubator.vector");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        // G1 places large arrays so that the vector kernels' loads straddle cache lines: a sixth of the speed.
        command.add("-XX:+UseParallelGC");
        command.add("-Xmx" + heap);
        command.add("-D" + PARALLELISM + "=" + Math.max(0, threads - 1));
        command.add("-Djmh.ignoreLock=true");
        command.add("-Dfile.encoding=UTF-8");
        command.add("-XX:-CreateCoredumpOnCrash");
        command.add("-XX:ErrorFile=/dev/null");
        command.add("-XX:+IgnoreUnrecognizedVMOptions");
        command.add("-Xshare:auto");
        command.add("-cp");
        command.add(classPath);
        command.add(mainClass);
        return command;
    }

    /// Native libraries read their number of threads from the environment, before anything else.
    public static Map<String, String> environment(int threads) {
        return Map.of("OMP_NUM_THREADS", Integer.toString(threads));
    }

    /// The number of threads that this process was started with.
    public static int ownThreads() {
        return Integer.getInteger(PARALLELISM, Runtime.getRuntime().availableProcessors() - 1) + 1;
    }
}
