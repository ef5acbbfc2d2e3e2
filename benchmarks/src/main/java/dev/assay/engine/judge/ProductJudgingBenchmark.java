package dev.assay.engine.judge;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Gemm;
import dev.assay.numerics.GemmF32;
import dev.assay.numerics.Matrix;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Judging a bf16 product of 2048 x 2048 x 2048, with its reference, its error model, bounds and statistics, against
/// the fp64 product alone, whose operands are read from bf16 in both. In the judge's package, for what is timed is not
/// public.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ProductJudgingBenchmark {
    private static final int SIZE = 2048;

    private final Arena arena = Arena.ofShared();
    private final Operator operator = Operators.named("matmul", "benchmark");
    private final Call call = new CallBuilder(operator, "benchmark")
            .input("A", TensorSpec.of(DType.BF16, SIZE, SIZE))
            .input("B", TensorSpec.of(DType.BF16, SIZE, SIZE))
            .build();
    private final Tensor a = Tensor.allocate(call.input("A"), arena);
    private final Tensor b = Tensor.allocate(call.input("B"), arena);
    private final Tensor y = Tensor.allocate(call.output("Y"), arena);
    private final double[] product = new double[SIZE * SIZE];

    @Setup
    public void fill() {
        for (Tensor tensor : List.of(a, b)) {
            Fill.Along along = Fill.Along.axis(tensor.shape(), -1);
            long key = tensor == a ? 1 : 2;
            Fill.write(
                    Fills.of("normal").bind(new Fill.Site(tensor.spec(), along, key, 3, name -> {
                        throw new IllegalArgumentException(name);
                    })),
                    tensor);
        }
        float[] sums = new float[SIZE * SIZE];
        GemmF32.chains(Matrix.of(a, 0, SIZE, 1), Matrix.of(b, 0, SIZE, 1), SIZE, SIZE, SIZE, sums, 0, SIZE);
        for (int i = 0; i < sums.length; i++) {
            y.set(i, sums[i]);
        }
    }

    @TearDown
    public void free() {
        arena.close();
    }

    @Benchmark
    public double judging() {
        List<Comparison> comparisons = Comparison.all(
                call,
                ComputeContract.STRICT,
                operator.oracle(call, new Inputs(Map.of("A", a, "B", b)), ComputeContract.STRICT),
                Map.of("Y", y),
                false,
                false);
        Comparison only = comparisons.getFirst();
        ErrorStatistics.Summary statistics = only.statistics();
        if (only.tally().mismatches() > 0 || statistics.tooLarge() || statistics.biased()) {
            throw new IllegalStateException("what is right was judged wrong");
        }
        return statistics.rms();
    }

    @Benchmark
    public double[] reference() {
        Gemm.multiply(Matrix.of(a, 0, SIZE, 1), Matrix.of(b, 0, SIZE, 1), SIZE, SIZE, SIZE, product, 0, SIZE);
        return product;
    }
}
