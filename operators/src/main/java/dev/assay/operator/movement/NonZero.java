package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.stream.LongStream;

/// Where a tensor is not zero: one column of indices for each such element, in row-major order.
///
/// - the values belong to the call, for the size of the output follows from them
/// - source: ONNX NonZero-13
public final class NonZero extends Movement {
    /// Whether the last coordinate comes first.
    private final boolean turned;

    public NonZero() {
        this(false);
    }

    private NonZero(boolean turned) {
        super(
                "non_zero",
                "NonZero",
                about("the indices of the elements that are not 0", "ONNX NonZero-13"),
                new Signature(
                        List.of(Parameter.constant("X", "T", Signature.all(), "any shape, of whole numbers")),
                        List.of(Parameter.required(
                                "Y", "I", Signature.only(DType.I64), "[rank, elements that are not 0]")),
                        List.of()));
        this.turned = turned;
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .as("misplaced", "coordinates stand in reverse order")
                .by(new NonZero(true)));
    }

    private static long[] found(Call call) {
        List<Long> values = constant(call, "X");
        return LongStream.range(0, values.size())
                .filter(i -> values.get((int) i) != 0)
                .toArray();
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.of(DType.I64, call.input("X").shape().rank(), found(call).length));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Shape shape = call.input("X").shape();
        long[] found = found(call);
        return (at, origin) -> {
            int axis = (int) (turned ? shape.rank() - 1 - at[0] : at[0]);
            origin.whole(shape.coordinates(found[(int) at[1]])[axis]);
        };
    }
}
