package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import java.util.List;

/// Choice: X where the condition holds, Y elsewhere.
///
/// - source: ONNX Where-16
public final class Where extends Elementwise {
    public Where() {
        super(
                "where",
                "Where",
                exact("output = condition ? X : Y", "ONNX Where-16"),
                new Signature(
                        List.of(
                                Parameter.required("condition", "B", Signature.only(DType.BOOL), "broadcasts"),
                                Parameter.required("X", "T", Signature.all(), "chosen where it holds"),
                                Parameter.required("Y", "T", Signature.all(), "chosen elsewhere")),
                        List.of(Parameter.required("output", "T", Signature.all(), "the common shape")),
                        List.of()));
    }

    @Override
    protected DType outputType(Call call) {
        return call.input("X").dtype();
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].value() != 0 ? x[1] : x[2];
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0] != 0 ? x[1] : x[2];
    }
}
