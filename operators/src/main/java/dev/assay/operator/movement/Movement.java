package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Parallel;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Region;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.OnnxTypes;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Base of the operators that only move data: a subclass says where each element of the output comes from.
public abstract class Movement extends NamedOperator {
    private static final int CHUNK = 1 << 12;

    /// @param onnxType empty if ONNX has no such operator
    protected Movement(String name, String onnxType, About about, Signature signature) {
        super(name, onnxType, about, signature);
    }

    /// Moves data and rounds nothing.
    protected static About about(String formula, String source) {
        return new About(formula, source, About.Errors.EXACT);
    }

    private enum Kind {
        ELEMENT,
        CONSTANT,
        WHOLE,
        WRITTEN,
        OPEN
    }

    /// Where an element comes from.
    public static final class Origin {
        private static final long[] NONE = new long[0];

        private Kind kind = Kind.OPEN;
        Tensor tensor;
        long index;
        double constant;
        Reduction reduction = Reduction.NONE;
        Tensor updates;
        long[] which = NONE;

        private Origin(Tensor any) {
            this.tensor = any;
            this.updates = any;
        }

        /// The element of an input with this row-major number.
        public void element(Tensor input, long number) {
            kind = Kind.ELEMENT;
            tensor = input;
            index = number;
        }

        /// A constant, rounded to the output's type.
        public void constant(double value) {
            kind = Kind.CONSTANT;
            constant = value;
        }

        /// A whole number, of which integer types of 64 bits have more than f64.
        public void whole(long value) {
            kind = Kind.WHOLE;
            index = value;
        }

        /// What is left of an element of `input` after elements of `from` were written to its place.
        ///
        /// @param how what comes of those that meet there
        /// @param numbers of the elements of `from`, at least one
        public void written(Reduction how, Tensor input, long number, Tensor from, long... numbers) {
            kind = Kind.WRITTEN;
            reduction = how;
            tensor = input;
            index = number;
            updates = from;
            which = numbers;
        }

        /// Nothing is said about this element.
        public void open() {
            kind = Kind.OPEN;
        }
    }

    /// Says where the elements of an output come from. Asked by many threads at a time.
    @FunctionalInterface
    public interface Placement {
        /// Hands over where one element comes from.
        ///
        /// @param at coordinates in the output; the method may overwrite them
        void find(long[] at, Origin into);
    }

    /// Where an output's elements come from, with everything worked out that does not depend on the element.
    ///
    /// @param output position in `call.outputs()`
    protected abstract Placement placement(Call call, Inputs inputs, int output);

    /// The inputs that hold the data, whose values may be anything; all others say where data goes.
    protected List<String> data(Call call) {
        return List.of(call.inputs().getFirst().name());
    }

    /// An axis from 0, where negative ones count from the end. Throws [InvalidCallException].
    protected final int axis(long axis, int rank, String attribute) {
        if (axis < -rank || axis >= rank) {
            throw new InvalidCallException(
                    attribute + " " + axis + " of a tensor of rank " + rank,
                    name() + ", " + attribute,
                    "give a number from " + -rank + " to " + (rank - 1));
        }
        return Math.toIntExact(axis < 0 ? axis + rank : axis);
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(call, inputs, contract);
    }

    /// Moves and computes nothing.
    @Override
    public Cost cost(Call call) {
        return new Cost(0, call.tensorBytes());
    }

