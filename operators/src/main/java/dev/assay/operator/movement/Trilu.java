package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// The upper or lower triangle of each matrix, its last two dimensions; zeros elsewhere.
///
/// - the upper one keeps columns `j >= i + k`, the lower one `j <= i + k`
/// - source: ONNX Trilu-14
public final class Trilu extends Movement {
    public Trilu() {
        super(
                "trilu",
                "Trilu",
                about("one triangle of each matrix, zeros in the other", "ONNX Trilu-14"),
                new Signature(
                        List.of(
                                Parameter.required("input", "T", Signature.all(), "two or more dimensions"),
                                Parameter.optionalConstant(
                                        "k", "K", Signature.only(DType.I64), "diagonal where the triangle begins; 0")),
                        List.of(Parameter.required("output", "T", Signature.all(), "like the input")),
                        List.of(AttributeSpec.integer("upper", 1, "1 for the upper triangle, 0 for the lower one"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec input = call.input("input");
        if (input.shape().rank() < 2) {
            throw invalid("input " + input.shape(), "input input", "give two or more dimensions");
        }
        diagonal(call);
        return List.of(TensorSpec.dense(input.dtype(), input.shape()));
    }

    private long diagonal(Call call) {
        return call.hasInput("k") ? single(call, "k") : 0;
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        long k = diagonal(call);
        List<Misreading> all = new ArrayList<>();
        for (long by = -1; by <= 1; by += 2) {
            all.add(Rereading.of(call, inputs)
                    .constant("k", TensorSpec.of(DType.I64), List.of(k + by))
                    .as("mask", "the triangle begins one diagonal further to the " + (by < 0 ? "left" : "right")));
        }
        return all;
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor input = inputs.get("input");
        long[] strides = input.shape().denseStrides();
        int row = strides.length - 2;
        int column = strides.length - 1;
        boolean upper = call.attributes().integer("upper") != 0;
        long k = diagonal(call);
        return (at, origin) -> {
            long distance = at[column] - at[row];
            boolean kept = upper ? distance >= k : distance <= k;
            if (kept) {
                origin.element(input, number(at, strides));
            } else {
                origin.constant(0);
            }
        };
    }
}
