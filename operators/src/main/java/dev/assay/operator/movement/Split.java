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
import java.util.Collections;
import java.util.List;

/// A tensor taken apart along one dimension, in parts of the lengths `split` or in `num_outputs` equal ones.
///
/// - where the length is no multiple of `num_outputs` the last part is shorter
/// - source: ONNX Split-18
public final class Split extends Movement {
    public Split() {
        super(
                "split",
                "Split",
                about("parts of the input along axis, one behind the other", "ONNX Split-18"),
                new Signature(
                        List.of(
                                Parameter.required("input", "T", Signature.all(), "any shape"),
                                Parameter.optionalConstant(
                                        "split", "S", Signature.only(DType.I64), "lengths of the parts")),
                        List.of(Parameter.variadic("outputs", "T", Signature.all(), "the parts")),
                        List.of(
                                AttributeSpec.integer("axis", 0, "dimension that is taken apart"),
                                AttributeSpec.optional(
                                        "num_outputs", Attribute.Int.class, "number of parts, without split"))));
    }

    private int axis(Call call) {
        return axis(
                call.attributes().integer("axis"), call.input("input").shape().rank(), "attribute axis");
    }

    private List<Long> lengths(Call call) {
        long length = call.input("input").shape().dim(axis(call));
        boolean counted = call.attributes().has("num_outputs");
        if (call.hasInput("split") == counted) {
            throw invalid(
                    counted ? "both split and num_outputs" : "neither split nor num_outputs",
                    "input split",
                    "give one of them");
        }
        if (!counted) {
            List<Long> lengths = constant(call, "split");
            long sum = lengths.stream().reduce(0L, Math::addExact);
            if (lengths.isEmpty() || sum != length || lengths.stream().anyMatch(part -> part < 0)) {
                throw invalid(
                        "parts of " + lengths + " of a length of " + length,
                        "input split",
                        "give lengths that add up to it");
            }
            return lengths;
        }
        long parts = call.attributes().integer("num_outputs");
        long each = parts < 1 ? 0 : Math.ceilDiv(length, parts);
        long last = length - each * (parts - 1);
        if (parts < 1 || last < 0) {
            throw invalid(parts + " parts of a length of " + length, "attribute num_outputs", "give fewer, at least 1");
        }
        List<Long> lengths = new java.util.ArrayList<>(Collections.nCopies(Math.toIntExact(parts), each));
        lengths.set(lengths.size() - 1, last);
        return lengths;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec input = call.input("input");
        int axis = axis(call);
        return lengths(call).stream()
                .map(length -> TensorSpec.dense(input.dtype(), input.shape().with(axis, length)))
                .toList();
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor input = inputs.get("input");
        Shape shape = input.shape();
        int axis = axis(call);
        long[] strides = shape.denseStrides();
        long before =
                lengths(call).stream().limit(output).mapToLong(Long::longValue).sum();
        return (at, origin) -> origin.element(input, number(at, strides) + before * strides[axis]);
    }
}
