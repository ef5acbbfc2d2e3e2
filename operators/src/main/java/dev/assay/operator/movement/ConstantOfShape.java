package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// A tensor of the sizes `input` that holds one value everywhere.
///
/// - `value` and `dtype` are what ONNX has in one attribute, a tensor of one element; the type is a number of
///   `TensorProto.DataType`
/// - source: ONNX ConstantOfShape-25
public final class ConstantOfShape extends Movement {
    public ConstantOfShape() {
        super(
                "constant_of_shape",
                "ConstantOfShape",
                about("value everywhere", "ONNX ConstantOfShape-25"),
                new Signature(
                        List.of(Parameter.constant("input", "T1", Signature.only(DType.I64), "sizes of the output")),
                        List.of(Parameter.required("output", "T2", Signature.all(), "of these sizes")),
                        List.of(
                                AttributeSpec.real("value", 0, "the value, one of the type"),
                                AttributeSpec.integer("dtype", 1, "type of the output, by its number in ONNX; f32"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        List<Long> sizes = constant(call, "input");
        if (sizes.stream().anyMatch(size -> size < 0)) {
            throw invalid("sizes " + sizes, "input input", "give sizes from 0");
        }
        DType type = onnxType(call.attributes().integer("dtype"));
        double value = call.attributes().real("value");
        if (Double.compare(type.round(value), value) != 0) {
            throw invalid("value " + value + " of " + type, "attribute value", "give a value of that type");
        }
        return List.of(TensorSpec.dense(type, Shape.of(sizes)));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        double value = call.attributes().real("value");
        return (at, origin) -> origin.constant(value);
    }
}
