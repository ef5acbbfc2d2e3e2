package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Base of the operators that make one number of each line of a tensor: a subclass says how.
///
/// - `axes` are the dimensions along which the lines run; without them it is all, or with `noop_with_empty_axes` none,
///   so that every element is a line of its own
/// - `keepdims` says whether these dimensions stay, with size 1
/// - integers are added and multiplied modulo 2^bits; f16 and bf16 in f32, and the result rounded once
public abstract class Reduction extends NamedOperator {
    /// Types of most reductions in ONNX.
    static final Set<DType> NUMBERS =
            Signature.union(Signature.floats(), Signature.only(DType.I32, DType.I64, DType.U32, DType.U64));

    protected Reduction(String name, String onnxType, About about, Set<DType> dtypes) {
        super(
                name,
                onnxType,
                about,
                new Signature(
                        List.of(
                                Parameter.required("data", "T", dtypes, "any shape"),
                                Parameter.optionalConstant(
                                        "axes",
                                        "I",
                                        Signature.only(DType.I64),
                                        "dimensions to reduce; negative ones count from the end")),
                        List.of(Parameter.required("reduced", "T", dtypes, "one element for each line")),
                        List.of(
                                AttributeSpec.integer(
                                        "keepdims", 1, "1: reduced dimensions stay with size 1; 0: they go"),
                                AttributeSpec.integer(
                                        "noop_with_empty_axes",
                                        0,
                                        "without axes, 0: reduce all dimensions; 1: reduce none"))));
    }

    /// A formula with the roundings of a sum, and its source.
    protected static About about(String formula, String source) {
        return new About(formula, source, About.Errors.REDUCTION);
    }

    /// What becomes of a line of floating-point numbers.
    protected abstract Estimate real(double[] line, LineArithmetic arithmetic);

    /// What becomes of a line of integers, modulo 2^64; wrapped to the type.
    protected long whole(long[] line, DType type) {
        throw new UnsupportedOperationException(name() + " of integers is no integer");
    }

    /// Whether integers give integers; otherwise they take the way of [#fraction].
    protected boolean staysWhole() {
        return true;
    }

    /// What becomes of a line of integers before its fraction is cut off.
    protected Estimate fraction(long[] line, DType type, LineArithmetic arithmetic) {
        throw new UnsupportedOperationException(name() + " of integers is an integer");
    }

    private int[] axes(Call call) {
        int rank = call.input("data").shape().rank();
        List<Long> given = call.constants().getOrDefault("axes", List.of());
        if (given.isEmpty()) {
            return call.attributes().integer("noop_with_empty_axes") == 0
                    ? IntStream.range(0, rank).toArray()
                    : new int[0];
        }
        Set<Integer> axes = new LinkedHashSet<>();
        for (long axis : given) {
            if (axis < -rank || axis >= rank) {
                throw invalid(
                        "axis " + axis + " of a tensor of rank " + rank,
                        "input axes",
                        "give numbers from " + -rank + " to " + (rank - 1));
            }
            if (!axes.add(Math.toIntExact(axis < 0 ? axis + rank : axis))) {
                throw invalid("axes " + given + " name a dimension twice", "input axes", "give each dimension once");
            }
        }
        return axes.stream().mapToInt(Integer::intValue).sorted().toArray();
    }

    private TensorLines lines(Call call) {
        return TensorLines.along(call.input("data").shape(), axes(call));
    }

    private static boolean keeps(Call call) {
        return call.attributes().integer("keepdims") != 0;
    }

    @Override
    public final List<TensorSpec> outputs(Call call) {
        if (call.hasInput("axes") && call.input("axes").shape().rank() != 1) {
            throw invalid("axes are " + call.input("axes").shape(), "input axes", "give them one dimension");
        }
        for (String flag : List.of("keepdims", "noop_with_empty_axes")) {
            long value = call.attributes().integer(flag);
            if (value != 0 && value != 1) {
                throw invalid(flag + " " + value, "attribute " + flag, "give 0 or 1");
            }
        }
        return List.of(TensorSpec.dense(call.input("data").dtype(), lines(call).reduced(keeps(call))));
    }

