package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// The `K` largest or smallest elements of each line along a dimension, and their indices.
///
/// - of equal elements the one with the lower index comes first
/// - with `sorted` 0 they may stand in any order
/// - ONNX says nothing of NaN: in a line that holds one, any `K` different indices are right whose elements are the
///   values
/// - source: ONNX TopK-24
public final class TopK extends AxisOperator {
    public TopK() {
        super(
                "top_k",
                "TopK",
                new About(
                        "the K largest or smallest x of each line, and their indices",
                        "ONNX TopK-24",
                        About.Errors.INDEX),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", Signature.numbers(), "any shape but a scalar's"),
                                Parameter.constant("K", "I", Signature.only(DType.I64), "how many, one number")),
                        List.of(
                                Parameter.required("Values", "T", Signature.numbers(), "K along the dimension"),
                                Parameter.required("Indices", "I", Signature.only(DType.I64), "where they are")),
                        List.of(
                                AttributeSpec.integer(
                                        "axis", -1, "dimension of the lines; negative counts from the end"),
                                AttributeSpec.integer("largest", 1, "1: the largest; 0: the smallest"),
                                AttributeSpec.integer("sorted", 1, "1: in order; 0: in any order"))));
    }

    /// An approximate search: lines are divided into bins, and of each only the best takes part.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Tensor x = inputs.get("X");
        if (!x.dtype().isFloat()) {
            return List.of();
        }
        boolean largest = call.attributes().integer("largest") != 0;
        long length = shape(call).dim(axis(call));
        long inner = shape(call).slice(axis(call) + 1, shape(call).rank()).elements();
        List<Misreading> all = new ArrayList<>();
        for (long size = 2; size <= 128 && size < length; size *= 2) {
            long bin = size;
            all.add(Rereading.of(call, inputs)
                    .input("X", x.dtype(), x.shape(), n -> {
                        long at = n / inner % length;
                        long first = n - at % bin * inner;
                        double mine = x.get(n);
                        for (long i = 0; i < Math.min(bin, length - (at - at % bin)); i++) {
                            double other = x.get(first + i * inner);
                            if (largest ? other > mine : other < mine) {
                                return largest ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
                            }
                        }
                        return mine;
                    })
                    .as("terms-missing", "only the best of " + bin + " neighbours can be among the results"));
        }
        return all;
    }

    private int howMany(Call call) {
        List<Long> given = call.constants().getOrDefault("K", List.of());
        long size = shape(call).dim(axis(call));
        if (given.size() != 1 || given.getFirst() < 0 || given.getFirst() > size) {
            throw invalid("K " + given + " of lines of " + size, "input K", "give one number from 0 to " + size);
        }
        return Math.toIntExact(given.getFirst());
    }

    private TensorLines results(Call call) {
        return TensorLines.along(shape(call).with(axis(call), howMany(call)), axis(call));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        requireFlag(call, "largest");
        requireFlag(call, "sorted");
        Shape shape = shape(call).with(axis(call), howMany(call));
        return List.of(TensorSpec.dense(call.input("X").dtype(), shape), TensorSpec.dense(DType.I64, shape));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(call, inputs.get("X"));
    }

    private final class Reference extends LineOracle {
        private final TensorLines lines;
        private final TensorLines results;
        private final Tensor x;
        private final int count;
        private final boolean largest;
        private final boolean sorted;

        Reference(Call call, Tensor x) {
            this(call, x, lines(call), results(call));
        }

        private Reference(Call call, Tensor x, TensorLines lines, TensorLines results) {
            super(lines.length(), List.of(Layout.whole(results), Layout.whole(results)));
            this.lines = lines;
            this.results = results;
            this.x = x;
            this.count = results.length();
            this.largest = call.attributes().integer("largest") != 0;
            this.sorted = call.attributes().integer("sorted") != 0;
        }

        @Override
        protected Line line(long number, Observed device) {
            boolean nan = false;
            int[] order;
            if (x.dtype().isFloat()) {
                double[] values = lines.read(x, number);
                for (double value : values) {
                    nan |= Double.isNaN(value);
                }
                order = best(values.length, (a, b) -> compare(values[a], values[b]));
            } else {
                long[] values = lines.readIntegers(x, number);
                boolean unsigned = x.dtype().kind() == DType.Kind.UNSIGNED;
                order = best(
                        values.length,
                        (a, b) -> unsigned
                                ? Long.compareUnsigned(values[a], values[b])
                                : Long.compare(values[a], values[b]));
            }
            int[] chosen = (nan || !sorted) && count > 0 ? observed(order, nan, number, device) : order;
            return (output, position, into, to) -> {
                if (output == 1) {
                    into.setInteger(to, chosen[position], DType.I64);
                } else {
                    long code = x.codeAt(x.position(lines.number(number, chosen[position])));
                    if (x.dtype().isFloat()) {
                        into.values()[to] = x.dtype().decode(code);
                    } else {
                        into.setInteger(to, code, x.dtype());
                    }
                }
            };
        }

        /// As numbers, so that zeros are equal; NaN is the largest.
        private static int compare(double a, double b) {
            return a < b ? -1 : a > b ? 1 : Boolean.compare(Double.isNaN(a), Double.isNaN(b));
        }

        /// The best ones in order.
        private int[] best(int length, Comparator<Integer> ascending) {
            if (count == 0) {
                return new int[0];
            }
            Comparator<Integer> better = (largest ? ascending.reversed() : ascending).thenComparing(Integer::compare);
            PriorityQueue<Integer> kept = new PriorityQueue<>(better.reversed());
            for (int i = 0; i < length; i++) {
                if (kept.size() < count) {
                    kept.add(i);
                } else if (better.compare(i, kept.element()) < 0) {
                    kept.remove();
                    kept.add(i);
                }
            }
            return kept.stream().sorted(better).mapToInt(Integer::intValue).toArray();
        }

        /// The device's own indices where they will do, otherwise the right order.
        private int[] observed(int[] order, boolean any, long number, Observed device) {
            Tensor indices = device.output(1);
            int[] theirs = new int[count];
            for (int i = 0; i < count; i++) {
                double index = indices.get(results.number(number, i));
                if (!(index >= 0 && index < lines.length())) {
                    return order;
                }
                theirs[i] = (int) index;
            }
            int[] a = theirs.clone();
            int[] b = order.clone();
            Arrays.sort(a);
            Arrays.sort(b);
            boolean different = Arrays.stream(a).distinct().count() == count;
            return different && (any || Arrays.equals(a, b)) ? theirs : order;
        }
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return shape(call).isEmpty()
                ? List.of()
                : List.of(new Probe("integers(-4,4)", false, "of equal elements another one is chosen"));
    }
}
