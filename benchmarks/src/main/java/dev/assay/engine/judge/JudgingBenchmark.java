package dev.assay.engine.judge;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Parallel;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.DoubleAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Judging an f16 output of 16 million elements whose expected values are there already, against reading the output,
/// the expected values, sigma and D once. In the judge's package, for what is timed is not public.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class JudgingBenchmark {
    private static final int ROWS = 16;
    private static final int BLOCK = 1 << 20;
    private static final int CHUNK = 1 << 14;

    private final Arena arena = Arena.ofShared();
    private final Tensor output = Tensor.allocate(TensorSpec.of(DType.F16, ROWS, BLOCK), arena);
    private final List<ExpectedBlock> blocks = new ArrayList<>();

    @Setup
    public void fill() {
        for (int row = 0; row < ROWS; row++) {
            ExpectedBlock block = new ExpectedBlock();
            block.reset(BLOCK);
            for (int i = 0; i < BLOCK; i++) {
                block.values()[i] = Math.sin(i + row);
                block.sigmas()[i] = 1e-4;
                block.deterministic()[i] = 1e-6;
            }
            output.encode((long) row * BLOCK, BLOCK, block.values(), 0);
            blocks.add(block);
        }
    }

    @TearDown
    public void free() {
        arena.close();
    }

    @Benchmark
    public long judging() {
        ErrorBound bound =
                new ErrorBound(DType.F16, ComputeContract.STRICT, output.shape().elements());
        Comparison comparison = new Comparison("Y", output.shape(), bound, false, 4096);
        for (int row = 0; row < ROWS; row++) {
            comparison.take(blocks.get(row), Region.of(new long[] {row, 0}, 1, BLOCK), output);
        }
        if (comparison.tally().mismatches() > 0) {
            throw new IllegalStateException("what is right was judged wrong");
        }
        return comparison.tally().elements;
    }

    @Benchmark
    public double onePass() {
        DoubleAdder total = new DoubleAdder();
        Parallel.forEach(ROWS * (BLOCK / CHUNK), part -> {
            int row = part / (BLOCK / CHUNK);
            double[] values = blocks.get(row).values();
            double[] sigmas = blocks.get(row).sigmas();
            double[] errors = blocks.get(row).deterministic();
            int from = part % (BLOCK / CHUNK) * CHUNK;
            double[] got = new double[CHUNK];
            output.decode((long) row * BLOCK + from, CHUNK, got, 0);
            double sum = 0;
            for (int i = 0; i < CHUNK; i++) {
                sum += got[i] - values[from + i] + sigmas[from + i] + errors[from + i];
            }
            total.add(sum);
        });
        return total.sum();
    }
}
