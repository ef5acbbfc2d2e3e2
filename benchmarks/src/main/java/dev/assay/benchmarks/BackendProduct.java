package dev.assay.benchmarks;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import dev.assay.engine.judge.DeviceCall;
import dev.assay.engine.run.Backends;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A product of 1024 x 1024 matrices on our backends, called as the harness calls them, and by ND4J alone.
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class BackendProduct {
    private static final int SIZE = 1024;

    /// A launch of `matmul` on one backend.
    public abstract static class Launched {
        private final String id;
        private final DType dtype;
        private final Arena arena = Arena.ofShared();
        private java.util.Optional<Backend> backend = java.util.Optional.empty();
        private java.util.Optional<DeviceCall> device = java.util.Optional.empty();

        Launched(String id, DType dtype) {
            this.id = id;
            this.dtype = dtype;
        }

        @Setup
        public void open() {
            BackendProvider provider = new Backends().named(id, "benchmark");
            Backend opened = provider.open(new BackendOptions(new TreeMap<>()));
            Operator operator = Operators.named("matmul", "benchmark");
            Call call = new CallBuilder(operator, "benchmark")
                    .input("A", TensorSpec.of(dtype, SIZE, SIZE))
                    .input("B", TensorSpec.of(dtype, SIZE, SIZE))
                    .build();
            Map<String, Tensor> inputs = CaseInputs.generate(operator, call, "normal", "benchmark", 1, arena);
            device = java.util.Optional.of(DeviceCall.prepare(opened, call, inputs, true));
            backend = java.util.Optional.of(opened);
        }

        void run() {
            device.orElseThrow().launch().run();
        }

        @TearDown
        public void close() throws Exception {
            device.orElseThrow().close();
            backend.orElseThrow().close();
            arena.close();
        }
    }

    /// f32 on the CPU backend.
    @State(Scope.Benchmark)
    public static class Cpu extends Launched {
        public Cpu() {
            super("cpu", DType.F32);
        }
    }

    /// bf16 on the simulated chip, every rounding in its place.
    @State(Scope.Benchmark)
    public static class Simulated extends Launched {
        public Simulated() {
            super("simulated", DType.BF16);
        }
    }

    /// The same by ND4J alone, into a column-major result that is there already: its fastest way.
    @State(Scope.Benchmark)
    public static class Rival {
        INDArray a = Nd4j.empty();
        INDArray b = Nd4j.empty();
        INDArray c = Nd4j.empty();

        @Setup
        public void fill() {
            a = Nd4j.rand(DataType.FLOAT, SIZE, SIZE);
            b = Nd4j.rand(DataType.FLOAT, SIZE, SIZE);
            c = Nd4j.create(DataType.FLOAT, new long[] {SIZE, SIZE}, 'f');
        }
    }

    @Benchmark
    public void cpuF32(Cpu state) {
        state.run();
    }

    @Benchmark
    public void simulatedBf16(Simulated state) {
        state.run();
    }

    @Benchmark
    public INDArray nd4jF32(Rival rival) {
        return rival.a.mmuli(rival.b, rival.c);
    }
}
