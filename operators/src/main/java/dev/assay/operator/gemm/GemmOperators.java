package dev.assay.operator.gemm;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class GemmOperators {
    public static final List<Operator> ALL = List.of(
            new Einsum(), //
            new Fp8BlockMatMul(),
            new GeneralProduct(),
            new GroupedMatMul(),
            new Linear(),
            new LinearGrad(),
            new MatMul(),
            new MatMulGrad(),
            new MatMulInteger(),
            new QLinearMatMul(),
            new QuantMatMul(),
            new WeightOnlyMatMul());

    private GemmOperators() {}
}
