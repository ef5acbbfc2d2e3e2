package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;

/// Convolution in Fourier space: transform, mix the channels of each mode, transform back.
final class SpectralConvKernel {
    private final int channels;
    private final int results;
    private final int[] sizes;
    private final int rows;
    private final int columns;
    private final boolean plane;
    private final Arithmetic m;
    private final Fourier.Algorithm algorithm;

    private SpectralConvKernel(Call call, Arithmetic m, Fourier.Algorithm algorithm) {
        Shape x = call.input("x").shape();
        Shape weights = call.input("weights").shape();
        this.plane = x.rank() == 4;
        this.channels = (int) x.dim(1);
        this.results = (int) weights.dim(1);
        this.sizes = plane ? new int[] {(int) x.dim(2), (int) x.dim(3)} : new int[] {(int) x.dim(2)};
        this.rows = plane ? (int) weights.dim(2) : 1;
        this.columns = (int) weights.dim(-2);
        this.m = m;
        this.algorithm = algorithm;
    }

    static SharedKernel of(Call call, Arithmetic m, Fourier.Algorithm algorithm) {
        SpectralConvKernel kernel = new SpectralConvKernel(call, m, algorithm);
        int batch = (int) call.input("x").shape().dim(0);
        return arguments -> {
            Tensor x = arguments.input("x").tensor();
            Tensor first = arguments.input("weights").tensor();
            Tensor second = kernel.plane ? arguments.input("weights2").tensor() : first;
            Tensor y = arguments.output("Y").tensor();
            for (int b = 0; b < batch; b++) {
                kernel.run(b, x, first, second, y);
            }
        };
    }

    private int points() {
        int points = 1;
        for (int size : sizes) {
            points *= size;
        }
        return points;
    }

    private void run(int batch, Tensor x, Tensor first, Tensor second, Tensor y) {
        int points = points();
        int width = sizes[sizes.length - 1];
        double[][] re = new double[channels][points];
        double[][] im = new double[channels][points];
        Parallel.forEach(channels, i -> {
            x.decode(((long) batch * channels + i) * points, points, re[i], 0);
            SpectralKernels.transformed(re[i], im[i], sizes, false, false, m, algorithm);
        });
        Parallel.forEach(results, o -> {
            double[] u = new double[points];
            double[] v = new double[points];
            for (int row = 0; row < (plane ? 2 * rows : 1); row++) {
                boolean negative = row >= rows;
                int from = negative ? sizes[0] - 2 * rows + row : row;
                for (int k = 0; k < columns; k++) {
                    mix(
                            re,
                            im,
                            from * width + k,
                            o,
                            (negative ? row - rows : row) * columns + k,
                            negative ? second : first,
                            u,
                            v);
                }
            }
            SpectralKernels.transformed(u, v, sizes, true, true, m, algorithm);
            double scale = m.divide(1, points);
            for (int n = 0; n < points; n++) {
                double value = m.multiply(u[n], scale);
                y.set(((long) batch * results + o) * points + n, Double.isNaN(value) ? Double.NaN : value);
            }
        });
    }

    private void mix(
            double[][] re, double[][] im, int mode, int out, int weight, Tensor weights, double[] u, double[] v) {
        double[] a = new double[2 * channels];
        double[] forReal = new double[2 * channels];
        double[] forImaginary = new double[2 * channels];
        for (int i = 0; i < channels; i++) {
            long at = (((long) i * results + out) * rows * columns + weight) * 2;
            double c = weights.get(at);
            double s = weights.get(at + 1);
            a[2 * i] = re[i][mode];
            a[2 * i + 1] = im[i][mode];
            forReal[2 * i] = c;
            forReal[2 * i + 1] = -s;
            forImaginary[2 * i] = s;
            forImaginary[2 * i + 1] = c;
        }
        u[mode] = m.dot(a, forReal, 2 * channels);
        v[mode] = m.dot(a, forImaginary, 2 * channels);
    }
}
