package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Sequences of a batch with the first `sequence_lens[b]` elements of sequence b in reverse; those behind stay.
///
/// - `batch_axis` and `time_axis` are 0 and 1 in either order; the other dimensions go along
/// - a length beyond the sequence says nothing
/// - source: ONNX ReverseSequence-28
public final class ReverseSequence extends Movement {
    public ReverseSequence() {
        super(
                "reverse_sequence",
                "ReverseSequence",
                about("the first sequence_lens[b] elements of sequence b in reverse", "ONNX ReverseSequence-28"),
                new Signature(
                        List.of(
                                Parameter.required("input", "T", Signature.all(), "two or more dimensions"),
                                Parameter.required(
                                        "sequence_lens", "L", Signature.only(DType.I64), "one length a sequence")),
                        List.of(Parameter.required("Y", "T", Signature.all(), "like the input")),
                        List.of(
                                AttributeSpec.integer("batch_axis", 1, "dimension of the sequences: 0 or 1"),
                                AttributeSpec.integer(
                                        "time_axis", 0, "dimension along which they run: the other one"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec input = call.input("input");
        long batch = call.attributes().integer("batch_axis");
        long time = call.attributes().integer("time_axis");
        if (input.shape().rank() < 2 || batch + time != 1 || batch * time != 0) {
            throw invalid(
                    "batch_axis " + batch + " and time_axis " + time + " of " + input.shape(),
                    "attributes",
                    "give 0 and 1, and two or more dimensions");
        }
        Shape lengths = call.input("sequence_lens").shape();
        if (!lengths.equals(Shape.of(input.shape().dim((int) batch)))) {
            throw invalid(
                    lengths + " lengths of " + input.shape().dim((int) batch) + " sequences",
                    "input sequence_lens",
                    "give one a sequence");
        }
        return List.of(TensorSpec.dense(input.dtype(), input.shape()));
    }

    @Override
    protected Fill places(Call call, String input) {
        long time = call.input("input").shape().dim((int) call.attributes().integer("time_axis"));
        return wholeNumbers(0, time);
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor input = inputs.get("input");
        Tensor lengths = inputs.get("sequence_lens");
        int batch = (int) call.attributes().integer("batch_axis");
        int time = 1 - batch;
        long[] strides = input.shape().denseStrides();
        return (at, origin) -> {
            long length = (long) lengths.get(at[batch]);
            if (length < 0 || length > input.shape().dim(time)) {
                origin.open();
                return;
            }
            if (at[time] < length) {
                at[time] = length - 1 - at[time];
            }
            origin.element(input, number(at, strides));
        };
    }
}
