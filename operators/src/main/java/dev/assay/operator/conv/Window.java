package dev.assay.operator.conv;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.numerics.Matrix;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.gemm.ProductOracle;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// How a kernel moves over the data of a convolution.
///
/// @param x `[n,c,d1,..]`
/// @param w `[m,c / group,k1,..]`
/// @param output `[n,m,o1,..]`
/// @param before padding in front of each dimension
record Window(Shape x, Shape w, Shape output, List<Long> before, List<Long> strides, List<Long> dilations, long group) {

    static final List<AttributeSpec> ATTRIBUTES = List.of(
            new AttributeSpec(
                    "auto_pad",
                    Attribute.Text.class,
                    java.util.Optional.of(new Attribute.Text("NOTSET")),
                    "NOTSET, SAME_UPPER, SAME_LOWER or VALID: how padding follows from the sizes"),
            AttributeSpec.optional("dilations", Attribute.Ints.class, "distance of the kernel's elements; 1 each"),
            AttributeSpec.integer("group", 1, "parts of the channels that know nothing of each other"),
            AttributeSpec.optional("kernel_shape", Attribute.Ints.class, "sizes of the kernel, those of the weights"),
            AttributeSpec.optional("pads", Attribute.Ints.class, "zeros before each dimension, then behind each"),
            AttributeSpec.optional("strides", Attribute.Ints.class, "steps of the kernel; 1 each"));

    /// Reads the attributes. Throws [InvalidCallException].
    static Window of(Call call, String data, String weights) {
        String where = call.operator();
        Shape x = call.input(data).shape();
        Shape w = call.input(weights).shape();
        if (x.rank() < 3 || x.rank() != w.rank()) {
            throw new InvalidCallException(
                    data + " is " + x + " and " + weights + " " + w, where, "give both n + 2 dimensions, n at least 1");
        }
        int n = x.rank() - 2;
        long group = call.attributes().integer("group");
        if (group < 1 || x.dim(1) != w.dim(1) * group || w.dim(0) % group != 0) {
            throw new InvalidCallException(
                    "group " + group + " of " + data + " " + x + " and " + weights + " " + w,
                    where + ", attribute group",
                    "make the channels " + w.dim(1) + " times the groups, and the weights a multiple of these");
        }
        Shape kernel = w.slice(2, w.rank());
        List<Long> shape = list(call, "kernel_shape", kernel.toList(), where);
        if (!shape.equals(kernel.toList())) {
            throw new InvalidCallException(
                    "kernel_shape " + shape + " and weights " + w,
                    where + ", attribute kernel_shape",
                    "make them agree");
        }
        List<Long> strides = list(call, "strides", Collections.nCopies(n, 1L), where);
        List<Long> dilations = list(call, "dilations", Collections.nCopies(n, 1L), where);
        positive(strides, where + ", attribute strides");
        positive(dilations, where + ", attribute dilations");
        List<Long> pads = list(call, "pads", Collections.nCopies(2 * n, 0L), where);
        String automatic = call.attributes().text("auto_pad");
        Long[] before = new Long[n];
        long[] output = new long[n + 2];
        output[0] = x.dim(0);
        output[1] = w.dim(0);
        for (int d = 0; d < n; d++) {
            long size = x.dim(d + 2);
            long reach = (kernel.dim(d) - 1) * dilations.get(d) + 1;
            long both = switch (automatic) {
                case "NOTSET" -> pads.get(d) + pads.get(d + n);
                case "VALID" -> 0;
                case "SAME_UPPER", "SAME_LOWER" ->
                    Math.max(0, (Math.ceilDiv(size, strides.get(d)) - 1) * strides.get(d) + reach - size);
                default ->
                    throw new InvalidCallException(
                            "auto_pad '" + automatic + "'",
                            where + ", attribute auto_pad",
                            "use one of [NOTSET, SAME_LOWER, SAME_UPPER, VALID]");
            };
            before[d] = automatic.equals("NOTSET")
                    ? pads.get(d)
                    : automatic.equals("SAME_LOWER") ? Math.ceilDiv(both, 2L) : both / 2;
            if (size + both < reach || kernel.dim(d) == 0) {
                throw new InvalidCallException(
                        "a kernel that reaches over " + reach + " of " + (size + both) + " elements",
                        where,
                        "make it no larger than the padded data, and not empty");
            }
            output[d + 2] = (size + both - reach) / strides.get(d) + 1;
        }
        return new Window(x, w, Shape.of(output), List.of(before), strides, dilations, group);
    }

