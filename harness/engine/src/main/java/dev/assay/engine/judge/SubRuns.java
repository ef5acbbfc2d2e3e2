package dev.assay.engine.judge;

import dev.assay.backend.Call;
import dev.assay.engine.diagnosis.Evidence;
import dev.assay.operator.Cost;
import dev.assay.operator.Operator;
import dev.assay.operator.Probe;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The same kernel on further data sets, on which only one answer is right or the promised arithmetic
/// shows.
///
/// This is the one place that says what is a sub-run of a case: the probes that the operator names, less
/// the
/// data set of the case itself, for calls that cost little. Larger calls are met by the large-shape
/// oracles.
/// The same recipes may also be cases of their own in a suite.
final class SubRuns {
    /// Flops of a call that is asked again on other data: a sub-run takes some 50 ms then.
    private static final double MOST_FLOPS = 2e9;
    /// Bytes of its tensors.
    private static final double MOST_BYTES = 64e6;

    static final String CONTRACT = "contract";

    private static final List<Layer> LAYERS = List.of(
            new MemoryLayer(),
            ElementLayer.EXACTNESS,
            ElementLayer.BOUND,
            ElementLayer.RELATIONS,
            ElementLayer.SPECIALS,
            StatisticsLayer.RMS,
            StatisticsLayer.BIAS);

    private final List<Finding> findings = new ArrayList<>();
    private final List<Evidence.Run> runs = new ArrayList<>();

    private SubRuns() {}

    /// @param arena holds inputs and outputs
    static SubRuns of(DeviceCall device, Trial trial, Subject subject, Arena arena) {
        SubRuns all = new SubRuns();
        if (subject.dataSets().isEmpty() || !affords(subject)) {
            return all;
        }
        for (Probe probe : subject.operator().probes(subject.call(), trial.contract())) {
            Map<String, Tensor> inputs = subject.dataSets().get().inputs(subject.call(), probe.fill(), arena);
            Trial sub = Trial.once(device, subject.operator(), subject.call(), trial.contract(), inputs, arena);
            all.judge(probe, sub);
        }
        return all;
    }

    /// Whether a call costs so little that it is asked several times.
    static boolean affords(Subject subject) {
        return affords(subject.operator(), subject.call());
    }

    static boolean affords(Operator operator, Call call) {
        Cost cost = operator.cost(call);
        return cost.flops() <= MOST_FLOPS && cost.bytes() <= MOST_BYTES;
    }

    private void judge(Probe probe, Trial sub) {
        List<Finding> found = new ArrayList<>();
        for (Layer layer : LAYERS) {
            layer.check(sub).ifPresent(finding -> found.add(named(probe, finding)));
        }
        findings.addAll(found);
        runs.add(sub.evidence(probe.fill(), found));
    }

    private static Finding named(Probe probe, Finding finding) {
        boolean memory = finding.layer().equals(MemoryLayer.CODE);
        String layer = probe.contract() && !memory ? CONTRACT : finding.layer();
        String meaning = memory ? "" : " (" + probe.shows() + ")";
        return new Finding(layer, "on " + probe.fill() + meaning + ": " + finding.reason(), Optional.empty());
    }

    /// What was objected to, in the order of the probes.
    List<Finding> findings() {
        return findings;
    }

    /// What the kernel did, for diagnosis.
    List<Evidence.Run> runs() {
        return runs;
    }

    int count() {
        return runs.size();
    }
}
