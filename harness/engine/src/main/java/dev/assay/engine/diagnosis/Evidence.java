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
/// @param batchDependent whether a layer saw that slices depend on how many there are or where they are
public record Evidence(Operator operator, Call call, ComputeContract contract, List<Run> runs, boolean batchDependent) {
    /// What is known from runs alone.
    public Evidence(Operator operator, Call call, ComputeContract contract, List<Run> runs) {
        this(operator, call, contract, runs, false);
    }

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
            List<Objection> objections,
            List<Damage> damage) {
        public Run {
            damage = List.copyOf(damage);
        }

        /// A run that left all memory but its outputs alone.
        public Run(
                String dataSet,
                Map<String, Tensor> inputs,
                Map<String, Tensor> outputs,
                Map<String, Tensor> outputsAgain,
                List<Objection> objections) {
            this(dataSet, inputs, outputs, outputsAgain, objections, List.of());
        }
    }

    /// What a layer objected to.
    public record Objection(String layer, String reason) {}

    /// Memory that is not a kernel's own to write.
    ///
    /// @param inputChanged whether it is an input; otherwise it lies around an argument
    /// @param what in words
    public record Damage(boolean inputChanged, String what) {}
}