    @Override
    public final Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(call, inputs, contract);
    }

    private final class Reference extends LineOracle {
        private final TensorLines lines;
        private final Tensor data;
        private final DType dtype;
        private final LineArithmetic arithmetic;

        Reference(Call call, Inputs inputs, ComputeContract contract) {
            this(lines(call), keeps(call), inputs.get("data"), contract);
        }

        private Reference(TensorLines lines, boolean keep, Tensor data, ComputeContract contract) {
            super(lines.length(), List.of(Layout.reduced(lines, keep)));
            this.lines = lines;
            this.data = data;
            this.dtype = data.dtype();
            // Functions of integers are computed in f32 at least.
            DType stage = dtype.isFloat() ? dtype : DType.F32;
            this.arithmetic = new LineArithmetic(contract, stage, lines.count());
        }

        @Override
        protected Line line(long number, Observed device) {
            if (dtype.isFloat()) {
                Estimate result = real(lines.read(data, number), arithmetic);
                return (output, position, into, to) -> put(result, into, to);
            }
            long[] values = lines.readIntegers(data, number);
            if (staysWhole()) {
                long result = whole(values, dtype);
                return (output, position, into, to) -> into.setInteger(to, dtype.encodeLong(result), dtype);
            }
            Estimate result = fraction(values, dtype, arithmetic);
            return (output, position, into, to) -> putTruncated(result, into, to);
        }

        /// A fraction is cut off; next to an integer a kernel may be on either side.
        private void putTruncated(Estimate result, ExpectedBlock into, int to) {
            double error = result.certain() + arithmetic.lambda() * result.sigma();
            double value = result.number();
            double least = truncated(value - error, value);
            double most = truncated(value + error, value);
            boolean told =
                    most <= dtype.maxFinite() && least >= (dtype.kind() == DType.Kind.SIGNED ? -dtype.maxFinite() : 0);
            if (result.has(Estimate.OPEN) || !told) {
                into.mark(to, ExpectedBlock.ANY);
                return;
            }
            into.values()[to] = least + (most - least) / 2;
            if (most > least) {
                into.allow(to, 0, (most - least) / 2);
            }
        }

        private static double truncated(double value, double like) {
            double whole = value < 0 ? Math.ceil(value) : Math.floor(value);
            return whole == 0 ? Math.copySign(0, like) + 0.0 : whole;
        }
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(call.input("data").shape().elements(), call.tensorBytes());
    }

    @Override
    public String sizes(Call call) {
        Shape shape = call.input("data").shape();
        return shape.rank() == 0 ? "s" : shape.joined();
    }

    /// Small whole numbers, whose sums are exact: an element that is left out shows.
    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return call.input("data").shape().isEmpty()
                ? List.of()
                : List.of(new Probe("integers(-4,4)", false, "elements are left out, or counted twice"));
    }

    /// The first dimension, where it is not reduced.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        int[] axes = axes(call);
        boolean free = call.input("data").shape().rank() > 0 && Arrays.binarySearch(axes, 0) < 0;
        return free ? Optional.of(new BatchAxis(Map.of("data", 0), Map.of("reduced", 0))) : Optional.empty();
    }

    /// All reduced dimensions as one where they are the last ones, otherwise the last of them.
    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        if (!input.equals("data")) {
            return new Fill.Along(Math.max(1, shape.elements()), 1);
        }
        int[] axes = axes(call);
        if (axes.length == 0) {
            return new Fill.Along(1, 1);
        }
        boolean trailing = axes[axes.length - 1] == shape.rank() - 1 && axes[0] == shape.rank() - axes.length;
        return trailing ? Fill.Along.trailing(shape, axes[0]) : Fill.Along.axis(shape, axes[axes.length - 1]);
    }
}
