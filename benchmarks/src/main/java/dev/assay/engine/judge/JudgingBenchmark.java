package dev.assay.engine.judge;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Parallel;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
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
    private final double[][] values = new double[ROWS][BLOCK];
    private final double[][] sigmas = new double[ROWS][BLOCK];
    private final double[][] errors = new double[ROWS][BLOCK];

    @Setup
    public void fill() {
        for (int row = 0; row < ROWS; row++) {
            for (int i = 0; i < BLOCK; i++) {
                values[row][i] = Math.sin(i + row);
                sigmas[row][i] = 1e-4;
                errors[row][i] = 1e-6;
            }
            output.encode((long) row * BLOCK, BLOCK, values[row], 0);
        }
    }

    @TearDown
    public void free() {
        arena.close();
    }

    /// Hands over what is there: the copying is part of the judge's time.
    private final class Known implements Oracle {
        @Override
        public Shape shape(int position) {
            return output.shape();
        }

        @Override
        public void expect(int position, Region region, Observed device, ExpectedBlock into) {
            int row = Math.toIntExact(region.start(0));
            Parallel.forEach(BLOCK / CHUNK, part -> {
                int from = part * CHUNK;
                System.arraycopy(values[row], from, into.values(), from, CHUNK);
                System.arraycopy(sigmas[row], from, into.sigmas(), from, CHUNK);
                System.arraycopy(errors[row], from, into.deterministic(), from, CHUNK);
            });
        }
    }

    @Benchmark
    public long judging() {
        Comparison comparison =
                Comparison.of("Y", 0, ComputeContract.STRICT, new Known(), position -> output, output, false);
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
            int from = part % (BLOCK / CHUNK) * CHUNK;
            double[] got = new double[CHUNK];
            output.decode((long) row * BLOCK + from, CHUNK, got, 0);
            double sum = 0;
            for (int i = 0; i < CHUNK; i++) {
                sum += got[i] - values[row][from + i] + sigmas[row][from + i] + errors[row][from + i];
            }
            total.add(sum);
        });
        return total.sum();
    }
}
