package dev.assay.tck.rules;

import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// A call of an operator that no catalogue has.
final class UnknownCall {
    static final Call CALL = new Call(
            "no_such_operator",
            List.of(Operand.of("X", TensorSpec.of(DType.F32, 2, 3)), Operand.absent("B")),
            List.of(Operand.of("Y", TensorSpec.of(DType.F32, 2, 3))),
            Attributes.NONE,
            Map.of());

    private UnknownCall() {}
}
