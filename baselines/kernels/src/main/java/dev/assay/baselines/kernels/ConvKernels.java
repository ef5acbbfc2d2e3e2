package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Convolutions: the data beneath the kernel is copied out for each place, and multiplied with the weights.
final class ConvKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "conv", ConvKernels::conv,
            "conv_integer", ConvKernels::convInteger,
            "qlinear_conv", ConvKernels::qlinearConv);

    private ConvKernels() {}

    /// What is done with the sum of a channel.
    @FunctionalInterface
    interface Finish {
        double of(double sum, int channel);
    }

    /// Where the kernel lies.
    static final class Geometry {
        final Shape x;
        final Shape w;
        final Shape y;
        final int n;
        final int groups;
        final long[] front;
        final List<Long> strides;
        final List<Long> dilations;

        Geometry(Call call, String data, String weights) {
            this(
                    call,
                    data,
                    weights,
                    call.outputs().getFirst().spec().orElseThrow().shape());
        }

        /// @param y shape of the convolution's output
        Geometry(Call call, String data, String weights, Shape y) {
            this.x = call.input(data).shape();
            this.w = call.input(weights).shape();
            this.y = y;
            this.n = x.rank() - 2;
            this.groups = Math.toIntExact(call.attributes().integer("group"));
            List<Long> ones = java.util.Collections.nCopies(n, 1L);
            this.strides = call.attributes().has("strides") ? call.attributes().integers("strides") : ones;
            this.dilations =
                    call.attributes().has("dilations") ? call.attributes().integers("dilations") : ones;
            this.front = new long[n];
            String mode = call.attributes().text("auto_pad");
            for (int d = 0; d < n; d++) {
                if (mode.equals("NOTSET")) {
                    front[d] = call.attributes().has("pads")
                            ? call.attributes().integers("pads").get(d)
                            : 0;
                } else if (!mode.equals("VALID")) {
                    long covered = (y.dim(d + 2) - 1) * strides.get(d) + (w.dim(d + 2) - 1) * dilations.get(d) + 1;
                    long missing = Math.max(0, covered - x.dim(d + 2));
                    front[d] = mode.equals("SAME_LOWER") ? missing - missing / 2 : missing / 2;
                }
            }
        }

        /// All elements beneath the kernel at a place, channel by channel; `outside` is what the padding
        /// holds.
        void copyOut(double[] image, long first, long place, double outside, double[] into, int to) {
            Shape places = y.slice(2, y.rank());
            Shape taps = w.slice(2, w.rank());
            long[] at = places.coordinates(place);
            int count = Math.toIntExact(taps.elements());
            long pixels = x.slice(2, x.rank()).elements();
            for (int tap = 0; tap < count; tap++) {
                long[] offset = taps.coordinates(tap);
                long position = 0;
                boolean inside = true;
                for (int d = 0; d < n; d++) {
                    long along = at[d] * strides.get(d) + offset[d] * dilations.get(d) - front[d];
                    inside &= along >= 0 && along < x.dim(d + 2);
                    position = position * x.dim(d + 2) + along;
                }
                for (int c = 0; c < w.dim(1); c++) {
                    into[to + c * count + tap] =
                            inside ? image[Math.toIntExact(first + c * pixels + position)] : outside;
                }
            }
        }

        /// Runs over images and groups.
        void run(Arithmetic arithmetic, double[] data, double outside, double[] weights, Tensor into, Finish finish) {
            int m = Math.toIntExact(w.dim(0) / groups);
            int depth = Math.toIntExact(w.slice(1, w.rank()).elements());
            int places = Math.toIntExact(y.slice(2, y.rank()).elements());
            long pixels = x.slice(2, x.rank()).elements();
            for (long image = 0; image < x.dim(0); image++) {
                for (int group = 0; group < groups; group++) {
                    long first = (image * x.dim(1) + group * w.dim(1)) * pixels;
                    double[] patches = new double[Math.multiplyExact(places, depth)];
                    Parallel.forEach(places, place -> copyOut(data, first, place, outside, patches, place * depth));
                    double[] sums = Dots.multiply(
                            arithmetic,
                            Matrix.of(patches, 0, depth),
                            Matrix.of(weights, group * m * depth, depth).transposed(),
                            places,
                            m,
                            depth);
                    double[] results = new double[sums.length];
                    for (int i = 0; i < results.length; i++) {
                        int channel = i / places;
                        results[i] = finish.of(sums[i % places * m + channel], group * m + channel);
                    }
                    Dots.store(results, into, (image * w.dim(0) + (long) group * m) * places);
                }
            }
        }
    }

    private static SharedKernel conv(Call call, Arithmetic arithmetic) {
        Geometry geometry = new Geometry(call, "X", "W");
        return arguments -> {
            double[] bias =
                    call.hasInput("B") ? Dots.values(arguments.input("B").tensor()) : new double[0];
            geometry.run(
                    arithmetic,
                    Dots.values(arguments.input("X").tensor()),
                    0,
                    Dots.values(arguments.input("W").tensor()),
                    arguments.output("Y").tensor(),
                    (sum, channel) -> bias.length == 0 ? sum : arithmetic.add(sum, bias[channel]));
        };
    }

    private static void subtract(double[] values, Tensor zeroPoints) {
        int each =
                Math.toIntExact(values.length / Math.max(1, zeroPoints.shape().elements()));
        for (int i = 0; i < values.length; i++) {
            values[i] -= zeroPoints.get(i / each);
        }
    }

    private static SharedKernel convInteger(Call call, Arithmetic arithmetic) {
        Geometry geometry = new Geometry(call, "x", "w");
        return arguments -> {
            double[] data = Dots.values(arguments.input("x").tensor());
            double[] weights = Dots.values(arguments.input("w").tensor());
            if (call.hasInput("x_zero_point")) {
                subtract(data, arguments.input("x_zero_point").tensor());
            }
            if (call.hasInput("w_zero_point")) {
                subtract(weights, arguments.input("w_zero_point").tensor());
            }
            geometry.run(
                    arithmetic.integers(),
                    data,
                    0,
                    weights,
                    arguments.output("y").tensor(),
                    (sum, channel) -> sum);
        };
    }

    private static SharedKernel qlinearConv(Call call, Arithmetic arithmetic) {
        Geometry geometry = new Geometry(call, "x", "w");
        DType type = call.output("y").dtype();
        return arguments -> {
            double[] data = Dots.values(arguments.input("x").tensor());
            double[] weights = Dots.values(arguments.input("w").tensor());
            subtract(data, arguments.input("x_zero_point").tensor());
            subtract(weights, arguments.input("w_zero_point").tensor());
            double ofData = arguments.input("x_scale").tensor().get(0);
            double ofResult = arguments.input("y_scale").tensor().get(0);
            double zero = arguments.input("y_zero_point").tensor().get(0);
            double[] ofWeights = Dots.values(arguments.input("w_scale").tensor());
            double[] bias =
                    call.hasInput("B") ? Dots.values(arguments.input("B").tensor()) : new double[0];
            geometry.run(
                    arithmetic.integers(),
                    data,
                    0,
                    weights,
                    arguments.output("y").tensor(),
                    (sum, channel) -> {
                        double total = arithmetic.round(bias.length == 0 ? sum : sum + bias[channel]);
                        double factor = arithmetic.divide(
                                arithmetic.multiply(ofData, ofWeights[ofWeights.length == 1 ? 0 : channel]), ofResult);
                        return Dots.clamped(Math.rint(arithmetic.multiply(total, factor)) + zero, type);
                    });
        };
    }
}
