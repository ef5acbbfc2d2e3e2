package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// The elements of each line along a dimension in order, and where each of them was.
///
/// - NaN is larger than every number, infinity included: last, or first with `descending`
/// - both zeros are equal, and so are all NaN
/// - with `stable` equal elements keep their order, also with `descending`; without it they may stand in any
/// - an empty line stays empty
/// - source: torch.sort of PyTorch 2.9, whose tests (test_sort_and_select.py) say where NaN stands
public final class Sort extends AxisOperator {
    public Sort() {
        super(
                "sort",
                "",
                new About("the x of each line in order, and their indices", "PyTorch torch.sort", About.Errors.INDEX),
                new Signature(
                        List.of(Parameter.required("X", "T", Signature.numbers(), "any shape but a scalar's")),
                        List.of(
                                Parameter.required("Values", "T", Signature.numbers(), "like X"),
                                Parameter.required("Indices", "I", Signature.only(DType.I64), "where they were")),
                        List.of(
                                AttributeSpec.integer(
                                        "axis", -1, "dimension of the lines; negative counts from the end"),
                                AttributeSpec.integer("descending", 0, "1: the largest first"),
                                AttributeSpec.integer("stable", 0, "1: equal elements keep their order"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        requireFlag(call, "descending");
        requireFlag(call, "stable");
        axis(call);
        return List.of(
                TensorSpec.dense(call.input("X").dtype(), shape(call)), TensorSpec.dense(DType.I64, shape(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(call, inputs.get("X"), lines(call));
    }

    private static final class Reference extends LineOracle {
        private final TensorLines lines;
        private final Tensor x;
        private final boolean descending;
        private final boolean stable;

        Reference(Call call, Tensor x, TensorLines lines) {
            super(lines.length(), List.of(Layout.whole(lines), Layout.whole(lines)));
            this.lines = lines;
            this.x = x;
            this.descending = call.attributes().integer("descending") != 0;
            this.stable = call.attributes().integer("stable") != 0;
        }

        @Override
        protected Line line(long number, Observed device) {
            long[] keys = keys(number);
            // Streams keep the order of equal elements.
            int[] right = IntStream.range(0, keys.length)
                    .boxed()
                    .sorted(Comparator.comparingLong(i -> keys[i]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            int[] places = stable ? right : observed(right, keys, number, device);
            return (output, position, into, to) -> {
                if (output == 1) {
                    into.setInteger(to, places[position], DType.I64);
                } else {
                    into.setInteger(to, x.codeAt(x.position(lines.number(number, right[position]))), x.dtype());
                }
            };
        }

        /// Whole numbers in the order that is asked for: equal if and only if the elements are.
        private long[] keys(long number) {
            long[] keys;
            if (x.dtype().isFloat()) {
                keys = new long[lines.length()];
                double[] values = lines.read(x, number);
                for (int i = 0; i < keys.length; i++) {
                    // One NaN and one zero for all. The bits of numbers of one sign are in the order of their sizes.
                    long bits = Double.doubleToLongBits(values[i] + 0.0);
                    keys[i] = bits < 0 ? Long.MIN_VALUE - bits : bits;
                }
            } else {
                keys = lines.readIntegers(x, number);
                for (int i = 0; i < keys.length && x.dtype().kind() == DType.Kind.UNSIGNED; i++) {
                    keys[i] ^= Long.MIN_VALUE;
                }
            }
            for (int i = 0; i < keys.length && descending; i++) {
                keys[i] = ~keys[i];
            }
            return keys;
        }

        /// The device's own indices where they differ from the right ones among equal elements only.
        private int[] observed(int[] right, long[] keys, long number, Observed device) {
            Tensor indices = device.output(1);
            int[] theirs = new int[right.length];
            boolean[] taken = new boolean[right.length];
            for (int i = 0; i < right.length; i++) {
                double index = indices.get(lines.number(number, i));
                if (!(index >= 0 && index < right.length)) {
                    return right;
                }
                theirs[i] = (int) index;
                if (taken[theirs[i]] || keys[theirs[i]] != keys[right[i]]) {
                    return right;
                }
                taken[theirs[i]] = true;
            }
            return theirs;
        }
    }

    /// A comparison for each halving of a line, of each element.
    @Override
    public Cost cost(Call call) {
        long elements = shape(call).elements();
        long length = Math.max(1, shape(call).dim(axis(call)));
        double comparisons = 64 - Long.numberOfLeadingZeros(length - 1);
        return new Cost(comparisons * elements, call.tensorBytes());
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return shape(call).isEmpty() || call.attributes().integer("stable") == 0
                ? List.of()
                : List.of(new Probe("integers(-4,4)", false, "equal elements change places"));
    }
}