    /// Data as the data set has it; what says where it goes is the operator's own choice.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        boolean chosen = !data(call).contains(input) && !call.constants().containsKey(input);
        return chosen ? places(call, input) : super.fill(call, input, dataSet);
    }

    /// Values of an input that says where data goes.
    protected Fill places(Call call, String input) {
        throw new IllegalStateException(name() + " does not say how to fill '" + input + "' of " + call);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return List.of(new Probe("codes", false, "some values of the type are not copied as they are"));
    }

    /// A fill of whole numbers from `low` to `high`, both included.
    protected static Fill wholeNumbers(long low, long high) {
        return Fills.of("integers", (double) low, (double) high);
    }

    /// Indices of a dimension, half of them counted from its end.
    protected static Fill indices(long size) {
        return wholeNumbers(-size, Math.max(0, size - 1));
    }

    /// The values of a constant input that the call may leave out.
    protected static List<Long> constant(Call call, String input, List<Long> standard) {
        return call.constants().getOrDefault(input, standard);
    }

    /// The values of a constant input.
    protected static List<Long> constant(Call call, String input) {
        return constant(call, input, List.of());
    }

    /// The value of a constant input of one element. Throws [InvalidCallException] if it has more or none.
    protected final long single(Call call, String input) {
        List<Long> values = constant(call, input);
        if (values.size() != 1) {
            throw invalid(values.size() + " values", "input " + input, "give one");
        }
        return values.getFirst();
    }

    /// Axes from 0, in the order given. Throws [InvalidCallException] for one out of range, or that is there twice.
    protected final int[] axes(List<Long> axes, int rank, String operand) {
        int[] found = new int[axes.size()];
        boolean[] seen = new boolean[rank];
        for (int i = 0; i < found.length; i++) {
            found[i] = axis(axes.get(i), rank, operand);
            if (seen[found[i]]) {
                throw invalid("axis " + found[i] + " is there twice in " + axes, operand, "name each axis once");
            }
            seen[found[i]] = true;
        }
        return found;
    }

    /// The type with this number in ONNX. Throws [InvalidCallException] if there is none.
    protected final DType onnxType(long number) {
        return OnnxTypes.find(number)
                .orElseThrow(() -> invalid(
                        "tensor type " + number,
                        "attribute dtype",
                        "use the number that TensorProto.DataType gives a type of numbers"));
    }

    /// Refuses indices that do not have the data's dimensions, or more places than it along another than `axis`.
    protected final void checkPlaces(Shape data, Shape indices, int axis) {
        boolean fits = data.rank() == indices.rank() && (data.dim(axis) > 0 || indices.isEmpty());
        for (int i = 0; i < data.rank() && fits; i++) {
            fits = i == axis || indices.dim(i) <= data.dim(i);
        }
        if (!fits) {
            throw invalid(
                    "indices " + indices + " into " + data,
                    "input indices",
                    "give as many dimensions, none but " + axis + " longer");
        }
    }

    /// The row-major number of coordinates in a tensor with these dense strides.
    protected static long number(long[] at, long[] strides) {
        long number = 0;
        for (int i = 0; i < strides.length; i++) {
            number += at[i] * strides[i];
        }
        return number;
    }

    /// An index of a dimension from an index tensor, where negative ones count from the end; -1 if it is out of range.
    protected static long index(Tensor indices, long element, long size) {
        long given = indices.dtype().decodeLong(indices.codeAt(indices.position(element)));
        return given < -size || given >= size ? -1 : given < 0 ? given + size : given;
    }

    private final class Reference implements Oracle {
        private final Call call;
        private final Inputs inputs;
        private final ComputeContract contract;
        private final List<Placement> placements;

        Reference(Call call, Inputs inputs, ComputeContract contract) {
            this.call = call;
            this.inputs = inputs;
            this.contract = contract;
            this.placements = java.util.stream.IntStream.range(0, call.outputs().size())
                    .mapToObj(output -> placement(call, inputs, output))
                    .toList();
        }

        private TensorSpec spec(int output) {
            return call.outputs()
                    .get(output)
                    .spec()
                    .orElseGet(() -> outputs(call).get(output));
        }

        @Override
        public Shape shape(int output) {
            return spec(output).shape();
        }

        @Override
        public long cluster(int output) {
            return 1;
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            Placement placement = placements.get(output);
            TensorSpec spec = spec(output);
            Written written = new Written(contract, spec.dtype(), () -> device.output(output));
            int elements = Math.toIntExact(region.elements());
            Tensor any = inputs.get(data(call).getFirst());
            Parallel.forEach(Math.ceilDiv(elements, CHUNK), part -> {
                Origin origin = new Origin(any);
                int end = Math.min(elements, (part + 1) * CHUNK);
                for (int i = part * CHUNK; i < end; i++) {
                    placement.find(region.coordinates(i), origin);
                    switch (origin.kind) {
                        case ELEMENT -> copy(origin.tensor, origin.index, i, into);
                        case CONSTANT -> constant(origin.constant, spec.dtype(), i, into);
                        case WHOLE -> into.setInteger(i, spec.dtype().encodeLong(origin.index), spec.dtype());
                        case WRITTEN -> {
                            long number = region.number(spec.shape(), i);
                            written.expect(origin, number, i, into);
                        }
                        case OPEN -> into.mark(i, ExpectedBlock.ANY);
                    }
                }
            });
        }

        private static void constant(double value, DType dtype, int i, ExpectedBlock into) {
            into.values()[i] = value;
            if (value == 0 && dtype.round(0) != 0) {
                // A type without a zero: ONNX does not say what stands for it.
                into.mark(i, ExpectedBlock.ANY);
            }
        }
    }

    static void copy(Tensor from, long index, int i, ExpectedBlock into) {
        if (from.dtype().bits() == 64 && !from.dtype().isFloat()) {
            into.setInteger(i, from.codeAt(from.position(index)), from.dtype());
        } else {
            into.values()[i] = from.get(index);
        }
    }
}
