package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/// Exchange of dimensions: dimension `i` of the output is dimension `perm[i]` of the input.
///
/// - without `perm` the dimensions are reversed
/// - source: ONNX Transpose-25
public final class Transpose extends Movement {
    public Transpose() {
        super(
                "transpose",
                "Transpose",
                about("dimension i of the output is dimension perm[i] of the input", "ONNX Transpose-25"),
                new Signature(
                        List.of(Parameter.required("data", "T", Signature.all(), "any shape")),
                        List.of(Parameter.required("transposed", "T", Signature.all(), "dimensions exchanged")),
                        List.of(AttributeSpec.optional(
                                "perm", Attribute.Ints.class, "the input's dimension for each of the output's"))));
    }

    private int[] permutation(Call call) {
        int rank = call.input("data").shape().rank();
        int[] perm = new int[rank];
        if (!call.attributes().has("perm")) {
            Arrays.setAll(perm, i -> rank - 1 - i);
            return perm;
        }
        List<Long> given = call.attributes().integers("perm");
        long[] sorted = given.stream().mapToLong(Long::longValue).sorted().toArray();
        boolean complete = sorted.length == rank;
        for (int i = 0; i < rank && complete; i++) {
            complete = sorted[i] == i;
        }
        if (!complete) {
            throw invalid(
                    "perm " + given + " of a tensor of rank " + rank,
                    "attribute perm",
                    "give each number from 0 to " + (rank - 1) + " once");
        }
        Arrays.setAll(perm, i -> Math.toIntExact(given.get(i)));
        return perm;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec data = call.input("data");
        long[] dims = Arrays.stream(permutation(call))
                .mapToLong(axis -> data.shape().dim(axis))
                .toArray();
        return List.of(TensorSpec.dense(data.dtype(), Shape.of(dims)));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor data = inputs.get("data");
        int[] perm = permutation(call);
        long[] strides = data.shape().denseStrides();
        return (at, origin) -> {
            long number = 0;
            for (int i = 0; i < perm.length; i++) {
                number += at[i] * strides[perm[i]];
            }
            origin.element(data, number);
        };
    }
}
