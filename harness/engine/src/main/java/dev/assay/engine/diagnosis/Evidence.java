package dev.assay.engine.diagnosis;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.Operator;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// What is known of a kernel that was found wrong.
///
/// @param runs what it did, the inputs of the case first
public record Evidence(Operator operator, Call call, ComputeContract contract, List<Run> runs) {
    /// One run.
    ///
    /// @param dataSet recipe of the inputs; empty for those of the case
    /// @param outputs as read back
    /// @param outputsAgain of a second run on the same inputs with other garbage in memory, or of the same run
    /// @param objections what was objected to
    public record Run(
            String dataSet,
            Map<String, Tensor> inputs,
            Map<String, Tensor> outputs,
            Map<String, Tensor> outputsAgain,
            List<Objection> objections) {}

    /// What a layer objected to.
    public record Objection(String layer, String reason) {}
}
