package dev.assay.engine.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How the JVM of a worker is started: like our own, with the flags that the backends and kernels need.
public final class WorkerCommandLine {
    /// Most heap that a reference needs; tensors lie outside it.
    private static final String HEAP = "-Xmx2g";

    private WorkerCommandLine() {}

    static List<String> of(int threads) {
        return of(WorkerMain.class, threads);
    }

    /// The same with another class to start.
    public static List<String> of(Class<?> main, int threads) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--add-modules=jdk.incubator.vector");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        // G1 places large arrays so that the vector kernels' loads straddle cache lines: a sixth of the speed.
        command.add("-XX:+UseParallelGC");
        command.add(HEAP);
        command.add("-Djava.util.concurrent.ForkJoinPool.common.parallelism=" + Math.max(0, threads - 1));
        command.add("-Djmh.ignoreLock=true");
        command.add("-Dfile.encoding=UTF-8");
        command.add("-XX:-CreateCoredumpOnCrash");
        command.add("-XX:ErrorFile=/dev/null");
        command.add("-XX:+IgnoreUnrecognizedVMOptions");
        command.add("-Xshare:auto");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        return command;
    }

    /// Native libraries read their number of threads from the environment, before anything else.
    public static Map<String, String> environment(int threads) {
        return Map.of("OMP_NUM_THREADS", Integer.toString(threads));
    }
}