    private static List<Long> list(Call call, String name, List<Long> standard, String where) {
        List<Long> given = call.attributes().has(name) ? call.attributes().integers(name) : standard;
        boolean padding = name.equals("pads");
        if (given.size() != standard.size() || (padding && given.stream().anyMatch(pad -> pad < 0))) {
            throw new InvalidCallException(
                    name + " " + given,
                    where + ", attribute " + name,
                    "give " + standard.size() + " numbers" + (padding ? ", none negative" : ""));
        }
        return given;
    }

    private static void positive(List<Long> numbers, String where) {
        if (numbers.stream().anyMatch(number -> number < 1)) {
            throw new InvalidCallException("a step in " + numbers, where, "give positive numbers");
        }
    }

    Shape kernel() {
        return w.slice(2, w.rank());
    }

    /// Places of the kernel.
    Shape places() {
        return output.slice(2, output.rank());
    }

    /// Terms of a sum.
    int depth() {
        return Math.toIntExact(w.dim(1) * kernel().elements());
    }

    /// One product for each image and group: weights by patches of the data.
    ProductOracle.Layout layout() {
        return new ProductOracle.Layout(output, x.dim(0) * group, w.dim(0) / group, places().elements(), depth());
    }

    /// Channel of the output that a row of a product makes.
    long channel(long product, long row) {
        return product % group * (w.dim(0) / group) + row;
    }

    /// The weights of a group, a line for each channel of the output.
    ///
    /// @param values of all weights
    Matrix weights(double[] values, long product) {
        long first = product % group * (w.dim(0) / group) * depth();
        return Matrix.of(values, Math.toIntExact(first), depth());
    }

    /// The patches of an image's group, a column for each place of the kernel. What lies in the padding
    /// is 0.
    ///
    /// @param tensor the data
    /// @param zero taken from every element of the data
    Matrix patches(Tensor tensor, long product, double zero) {
        long channels = w.dim(1);
        Shape image = x.slice(2, x.rank());
        double[] values = new double[Math.toIntExact(channels * image.elements())];
        long image0 = product / group * x.dim(1) + product % group * channels;
        tensor.decode(image0 * image.elements(), values.length, values, 0);
        if (zero != 0) {
            for (int i = 0; i < values.length; i++) {
                values[i] -= zero;
            }
        }
        return new Patches(values, image, kernel(), places());
    }

    private final class Patches implements Matrix {
        private final double[] values;
        private final Shape image;
        private final Shape kernel;
        private final Shape places;
        private final int n;
        private final int[] size;
        private final int[] step;

        Patches(double[] values, Shape image, Shape kernel, Shape places) {
            this.values = values;
            this.image = image;
            this.kernel = kernel;
            this.places = places;
            this.n = image.rank();
            this.size =
                    Arrays.stream(image.toArray()).mapToInt(Math::toIntExact).toArray();
            this.step = Arrays.stream(image.denseStrides())
                    .mapToInt(Math::toIntExact)
                    .toArray();
        }

        @Override
        public boolean rowMajor() {
            return true;
        }

        /// Where an element of the kernel at a place of it lies along a dimension; outside of the data
        /// in the padding.
        private long along(int d, long place, long tap) {
            return place * strides.get(d) - before.get(d) + tap * dilations.get(d);
        }

        /// One channel and element of the kernel, at places that follow each other.
        @Override
        public void row(long row, long column, int count, double[] into, int at) {
            long taps = kernel.elements();
            long[] tap = kernel.coordinates(row % taps);
            int channel = (int) (row / taps * image.elements());
            int done = 0;
            long last = places.dim(-1);
            long stride = strides.get(n - 1);
            while (done < count) {
                long[] place = places.coordinates(column + done);
                int run = (int) Math.min(count - done, last - place[n - 1]);
                int line = channel;
                boolean inside = true;
                for (int d = 0; d < n - 1; d++) {
                    long position = along(d, place[d], tap[d]);
                    inside &= position >= 0 && position < size[d];
                    line += (int) position * step[d];
                }
                long position = along(n - 1, place[n - 1], tap[n - 1]);
                for (int i = 0; i < run; i++) {
                    boolean within = inside && position >= 0 && position < size[n - 1];
                    into[at + done + i] = within ? values[line + (int) position] : 0;
                    position += stride;
                }
                done += run;
            }
        }

        @Override
        public void column(long column, long row, int count, double[] into, int at) {
            for (int i = 0; i < count; i++) {
                row(row + i, column, 1, into, at + i);
            }
        }
    }
}
