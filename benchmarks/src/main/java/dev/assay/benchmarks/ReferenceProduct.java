package dev.assay.benchmarks;

import dev.assay.numerics.Gemm;
import dev.assay.numerics.Matrix;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The fp64 product of the references against ND4J's, on the same matrices.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ReferenceProduct {
    @Param("2048")
    public int size;

    private double[] a = new double[0];
    private double[] b = new double[0];
    private double[] c = new double[0];

    /// ND4J's side, apart so that its threads do not run beside ours.
    @State(Scope.Benchmark)
    public static class Rival {
        INDArray a = Nd4j.empty();
        INDArray b = Nd4j.empty();
        INDArray c = Nd4j.empty();

        @Setup
        public void fill() {
            a = Nd4j.rand(DataType.DOUBLE, 2048, 2048);
            b = Nd4j.rand(DataType.DOUBLE, 2048, 2048);
            c = Nd4j.create(DataType.DOUBLE, new long[] {2048, 2048}, 'f');
        }
    }

    @Setup
    public void fill() {
        SplittableRandom random = new SplittableRandom(1);
        a = random.doubles((long) size * size).toArray();
        b = random.doubles((long) size * size).toArray();
        c = new double[size * size];
    }

    @Benchmark
    public double[] ours() {
        Gemm.multiply(Matrix.of(a, 0, size), Matrix.of(b, 0, size), size, size, size, c, 0, size);
        return c;
    }

    @Benchmark
    public INDArray nd4j(Rival rival) {
        return rival.a.mmuli(rival.b, rival.c);
    }
}
