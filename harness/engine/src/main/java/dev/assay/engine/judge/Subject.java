package dev.assay.engine.judge;

import dev.assay.backend.Call;
import dev.assay.operator.Operator;
import dev.assay.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/// What a kernel is judged on.
///
/// @param inputs values of the case, by name
/// @param dataSets further inputs for the same call; empty if the kernel is to be judged on those of the case alone
/// @param largestReference flops up to which the reference is computed in full; beyond, operators that can are judged
///     by samples and sums
public record Subject(
        Operator operator,
        Call call,
        Map<String, Tensor> inputs,
        Optional<DataSets> dataSets,
        double largestReference) {
    /// One whose reference is computed in full, whatever it costs.
    public Subject(Operator operator, Call call, Map<String, Tensor> inputs, Optional<DataSets> dataSets) {
        this(operator, call, inputs, dataSets, Double.POSITIVE_INFINITY);
    }

    /// Whether it is judged by samples and sums.
    boolean isLarge() {
        return LargeCase.is(operator, call, largestReference);
    }
}
