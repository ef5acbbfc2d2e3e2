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
import java.util.stream.LongStream;

/// The middle of a tensor where it is larger than `shape`, and the tensor in the middle of zeros where it is smaller.
///
/// - an odd difference leaves one element more behind than before
/// - source: ONNX CenterCropPad-18
public final class CenterCropPad extends Movement {
    public CenterCropPad() {
        super(
                "center_crop_pad",
                "CenterCropPad",
                about("the middle of the input, or the input in the middle of zeros", "ONNX CenterCropPad-18"),
                new Signature(
                        List.of(
                                Parameter.required("input_data", "T", Signature.all(), "any shape"),
                                Parameter.constant(
                                        "shape",
                                        "Tind",
                                        Signature.only(DType.I32, DType.I64),
                                        "sizes of the output along axes")),
                        List.of(Parameter.required("output_data", "T", Signature.all(), "of these sizes")),
                        List.of(AttributeSpec.optional("axes", Attribute.Ints.class, "dimensions; all of them"))));
    }

    private Shape target(Call call) {
        Shape input = call.input("input_data").shape();
        List<Long> sizes = constant(call, "shape");
        List<Long> asked = call.attributes().has("axes")
                ? call.attributes().integers("axes")
                : LongStream.range(0, input.rank()).boxed().toList();
        int[] axes = axes(asked, input.rank(), "attribute axes");
        if (sizes.size() != axes.length || sizes.stream().anyMatch(size -> size < 0)) {
            throw invalid("sizes " + sizes + " for axes " + asked, "input shape", "give one from 0 for each axis");
        }
        Shape target = input;
        for (int i = 0; i < axes.length; i++) {
            target = target.with(axes[i], sizes.get(i));
        }
        return target;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(call.input("input_data").dtype(), target(call)));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor input = inputs.get("input_data");
        Shape from = input.shape();
        Shape target = target(call);
        long[] strides = from.denseStrides();
        return (at, origin) -> {
            for (int axis = 0; axis < strides.length; axis++) {
                long larger = from.dim(axis) - target.dim(axis);
                at[axis] += larger > 0 ? larger / 2 : -(-larger / 2);
                if (at[axis] < 0 || at[axis] >= from.dim(axis)) {
                    origin.constant(0);
                    return;
                }
            }
            origin.element(input, number(at, strides));
        };
    }
}
