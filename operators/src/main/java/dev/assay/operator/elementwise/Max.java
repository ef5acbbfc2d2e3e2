package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import java.util.List;

/// The largest of any number of operands, which broadcast; NaN if one of them is NaN.
///
/// - source: ONNX Max-13
public final class Max extends Elementwise {
    public Max() {
        super(
                "max",
                "Max",
                exact("the largest operand; NaN if one is NaN", "ONNX Max-13"),
                new Signature(
                        List.of(Parameter.variadic("data", "T", Signature.numbers(), "operands that broadcast")),
                        List.of(Parameter.required("max", "T", Signature.numbers(), "the common shape")),
                        List.of()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> {
            Approx largest = x[0];
            for (Approx other : x) {
                largest = largest.max(other);
            }
            return largest;
        };
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean unsigned = call.members("data").getFirst().dtype().kind() == DType.Kind.UNSIGNED;
        return x -> {
            long largest = x[0];
            for (long other : x) {
                boolean more = unsigned ? Long.compareUnsigned(other, largest) > 0 : other > largest;
                largest = more ? other : largest;
            }
            return largest;
        };
    }
}
