package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Parallel;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Region;
import dev.assay.operator.Signature;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// Base of the operators that only move data: a subclass says where each element of the output comes from.
public abstract class Movement implements Operator {
    private static final int CHUNK = 1 << 12;

    private final String name;
    private final String onnxType;
    private final About about;
    private final Signature signature;

    /// @param onnxType empty if ONNX has no such operator
    protected Movement(String name, String onnxType, About about, Signature signature) {
        this.name = name;
        this.onnxType = onnxType;
        this.about = about;
        this.signature = signature;
    }

    /// Moves data and rounds nothing.
    protected static About about(String formula, String source) {
        return new About(formula, source, About.Errors.EXACT);
    }

    /// Where an element comes from.
    public static final class Origin {
        private Tensor tensor;
        private long index;
        private double constant;

        private Origin(Tensor any) {
            this.tensor = any;
        }

        /// The element of an input with this row-major number.
        public void element(Tensor input, long number) {
            tensor = input;
            index = number;
        }

        /// A constant.
        public void constant(double value) {
            index = -1;
            constant = value;
        }

        /// Nothing is said about this element.
        public void open() {
            index = -2;
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

    /// The input that holds the data, whose values may be anything; all others say where data goes.
    protected List<String> data(Call call) {
        return List.of(call.inputs().getFirst().name());
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final Optional<String> onnxType() {
        return onnxType.isEmpty() ? Optional.empty() : Optional.of(onnxType);
    }

    @Override
    public final About about() {
        return about;
    }

    @Override
    public final Signature signature() {
        return signature;
    }

    /// An axis from 0, where negative ones count from the end. Throws [InvalidCallException].
    protected final int axis(long axis, int rank, String attribute) {
        if (axis < -rank || axis >= rank) {
            throw new InvalidCallException(
                    attribute + " " + axis + " of a tensor of rank " + rank,
                    name + ", " + attribute,
                    "give a number from " + -rank + " to " + (rank - 1));
        }
        return Math.toIntExact(axis < 0 ? axis + rank : axis);
    }

    protected final InvalidCallException invalid(String what, String operand, String fix) {
        return new InvalidCallException(what, name + ", " + operand, fix);
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(call, inputs);
    }

    /// Moves and computes nothing.
    @Override
    public Cost cost(Call call) {
        return new Cost(0, call.tensorBytes());
    }

    /// Data as the data set has it; what says where it goes is the operator's own choice in a subclass.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        if (!data(call).contains(input)) {
            throw new IllegalStateException(name + " does not say how to fill '" + input + "'");
        }
        return Operator.super.fill(call, input, dataSet);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return List.of(new Probe("codes", false, "some values of the type are not copied as they are"));
    }

    /// A fill of whole numbers from `low` to `high`, both included.
    protected static Fill wholeNumbers(long low, long high) {
        return Fills.of("integers", (double) low, (double) high);
    }

    private final class Reference implements Oracle {
        private final Call call;
        private final Inputs inputs;
        private final List<Placement> placements;

        Reference(Call call, Inputs inputs) {
            this.call = call;
            this.inputs = inputs;
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
            int elements = Math.toIntExact(region.elements());
            Tensor any = inputs.get(data(call).getFirst());
            Parallel.forEach(Math.ceilDiv(elements, CHUNK), part -> {
                Origin origin = new Origin(any);
                int end = Math.min(elements, (part + 1) * CHUNK);
                for (int i = part * CHUNK; i < end; i++) {
                    placement.find(region.coordinates(i), origin);
                    if (origin.index >= 0) {
                        copy(origin.tensor, origin.index, i, into);
                    } else if (origin.index == -1) {
                        into.values()[i] = origin.constant;
                    } else {
                        into.mark(i, ExpectedBlock.ANY);
                    }
                }
            });
        }

        private static void copy(Tensor from, long index, int i, ExpectedBlock into) {
            if (from.dtype().bits() == 64 && !from.dtype().isFloat()) {
                into.setInteger(i, from.codeAt(from.position(index)), from.dtype());
            } else {
                into.values()[i] = from.get(index);
            }
        }
    }
}
