package dev.assay.operator.gemm;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.tensor.DType;

/// Products of operands that are scaled on their way to the multiplier.
final class Scaled {
    private Scaled() {}

    /// The contract of the products, seen as products of f32 numbers: what is scaled is rounded once
    /// more, to the
    /// accumulator's type if nothing narrower is declared. Scaling the sum of a group instead rounds no
    /// more than that.
    ///
    /// @param input type that the roundings of inputs are declared for
    static ComputeContract contract(ComputeContract contract, DType input) {
        ComputeContract.Builder changed = contract.toBuilder().inputs(InputRounding.NONE);
        return (contract.prescaled() instanceof Stored.Wide
                        ? changed.prescaled(Stored.as(contract.accumulatorType(input)))
                        : changed)
                .build();
    }
}
