package dev.assay.baselines.cpu;

import dev.assay.HarnessException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Properties;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.cpu.nativecpu.bindings.Nd4jCpu;
import org.nd4j.linalg.factory.Nd4j;

/// ND4J in this JVM: loaded once, with the settings that this backend needs.
final class Nd4jRuntime {
    /// Settings are read when ND4J's and JavaCPP's classes are initialised; one that a user gave stays.
    private static final Map<String, String> SETTINGS = Map.of(
            // JavaCPP refuses to allocate once the process is larger than four times the Java heap may be. All large
            // memory here is the harness's and this backend's own, allocated by other means.
            "org.bytedeco.javacpp.maxphysicalbytes", "0",
            // Both write to the log only; the check can also end the JVM.
            "org.nd4j.log.initialization", "false",
            "org.nd4j.versioncheck", "false");

    private static boolean loaded;
    private static int blasThreads;

    private Nd4jRuntime() {}

    /// Throws [HarnessException] with what to set where the native libraries cannot be unpacked or loaded.
    static synchronized void load() {
        if (loaded) {
            return;
        }
        SETTINGS.forEach((key, value) -> {
            if (System.getProperty(key) == null) {
                System.setProperty(key, value);
            }
        });
        checkPlatform();
        try {
            // Directly first: an error that ND4J meets comes back as "missing dependencies", whatever it was.
            Loader.load(Nd4jCpu.class);
            Nd4j.create(DataType.FLOAT, 1).close();
            // Its first use sets the number of threads to that of processors. Nothing here uses it; others in this JVM
            // may.
            Nd4j.getBlasWrapper().level3();
            Nd4j.getMemoryManager().togglePeriodicGc(false);
        } catch (RuntimeException | LinkageError e) {
            throw new HarnessException(
                    "ND4J does not load: " + rootCause(e),
                    "backend cpu",
                    "give its native libraries 500 MB in a writable folder from which code may be run: "
                            + "-Dorg.bytedeco.javacpp.cachedir=FOLDER (the default is .javacpp/cache in your home)",
                    e);
        }
        loaded = true;
    }

    private static void checkPlatform() {
        String library = "/org/nd4j/linalg/cpu/nativecpu/bindings/" + Loader.getPlatform() + "/"
                + System.mapLibraryName("jnind4jcpu");
        if (Nd4jRuntime.class.getResource(library) == null) {
            throw new HarnessException(
                    "this build has no native ND4J for " + Loader.getPlatform(),
                    "backend cpu",
                    "build with -Dnd4j.classifier=" + Loader.getPlatform());
        }
    }

    private static Throwable rootCause(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /// Computes with that many threads of BLAS and of ND4J's own loops.
    ///
    /// Their number is the JVM's, and on it depends in which order sums are taken. So only one kernel computes at a
    /// time: another backend of this JVM, with another number, would change the bits of this one's results.
    static synchronized void withThreads(int threads, Runnable work) {
        useThreads(threads);
        work.run();
    }

    private static void useThreads(int threads) {
        // Setting them anew takes 0.1 ms, for JavaCPP then looks for every BLAS it knows.
        if (threads != blasThreads) {
            openblas_nolapack.blas_set_num_threads(threads);
            Nd4j.getEnvironment().setMaxThreads(threads);
            blasThreads = threads;
        }
    }

    static String version() {
        return "ND4J " + version("org.nd4j/nd4j-api") + ", OpenBLAS " + version("org.bytedeco/openblas");
    }

    /// From what Maven leaves in a jar; ND4J's manifest has no version.
    private static String version(String artifact) {
        Properties properties = new Properties();
        try (InputStream in = Nd4j.class.getResourceAsStream("/META-INF/maven/" + artifact + "/pom.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            // Of unknown version, then.
        }
        return properties.getProperty("version", "of unknown version");
    }
}
