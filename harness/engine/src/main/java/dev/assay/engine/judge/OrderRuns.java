package dev.assay.engine.judge;

import dev.assay.engine.diagnosis.Evidence;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The same kernel on data whose sums cancel, where repeated runs or slices of a batch should be equal.
///
/// An output of 16 bits hides in which order its sums were taken: f32 sums that differ by a few ulps round to the same
/// number. Where the exact sum is zero, all that is left is the rounding errors, and they depend on the order in every
/// bit. The outputs are held to their bounds too, which fast algorithms break first where large terms cancel.
final class OrderRuns {
    private final List<Finding> findings = new ArrayList<>();
    private final List<Evidence.Run> runs = new ArrayList<>();
    private boolean batchDependent;
    private int count;

    private OrderRuns() {}

    /// Nothing where the contract promises no equal bits.
    ///
    /// @param device its inputs are replaced
    static OrderRuns of(DeviceCall device, Trial trial, Subject subject, BatchLayer batch, Arena arena) {
        OrderRuns all = new OrderRuns();
        Optional<String> recipe = subject.operator().orderData(subject.call());
        boolean promised = trial.contract().deterministic() || trial.contract().batchInvariant();
        if (recipe.isEmpty() || subject.dataSets().isEmpty() || !promised) {
            return all;
        }
        Map<String, Tensor> inputs = subject.dataSets().get().inputs(subject.call(), recipe.get(), arena);
        device.load(inputs);
        Trial twice = Trial.run(device, subject.operator(), subject.call(), trial.contract(), inputs, false, arena);
        all.count = 2;
        new MemoryLayer().check(twice).ifPresent(all.findings::add);
        for (Layer layer : List.of(ElementLayer.BOUND, ElementLayer.SPECIALS, new DeterminismLayer())) {
            layer.check(twice).ifPresent(finding -> all.add(recipe.get(), finding));
        }
        Optional<Finding> moved = batch.check(twice);
        all.batchDependent = BatchLayer.isBatchDependence(moved);
        moved.ifPresent(finding -> all.add(recipe.get(), finding));
        if (!all.findings.isEmpty()) {
            all.runs.add(twice.evidence(recipe.get(), all.findings));
        }
        return all;
    }

    private void add(String recipe, Finding finding) {
        findings.add(new Finding(
                finding.layer(),
                "on " + recipe + " (all that is left of a sum is its errors): " + finding.reason(),
                Optional.empty()));
    }

    List<Finding> findings() {
        return findings;
    }

    /// What the kernel did where something was found, for diagnosis.
    List<Evidence.Run> runs() {
        return runs;
    }

    boolean batchDependent() {
        return batchDependent;
    }

    /// How often the kernel was asked, slices not counted.
    int count() {
        return count;
    }
}
