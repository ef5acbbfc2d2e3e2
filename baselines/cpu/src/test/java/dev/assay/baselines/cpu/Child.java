package dev.assay.baselines.cpu;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// What needs a JVM of its own, because what it shows happens once per JVM.
final class Child {
    private Child() {}

    /// Runs [#main] in a new JVM and returns its output.
    static String run(List<String> jvmOptions, String what) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Child.class.getName(), what));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IllegalStateException("child " + what + " failed: " + output);
        }
        return output;
    }

    public static void main(String[] args) {
        BackendProvider provider = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(candidate -> candidate.id().equals("cpu"))
                .findFirst()
                .orElseThrow();
        System.out.println("options " + provider.options().size());
        if (args[0].equals("open")) {
            try (Backend backend = provider.open(BackendOptions.of(Map.of("threads", "1")))) {
                Trial trial = Trial.of("matmul").input("A", DType.F32, 9, 8).input("B", DType.F32, 8, 7);
                System.out.println("wrong " + trial.run(backend));
                // What somebody else in this JVM may do.
                try (INDArray ones = Nd4j.ones(DataType.FLOAT, 2, 2)) {
                    ones.mmul(ones).close();
                }
                System.out.println("threads " + openblas_nolapack.blas_get_num_threads());
            }
        }
    }
}
