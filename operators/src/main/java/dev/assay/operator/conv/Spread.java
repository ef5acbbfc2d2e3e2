package dev.assay.operator.conv;

import dev.assay.numerics.Matrix;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.gemm.Sum;
import dev.assay.tensor.Shape;

/// The way back from the output of a convolution to its data: every element of the data takes part in
/// the places of
/// the output whose kernel lies over it.
final class Spread {
    private final Window window;
    private final double[] weights;
    private final double[] dy;
    private final Shape image;
    private final Shape kernel;
    private final Shape places;
    private final int channels;
    private final int taps;

    /// @param weights all of them
    /// @param dy all gradients of the output
    Spread(Window window, double[] weights, double[] dy) {
        this.window = window;
        this.weights = weights;
        this.dy = dy;
        this.image = window.x().slice(2, window.x().rank());
        this.kernel = window.kernel();
        this.places = window.places();
        this.channels = Math.toIntExact(window.w().dim(0) / window.group());
        this.taps = Math.toIntExact(kernel.elements());
    }

    /// Terms of a sum: channels of the output by elements of the kernel.
    int depth() {
        return Math.multiplyExact(channels, taps);
    }

    /// Weights of a group, a row for each channel of the data.
    Matrix weights(long product) {
        int ofData = Math.toIntExact(window.w().dim(1));
        int first = Math.toIntExact(product % window.group() * channels * ofData * taps);
        double[] turned = new double[ofData * depth()];
        for (int c = 0; c < ofData; c++) {
            for (int m = 0; m < channels; m++) {
                System.arraycopy(weights, first + (m * ofData + c) * taps, turned, (c * channels + m) * taps, taps);
            }
        }
        return Matrix.of(turned, 0, depth());
    }

    private int gradientsFrom(long product) {
        long group = product % window.group();
        long number = product / window.group();
        return Math.toIntExact((number * window.w().dim(0) + group * channels) * places.elements());
    }

    /// Number of the place whose kernel has an element over one of the data; -1 if there is none.
    private long place(long[] pixel, long[] tap) {
        long number = 0;
        for (int d = 0; d < pixel.length; d++) {
            long moved = pixel[d]
                    + window.before().get(d)
                    - tap[d] * window.dilations().get(d);
            long stride = window.strides().get(d);
            if (moved < 0 || moved % stride != 0 || moved / stride >= places.dim(d)) {
                return -1;
            }
            number = number * places.dim(d) + moved / stride;
        }
        return number;
    }

    /// The gradients of an image's group, a column for each element of the data; 0 where no kernel lies.
    Matrix gradients(long product) {
        int from = gradientsFrom(product);
        int pixels = Math.toIntExact(image.elements());
        int[] sources = new int[taps * pixels];
        for (int tap = 0; tap < taps; tap++) {
            long[] at = kernel.coordinates(tap);
            for (int pixel = 0; pixel < pixels; pixel++) {
                sources[tap * pixels + pixel] = (int) place(image.coordinates(pixel), at);
            }
        }
        int each = Math.toIntExact(places.elements());
        return new Matrix() {
            @Override
            public boolean rowMajor() {
                return true;
            }

            @Override
            public void row(long row, long column, int count, double[] into, int at) {
                int channel = from + (int) (row / taps) * each;
                int line = (int) (row % taps) * pixels + (int) column;
                for (int i = 0; i < count; i++) {
                    int source = sources[line + i];
                    into[at + i] = source < 0 ? 0 : dy[channel + source];
                }
            }

            @Override
            public void column(long column, long row, int count, double[] into, int at) {
                for (int i = 0; i < count; i++) {
                    row(row + i, column, 1, into, at + i);
                }
            }
        };
    }

    /// Replaces a sum that is not finite by that of the products there are, without those of zeros
    /// that are put in; a
    /// kernel may have either. Its error is at most `gamma(k) Σ|t|` with 2^-8 for the unit of any
    /// accumulator
    /// (Higham 2002, section 3.1).
    void withoutZeros(Sum sum, long product, long row, long column) {
        Matrix of = weights(product);
        double[] line = new double[depth()];
        of.row(row, 0, line.length, line, 0);
        int from = gradientsFrom(product);
        long[] pixel = image.coordinates(column);
        double value = 0;
        double size = 0;
        for (int k = 0; k < line.length; k++) {
            long place = place(pixel, kernel.coordinates(k % taps));
            if (place >= 0) {
                double term = line[k] * dy[from + Math.toIntExact(k / taps * places.elements() + place)];
                value += term;
                size += Math.abs(term);
            }
        }
        double certain = Double.isFinite(value) ? line.length * 0x1p-8 * size : 0;
        sum.set(value, certain, ExpectedBlock.OR_NOT_FINITE);
    }
}
