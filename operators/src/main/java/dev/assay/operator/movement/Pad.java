package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// A tensor with a margin: of a constant, of its own elements mirrored without the outermost (`reflect`), of the
/// outermost
/// ones repeated (`edge`), or of those from the other side (`wrap`).
///
/// - a margin longer than the tensor goes on mirroring or repeating, as `numpy.pad` does
/// - negative margins take elements away; ONNX says so without a word on what is mirrored then, so that they are
/// refused
///   in other modes than `constant`
/// - source: ONNX Pad-25
public final class Pad extends Movement {
    public Pad() {
        super(
                "pad",
                "Pad",
                about("the input with pads[i] elements more before and behind each of axes", "ONNX Pad-25"),
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.all(), "any shape"),
                                Parameter.constant(
                                        "pads",
                                        "P",
                                        Signature.only(DType.I64),
                                        "margins before each of axes, then behind each"),
                                Parameter.optional("constant_value", "T", Signature.all(), "one element; 0"),
                                Parameter.optionalConstant(
                                        "axes",
                                        "Tind",
                                        Signature.only(DType.I32, DType.I64),
                                        "dimensions; all of them")),
                        List.of(Parameter.required("output", "T", Signature.all(), "the tensor with its margins")),
                        List.of(new AttributeSpec(
                                "mode",
                                Attribute.Text.class,
                                Optional.of(new Attribute.Text("constant")),
                                "constant, reflect, edge or wrap"))));
    }

    private static final List<String> MODES = List.of("constant", "reflect", "edge", "wrap");

    /// Margins before and behind each dimension.
    private static final class Margins {
        final long[] before;
        final long[] behind;

        Margins(int rank) {
            before = new long[rank];
            behind = new long[rank];
        }
    }

    private Margins margins(Call call) {
        Shape shape = call.input("data").shape();
        int rank = shape.rank();
        List<Long> pads = constant(call, "pads");
        int[] axes =
                axes(constant(call, "axes", LongStream.range(0, rank).boxed().toList()), rank, "input axes");
        String mode = call.attributes().text("mode");
        if (!MODES.contains(mode)) {
            throw invalid("mode '" + mode + "'", "attribute mode", "use one of " + MODES);
        }
        if (pads.size() != 2 * axes.length) {
            throw invalid(pads.size() + " pads for " + shape, "input pads", "give two for each axis");
        }
        if (call.hasInput("constant_value")
                && call.input("constant_value").shape().elements() != 1) {
            throw invalid("a constant of " + call.input("constant_value"), "input constant_value", "give one element");
        }
        Margins margins = new Margins(rank);
        for (int i = 0; i < axes.length; i++) {
            long before = pads.get(i);
            long behind = pads.get(i + axes.length);
            long dim = shape.dim(axes[i]);
            boolean constant = mode.equals("constant");
            if (!constant && (before < 0 || behind < 0)) {
                throw invalid("pads " + pads + " in mode " + mode, "input pads", "give pads from 0");
            }
            if (!constant && dim == 0 && before + behind > 0) {
                throw invalid("pads of a dimension of 0 in mode " + mode, "input pads", "use the mode constant");
            }
            if (Math.addExact(Math.addExact(before, behind), dim) < 0) {
                throw invalid(
                        "pads " + pads + " take more away than there is of " + shape, "input pads", "give larger ones");
            }
            margins.before[axes[i]] = before;
            margins.behind[axes[i]] = behind;
        }
        return margins;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec data = call.input("data");
        Margins margins = margins(call);
        long[] dims = data.shape().toArray();
        for (int axis = 0; axis < dims.length; axis++) {
            dims[axis] += margins.before[axis] + margins.behind[axis];
        }
        return List.of(TensorSpec.dense(data.dtype(), Shape.of(dims)));
    }

    @Override
    protected List<String> data(Call call) {
        return List.of("data", "constant_value");
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor data = inputs.get("data");
        long[] dims = data.shape().toArray();
        long[] strides = data.shape().denseStrides();
        long[] before = margins(call).before;
        String mode = call.attributes().text("mode");
        return (at, origin) -> {
            for (int axis = 0; axis < dims.length; axis++) {
                at[axis] = source(at[axis] - before[axis], dims[axis], mode);
                if (at[axis] < 0) {
                    if (inputs.has("constant_value")) {
                        origin.element(inputs.get("constant_value"), 0);
                    } else {
                        origin.constant(0);
                    }
                    return;
                }
            }
            origin.element(data, number(at, strides));
        };
    }

    /// Where an index that may lie outside comes from; -1 if from the constant.
    private static long source(long index, long dim, String mode) {
        if (index >= 0 && index < dim) {
            return index;
        }
        return switch (mode) {
            case "edge" -> index < 0 ? 0 : dim - 1;
            case "wrap" -> Math.floorMod(index, dim);
            case "reflect" -> {
                long turn = Math.max(1, 2 * (dim - 1));
                long place = Math.floorMod(index, turn);
                yield Math.min(place, turn - place) % dim;
            }
            default -> -1;
        };
    }
}
