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
public record Subject(Operator operator, Call call, Map<String, Tensor> inputs, Optional<DataSets> dataSets) {}
