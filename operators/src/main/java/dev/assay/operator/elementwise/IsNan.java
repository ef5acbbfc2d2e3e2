package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import java.util.List;

/// Test for NaN: `Y = X is NaN`.
///
/// - source: ONNX IsNaN-20
public final class IsNan extends Elementwise {
    public IsNan() {
        super(
                "is_nan",
                "IsNaN",
                exact("Y = X is NaN", "ONNX IsNaN-20"),
                new Signature(
                        List.of(Parameter.required("X", "T", Signature.floats(), "any shape")),
                        List.of(Parameter.required("Y", "B", Signature.only(DType.BOOL), "like X")),
                        List.of()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> arithmetic.of(Double.isNaN(x[0].value()) ? 1 : 0);
    }
}
