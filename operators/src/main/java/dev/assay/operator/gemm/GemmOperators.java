package dev.assay.operator.gemm;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class GemmOperators {
    public static final List<Operator> ALL = List.of(
            new Einsum(), //
            new GeneralProduct(),
            new Linear(),
            new MatMul(),
            new MatMulInteger(),
            new QLinearMatMul());

    private GemmOperators() {}
}
