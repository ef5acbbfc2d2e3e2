package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Tensors put together along one dimension, which is the only one that may differ.
///
/// - source: ONNX Concat-13
public final class Concat extends Movement {
    public Concat() {
        super(
                "concat",
                "Concat",
                about("inputs one behind the other along axis", "ONNX Concat-13"),
                new Signature(
                        List.of(Parameter.variadic(
                                "inputs", "T", Signature.all(), "of one rank, equal but along axis")),
                        List.of(Parameter.required("concat_result", "T", Signature.all(), "as long as all together")),
                        List.of(AttributeSpec.optional("axis", Attribute.Int.class, "dimension; has to be given"))));
    }

    private int axis(Call call) {
        if (!call.attributes().has("axis")) {
            throw invalid("no axis", "attribute axis", "give the dimension along which tensors are put together");
        }
        return axis(
                call.attributes().integer("axis"),
                call.members("inputs").getFirst().shape().rank(),
                "attribute axis");
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        List<TensorSpec> inputs = call.members("inputs");
        int axis = axis(call);
        Shape first = inputs.getFirst().shape();
        long length = 0;
        for (TensorSpec input : inputs) {
            Shape shape = input.shape();
            if (shape.rank() != first.rank() || !shape.with(axis, 0).equals(first.with(axis, 0))) {
                throw invalid(first + " and " + shape, "inputs", "make all dimensions but " + axis + " the same");
            }
            length = Math.addExact(length, shape.dim(axis));
        }
        return List.of(TensorSpec.dense(inputs.getFirst().dtype(), first.with(axis, length)));
    }

    @Override
    protected List<String> data(Call call) {
        return call.inputs().stream().map(Operand::name).toList();
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        int axis = axis(call);
        List<Tensor> tensors = data(call).stream().map(inputs::get).toList();
        List<long[]> strides =
                tensors.stream().map(tensor -> tensor.shape().denseStrides()).toList();
        return (at, origin) -> {
            int which = 0;
            while (at[axis] >= tensors.get(which).shape().dim(axis)) {
                at[axis] -= tensors.get(which).shape().dim(axis);
                which++;
            }
            origin.element(tensors.get(which), number(at, strides.get(which)));
        };
    }
}
