package dev.assay.baselines.kernels;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Fourier transforms, windows, and convolution in Fourier space.
public final class SpectralKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "dft", (call, m) -> transform(call, m, Fourier::usual),
            "fftn", (call, m) -> transform(call, m, Fourier::usual),
            "stft", (call, m) -> transform(call, m, Fourier::usual),
            "spectral_conv", (call, m) -> transform(call, m, Fourier::usual),
            "hann_window", (call, m) -> window(call, m, 0.5, 0.5, 0),
            "hamming_window", (call, m) -> window(call, m, 25 / 46.0, 21 / 46.0, 0),
            "blackman_window", (call, m) -> window(call, m, 0.42, 0.5, 0.08));

    private SpectralKernels() {}

    /// A kernel for a call of `dft`, `fftn`, `stft` or `spectral_conv` by this algorithm.
    public static SharedKernel transform(Call call, Arithmetic m, Fourier.Algorithm algorithm) {
        return switch (call.operator()) {
            case "dft" -> dft(call, m, algorithm);
            case "fftn" -> fftn(call, m, algorithm);
            case "stft" -> stft(call, m, algorithm);
            default -> SpectralConvKernel.of(call, m, algorithm);
        };
    }

    private static SharedKernel dft(Call call, Arithmetic m, Fourier.Algorithm algorithm) {
        int rank = call.input("input").shape().rank();
        List<Long> axis = call.constants().getOrDefault("axis", List.of());
        long given = axis.isEmpty() ? call.attributes().findInteger("axis").orElse(-2) : axis.getFirst();
        int along = Math.toIntExact(given < 0 ? given + rank : given);
        boolean inverse = call.attributes().integer("inverse") != 0;
        boolean half = call.attributes().integer("onesided") != 0;
        List<Long> length = call.constants().getOrDefault("dft_length", List.of());
        long standard = call.input("input").shape().dim(along);
        long n = length.isEmpty() ? (half && inverse ? Math.max(1, 2 * (standard - 1)) : standard) : length.getFirst();
        return lines(
                call, List.of(along), List.of(n), inverse, half, inverse ? m.divide(1, (double) n) : 1, m, algorithm);
    }

    private static SharedKernel fftn(Call call, Arithmetic m, Fourier.Algorithm algorithm) {
        Shape shape = call.input("input").shape();
        int rank = shape.rank();
        boolean inverse = call.attributes().integer("inverse") != 0;
        boolean half = call.attributes().integer("onesided") != 0;
        List<Integer> axes = new ArrayList<>();
        Optional<Attribute> dim = call.attributes().find("dim");
        for (int axis = 0; axis < rank - 1; axis++) {
            long from = axis;
            boolean named = dim.isEmpty()
                    || call.attributes().integers("dim").stream().anyMatch(d -> (d < 0 ? d + rank : d) == from);
            if (named) {
                axes.add(axis);
            }
        }
        List<Long> lengths = new ArrayList<>();
        double count = 1;
        long last = call.attributes().integer("last");
        for (int axis : axes) {
            boolean end = axis == axes.getLast();
            long own = shape.dim(axis);
            long n = end && last > 0 ? last : end && half && inverse ? Math.max(1, 2 * (own - 1)) : own;
            lengths.add(n);
            count *= n;
        }
        double factor = switch (call.attributes().text("norm")) {
            case "ortho" -> m.divide(1, m.sqrt(count));
            case "forward" -> inverse ? 1 : m.divide(1, count);
            default -> inverse ? m.divide(1, count) : 1;
        };
        return lines(call, axes, lengths, inverse, half, factor, m, algorithm);
    }

    /// All transforms of a tensor along these dimensions.
    private static SharedKernel lines(
            Call call,
            List<Integer> axes,
            List<Long> lengths,
            boolean inverse,
            boolean half,
            double factor,
            Arithmetic m,
            Fourier.Algorithm algorithm) {
        Shape in = call.input("input").shape();
        Shape out = call.output("output").shape();
        int[] sizes = lengths.stream().mapToInt(Math::toIntExact).toArray();
        LineWalk from = LineWalk.along(in, marked(in, axes));
        LineWalk to = LineWalk.along(out, marked(out, axes));
        int[] inSizes = axes.stream().mapToInt(axis -> (int) in.dim(axis)).toArray();
        int[] outSizes = axes.stream().mapToInt(axis -> (int) out.dim(axis)).toArray();
        int inParts = (int) in.dim(-1);
        int outParts = (int) out.dim(-1);
        return arguments -> {
            Tensor x = arguments.input("input").tensor();
            Tensor y = arguments.output("output").tensor();
            Parallel.forEach(to.count(), line -> {
                double[] read = new double[from.length()];
                from.read(x, line, read);
                int count = 1;
                for (int size : sizes) {
                    count *= size;
                }
                double[] re = new double[count];
                double[] im = new double[count];
                for (int n = 0; n < read.length / inParts; n++) {
                    int place = place(n, inSizes, sizes);
                    if (place >= 0) {
                        re[place] = read[n * inParts];
                        im[place] = inParts == 2 ? read[n * inParts + 1] : 0;
                    }
                }
                transformed(re, im, sizes, inverse, half, m, algorithm);
                double[] written = new double[to.length()];
                for (int n = 0; n < written.length / outParts; n++) {
                    int place = place(n, outSizes, sizes);
                    written[n * outParts] = factor == 1 ? re[place] : m.multiply(re[place], factor);
                    if (outParts == 2) {
                        written[n * 2 + 1] = factor == 1 ? im[place] : m.multiply(im[place], factor);
                    }
                }
                to.write(y, line, written);
            });
        };
    }

    /// Along all dimensions; a half spectrum is made whole before it is transformed along its own.
    static void transformed(
            double[] re,
            double[] im,
            int[] sizes,
            boolean inverse,
            boolean half,
            Arithmetic m,
            Fourier.Algorithm algorithm) {
        int last = sizes.length - 1;
        for (int axis = 0; axis < last; axis++) {
            Fourier.along(re, im, sizes, axis, inverse, algorithm, m);
        }
        if (inverse && half) {
            int n = sizes[last];
            for (int start = 0; start < re.length; start += n) {
                im[start] = 0;
                for (int k = n / 2 + 1; k < n; k++) {
                    re[start + k] = re[start + n - k];
                    im[start + k] = -im[start + n - k];
                }
                if (n % 2 == 0) {
                    im[start + n / 2] = 0;
                }
            }
        }
        Fourier.along(re, im, sizes, last, inverse, algorithm, m);
    }

    private static boolean[] marked(Shape shape, List<Integer> axes) {
        boolean[] marked = new boolean[shape.rank()];
        axes.forEach(axis -> marked[axis] = true);
        marked[shape.rank() - 1] = true;
        return marked;
    }

    /// Place in an array of other sizes, negative if it is outside.
    private static int place(int number, int[] sizes, int[] others) {
        int rest = number;
        int place = 0;
        int weight = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            int at = rest % sizes[axis];
            rest /= sizes[axis];
            if (at >= others[axis]) {
                return -1;
            }
            place += at * weight;
            weight *= others[axis];
        }
        return place;
    }

    private static SharedKernel stft(Call call, Arithmetic m, Fourier.Algorithm algorithm) {
        Shape signal = call.input("signal").shape();
        Shape out = call.output("output").shape();
        int step = Math.toIntExact(
                call.constants().getOrDefault("frame_step", List.of(1L)).getFirst());
        List<Long> given = call.constants().getOrDefault("frame_length", List.of());
        int n = Math.toIntExact(given.isEmpty() ? call.input("window").shape().dim(0) : given.getFirst());
        int frames = (int) out.dim(1);
        int bins = (int) out.dim(2);
        int parts = (int) signal.dim(2);
        return arguments -> {
            Tensor x = arguments.input("signal").tensor();
            Tensor y = arguments.output("output").tensor();
            double[] window = new double[n];
            boolean windowed = call.hasInput("window");
            if (windowed) {
                arguments.input("window").tensor().decode(0, n, window, 0);
            }
            Parallel.forEach((int) signal.dim(0) * frames, frame -> {
                long start = frame / frames * signal.dim(1) + (long) (frame % frames) * step;
                double[] re = new double[n];
                double[] im = new double[n];
                for (int t = 0; t < n; t++) {
                    double real = x.get((start + t) * parts);
                    double imaginary = parts == 2 ? x.get((start + t) * parts + 1) : 0;
                    re[t] = windowed ? m.multiply(real, window[t]) : real;
                    im[t] = windowed ? m.multiply(imaginary, window[t]) : imaginary;
                }
                algorithm.transform(re, im, false, m);
                for (int k = 0; k < bins; k++) {
                    y.set(((long) frame * bins + k) * 2, Double.isNaN(re[k]) ? Double.NaN : re[k]);
                    y.set(((long) frame * bins + k) * 2 + 1, Double.isNaN(im[k]) ? Double.NaN : im[k]);
                }
            });
        };
    }

    private static SharedKernel window(Call call, Arithmetic m, double a, double b, double c) {
        long size = call.output("output").shape().dim(0);
        long period = call.attributes().integer("periodic") != 0 ? size : size - 1;
        return arguments -> {
            Tensor y = arguments.output("output").tensor();
            for (long n = 0; n < size; n++) {
                double turn = m.divide(m.multiply(m.round(2 * Math.PI), (double) n), (double) period);
                double w = m.subtract(m.round(a), m.multiply(m.round(b), m.cos(turn)));
                if (c != 0) {
                    w = m.multiplyAdd(m.round(c), m.cos(m.multiply(2, turn)), w);
                }
                y.set(n, Double.isNaN(w) ? Double.NaN : w);
            }
        };
    }
}
