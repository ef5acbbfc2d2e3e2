package dev.assay.benchmarks;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.Call;
import dev.assay.backend.Launch;
import dev.assay.engine.judge.DeviceCall;
import dev.assay.engine.run.Backends;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The CPU backend against PyTorch on the same threads: rounds of both in turn, medians, a ratio to each operator.
///
/// PyTorch is Debian's `python3-torch` with `libopenblas0-pthread`; another interpreter may be given as an argument.
/// Both sides write into outputs that are there before, except for PyTorch's layer_norm, which has no such form.
public final class TorchRatios {
    private static final int ROUNDS = 9;
    private static final int RUNS = 12;
    private static final int THREADS = 2;
    private static final double CLAIM = 1.5;

    private TorchRatios() {}

    private static Map<String, Map<String, TensorSpec>> calls() {
        TensorSpec square = TensorSpec.of(DType.F32, 1024, 1024);
        TensorSpec rows = TensorSpec.of(DType.F32, 512, 4096);
        TensorSpec line = TensorSpec.of(DType.F32, 4096);
        TensorSpec heads = TensorSpec.of(DType.F32, 1, 8, 512, 64);
        Map<String, Map<String, TensorSpec>> calls = new LinkedHashMap<>();
        calls.put("matmul", Map.of("A", square, "B", square));
        calls.put("softmax", Map.of("input", rows));
        calls.put("layer_normalization", Map.of("X", rows, "Scale", line, "B", line));
        calls.put("rms_normalization", Map.of("X", rows, "scale", line));
        calls.put("attention", Map.of("Q", heads, "K", heads, "V", heads));
        calls.put("gelu", Map.of("X", rows));
        return calls;
    }

    /// Prints the ratios; ends with exit code 1 if more than two operators take longer than claimed.
    public static void main(String[] args) throws Exception {
        Path script = Files.createTempFile("rival", ".py");
        try (InputStream in = TorchRatios.class.getResourceAsStream("rival.py")) {
            Files.copy(java.util.Objects.requireNonNull(in), script, StandardCopyOption.REPLACE_EXISTING);
        }
        String python = args.length > 0 ? args[0] : "/usr/bin/python3";
        Process torch = new ProcessBuilder(python, script.toString(), "" + THREADS)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int beyond = 0;
        try (Backend backend = new Backends()
                        .named("cpu", "benchmark")
                        .open(new BackendOptions(new TreeMap<>(Map.of("threads", "" + THREADS))));
                BufferedReader answers =
                        new BufferedReader(new InputStreamReader(torch.getInputStream(), StandardCharsets.UTF_8));
                PrintWriter asks = new PrintWriter(torch.getOutputStream(), true, StandardCharsets.UTF_8)) {
            System.out.println(answers.readLine());
            for (Map.Entry<String, Map<String, TensorSpec>> call : calls().entrySet()) {
                if (!Operators.has(call.getKey())) {
                    continue;
                }
                beyond += ratio(backend, call.getKey(), call.getValue(), asks, answers) > CLAIM ? 1 : 0;
            }
        } finally {
            torch.destroy();
            Files.delete(script);
        }
        System.exit(beyond > 2 ? 1 : 0);
    }

    private static double ratio(
            Backend backend, String name, Map<String, TensorSpec> inputs, PrintWriter asks, BufferedReader answers)
            throws Exception {
        Operator operator = Operators.named(name, "benchmark");
        CallBuilder builder = new CallBuilder(operator, "benchmark");
        inputs.forEach(builder::input);
        Call call = builder.build();
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        try (Arena arena = Arena.ofShared();
                DeviceCall device = DeviceCall.prepare(
                        backend, call, CaseInputs.generate(operator, call, "normal", "benchmark", 1, arena), true)) {
            Launch launch = device.launch();
            // Until everything is compiled.
            for (int i = 0; i < 20 * RUNS; i++) {
                launch.run();
            }
            for (int round = 0; round < ROUNDS; round++) {
                long[] mine = new long[RUNS];
                for (int i = 0; i < RUNS; i++) {
                    long start = System.nanoTime();
                    launch.run();
                    mine[i] = System.nanoTime() - start;
                }
                ours.add(median(mine));
                theirs.add(median(rival(name, asks, answers)));
                // PyTorch's idle threads spin for a while.
                Thread.sleep(100);
            }
        }
        double mine = median(ours);
        double rival = median(theirs);
        System.out.printf(
                Locale.ROOT,
                "%-5s %-22s %.2f times PyTorch's time (claimed at most %.1f); medians %.3f and %.3f ms%n",
                mine / rival <= CLAIM ? "ok" : "SLOW",
                name,
                mine / rival,
                CLAIM,
                mine / 1e6,
                rival / 1e6);
        return mine / rival;
    }

    private static long[] rival(String name, PrintWriter asks, BufferedReader answers) throws IOException {
        asks.println(name + " " + RUNS);
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("PyTorch ended; apt-get install python3-torch libopenblas0-pthread");
        }
        return Arrays.stream(line.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    }

    private static double median(long[] values) {
        return median(Arrays.stream(values).asDoubleStream().boxed().toList());
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
