package dev.assay.operator.elementwise;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Shift; by 64 bits or more is left open, by as many as there are it is 0: `Z = X << Y or X >> Y`.
///
/// - source: ONNX BitShift-11
public final class BitShift extends Elementwise {
    public BitShift() {
        super(
                "bit_shift",
                "BitShift",
                exact("Z = X << Y or X >> Y", "ONNX BitShift-11"),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", unsigned(), "what is shifted"),
                                Parameter.required("Y", "T", unsigned(), "by how many bits")),
                        List.of(Parameter.required("Z", "T", unsigned(), "the common shape")),
                        List.of(new AttributeSpec(
                                "direction",
                                Attribute.Text.class,
                                Optional.of(new Attribute.Text("LEFT")),
                                "LEFT or RIGHT"))));
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean left = call.attributes().text("direction").equals("LEFT");
        return x -> left ? x[0] << x[1] : x[0] >>> x[1];
    }

    private static Set<DType> unsigned() {
        return Signature.only(DType.U8, DType.U16, DType.U32, DType.U64);
    }

    @Override
    protected void check(Call call) {
        String way = call.attributes().text("direction");
        require(
                way.equals("LEFT") || way.equals("RIGHT"),
                "direction '" + way + "'",
                "attribute direction",
                "give LEFT or RIGHT");
    }

    @Override
    protected boolean isOpen(long[] x) {
        return Long.compareUnsigned(x[1], 64) >= 0;
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return input.equals("Y") ? Fills.of("integers", 0, 7) : super.fill(call, input, dataSet);
    }
}
