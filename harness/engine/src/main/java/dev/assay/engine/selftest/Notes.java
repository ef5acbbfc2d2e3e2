package dev.assay.engine.selftest;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a kernel did while it was judged, launch by launch.
///
/// Two kernels whose notes are equal cannot be told apart by any judge that asks what this one asked.
final class Notes {
    private final List<Run> runs = new ArrayList<>();

    /// One launch.
    ///
    /// @param question digest of call and inputs
    /// @param state digest of all that the launch left: outputs, inputs, and the memory around them
    /// @param tensors outputs that the call asks for
    /// @param inputs as they were before; empty if tensors are not kept
    /// @param outputs as they are after; empty if tensors are not kept
    record Run(
            String question,
            String state,
            Call call,
            ComputeContract contract,
            int tensors,
            Map<String, Tensor> inputs,
            Map<String, Tensor> outputs) {
        /// The same bits are not the same where less was promised: what one kernel declares, another may not do.
        boolean sameAs(Run other) {
            return question.equals(other.question) && state.equals(other.state) && contract.equals(other.contract);
        }
    }

    void add(Run run) {
        runs.add(run);
    }

    List<Run> runs() {
        return runs;
    }

    /// Whether two kernels were asked the same and did the same.
    boolean sameAs(Notes other) {
        boolean same = runs.size() == other.runs.size() && !runs.isEmpty();
        for (int i = 0; same && i < runs.size(); i++) {
            same = runs.get(i).sameAs(other.runs.get(i));
        }
        return same;
    }

    /// Outputs of every call on every set of inputs that was asked for.
    long tensors() {
        long tensors = 0;
        Set<String> seen = new HashSet<>();
        for (Run run : runs) {
            tensors += seen.add(run.question()) ? run.tensors() : 0;
        }
        return tensors;
    }
}
