package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import java.util.Arrays;

/// Gradients of a convolution: the data beneath the kernel is copied out for the weights' gradient; for the data's, the
/// terms of each element are gathered from the places that its kernels lie at.
final class ConvGradientKernel {
    private final ConvKernels.Geometry geometry;
    private final Arithmetic arithmetic;
    private final int images;
    private final int groups;
    /// Channels of the output and of the data, to a group.
    private final int outer;

    private final int inner;
    private final Shape image;
    private final Shape places;
    private final Shape taps;

    private ConvGradientKernel(Call call, Arithmetic arithmetic) {
        this.geometry =
                new ConvKernels.Geometry(call, "X", "W", call.input("dY").shape());
        this.arithmetic = arithmetic;
        this.images = Math.toIntExact(geometry.x.dim(0));
        this.groups = geometry.groups;
        this.outer = Math.toIntExact(geometry.w.dim(0) / groups);
        this.inner = Math.toIntExact(geometry.w.dim(1));
        this.image = geometry.x.slice(2, geometry.x.rank());
        this.places = geometry.y.slice(2, geometry.y.rank());
        this.taps = geometry.w.slice(2, geometry.w.rank());
    }

    static SharedKernel plan(Call call, Arithmetic arithmetic) {
        ConvGradientKernel kernel = new ConvGradientKernel(call, arithmetic);
        return arguments -> {
            double[] dy = Dots.values(arguments.input("dY").tensor());
            double[] x = Dots.values(arguments.input("X").tensor());
            Dots.store(kernel.ofWeights(dy, x), arguments.output("dW").tensor(), 0);
            double[] w = Dots.values(arguments.input("W").tensor());
            Dots.store(kernel.ofData(dy, w), arguments.output("dX").tensor(), 0);
            if (call.hasOutput("dB")) {
                Dots.store(kernel.ofBias(dy), arguments.output("dB").tensor(), 0);
            }
        };
    }

    /// The gradients of some channels at all places of all images, channel by channel.
    private double[] channels(double[] dy, int first, int count) {
        int each = Math.toIntExact(places.elements());
        double[] all = new double[count * images * each];
        for (int c = 0; c < count; c++) {
            for (int i = 0; i < images; i++) {
                int from = Math.toIntExact((i * geometry.w.dim(0) + first + c) * each);
                System.arraycopy(dy, from, all, (c * images + i) * each, each);
            }
        }
        return all;
    }

    private double[] ofWeights(double[] dy, double[] x) {
        int each = Math.toIntExact(places.elements());
        int terms = images * each;
        int width = Math.toIntExact(inner * taps.elements());
        double[] result = new double[Math.toIntExact(geometry.w.elements())];
        for (int group = 0; group < groups; group++) {
            double[] patches = new double[Math.multiplyExact(terms, width)];
            int own = group;
            Parallel.forEach(terms, term -> {
                long first = (term / each * geometry.x.dim(1) + (long) own * inner) * image.elements();
                geometry.copyOut(x, first, term % each, 0, patches, term * width);
            });
            double[] sums = Dots.multiply(
                    arithmetic,
                    Matrix.of(channels(dy, group * outer, outer), 0, terms),
                    Matrix.of(patches, 0, width),
                    outer,
                    width,
                    terms);
            System.arraycopy(sums, 0, result, group * outer * width, sums.length);
        }
        return result;
    }

    private double[] ofBias(double[] dy) {
        int terms = Math.toIntExact(images * places.elements());
        double[] all = channels(dy, 0, groups * outer);
        double[] sums = new double[groups * outer];
        for (int c = 0; c < sums.length; c++) {
            sums[c] = arithmetic.sum(Arrays.copyOfRange(all, c * terms, (c + 1) * terms), terms);
        }
        return sums;
    }

    private double[] ofData(double[] dy, double[] w) {
        int pixels = Math.toIntExact(image.elements());
        int count = Math.toIntExact(taps.elements());
        double[] result = new double[Math.toIntExact(geometry.x.elements())];
        Parallel.forEach(pixels, pixel -> {
            long[] at = image.coordinates(pixel);
            double[] left = new double[outer * count];
            double[] right = new double[outer * count];
            int[] found = new int[count];
            long[] lying = new long[count];
            int met = 0;
            for (int tap = 0; tap < count; tap++) {
                long place = place(at, taps.coordinates(tap));
                if (place >= 0) {
                    found[met] = tap;
                    lying[met++] = place;
                }
            }
            for (int i = 0; i < images; i++) {
                for (int channel = 0; channel < groups * inner; channel++) {
                    int group = channel / inner;
                    int terms = 0;
                    for (int m = group * outer; m < (group + 1) * outer; m++) {
                        for (int n = 0; n < met; n++) {
                            left[terms] =
                                    dy[Math.toIntExact((i * geometry.w.dim(0) + m) * places.elements() + lying[n])];
                            right[terms++] = w[(m * inner + channel % inner) * count + found[n]];
                        }
                    }
                    result[(i * groups * inner + channel) * pixels + pixel] = arithmetic.dot(left, right, terms);
                }
            }
        });
        return result;
    }

    /// Where a kernel lies whose element `tap` is over an element of the data; negative if nowhere.
    private long place(long[] at, long[] tap) {
        long number = 0;
        for (int d = 0; d < at.length; d++) {
            long from = at[d] + geometry.front[d] - tap[d] * geometry.dilations.get(d);
            long step = geometry.strides.get(d);
            if (from < 0 || from % step != 0 || from / step >= places.dim(d)) {
                return -1;
            }
            number = number * places.dim(d) + from / step;
        }
        return number;
    }
}
