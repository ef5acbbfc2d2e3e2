package dev.assay.engine.judge;

import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.diagnosis.Cause;
import dev.assay.engine.diagnosis.Diagnosing;
import dev.assay.engine.diagnosis.Diagnosis;
import dev.assay.engine.diagnosis.Evidence;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.results.Verdict;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Judges a kernel on the inputs of one case.
public final class Judge {
    /// In the order in which an objection is reported first: a kernel that writes outside its memory
    /// has no numbers worth discussing.
    private static final List<Layer> LAYERS = List.of(
            new MemoryLayer(),
            ElementLayer.EXACTNESS,
            ElementLayer.BOUND,
            ElementLayer.RELATIONS,
            ElementLayer.SPECIALS,
            StatisticsLayer.RMS,
            StatisticsLayer.BIAS,
            new LargeLayer(),
            new DeterminismLayer());

    /// Prepares, runs and judges, on these inputs alone.
    public static Judgement judge(Backend backend, Operator operator, Call call, Map<String, Tensor> inputs) {
        return judge(backend, new Subject(operator, call, inputs, Optional.empty()), List.of());
    }

    /// Prepares, runs and judges.
    public static Judgement judge(Backend backend, Subject subject, List<Witness> witnesses) {
        Operator operator = subject.operator();
        Call call = subject.call();
        ComputeContract contract = backend.contract(call);
        try (Arena arena = Arena.ofShared();
                DeviceCall device = DeviceCall.prepare(backend, call, subject.inputs(), false)) {
            Trial trial = Trial.run(device, operator, call, contract, subject.inputs(), subject.isLarge(), arena);
            Judgement judgement = new Judge(backend, subject, device, trial, arena).judgement();
            witnesses.forEach(witness -> witness.saw(trial, judgement));
            return judgement;
        }
    }

    private final Backend backend;
    private final Subject subject;
    private final DeviceCall device;
    private final Trial trial;
    private final Arena arena;

    private Judge(Backend backend, Subject subject, DeviceCall device, Trial trial, Arena arena) {
        this.backend = backend;
        this.subject = subject;
        this.device = device;
        this.trial = trial;
        this.arena = arena;
    }

    /// Holds outputs that somebody else computed against the reference.
    ///
    /// @return what is wrong, or empty
    public static Optional<String> disagreement(
            Operator operator,
            Call call,
            Map<String, Tensor> inputs,
            Map<String, Tensor> outputs,
            ComputeContract contract) {
        return disagreement(operator, call, inputs, outputs, contract, Double.POSITIVE_INFINITY);
    }

    /// The same, by samples and sums where the reference takes more than so many flops.
    public static Optional<String> disagreement(
            Operator operator,
            Call call,
            Map<String, Tensor> inputs,
            Map<String, Tensor> outputs,
            ComputeContract contract,
            double largestReference) {
        Oracle oracle = operator.oracle(call, new Inputs(inputs), contract);
        boolean specials = hasSpecials(inputs);
        List<Comparison> comparisons = Comparison.all(
                call, contract, oracle, outputs, specials, LargeCase.is(operator, call, largestReference));
        for (Comparison comparison : comparisons) {
            Optional<String> sums = comparison.projected().flatMap(Projected::objection);
            if (sums.isPresent()) {
                return sums;
            }
            for (Comparison.Mismatch kind : Comparison.Mismatch.values()) {
                Comparison.Wrong wrong = comparison.tally().wrong(kind);
                if (wrong.count > 0) {
                    return Optional.of(wrong.count + " of " + comparison.shape().elements() + " elements, worst "
                            + Words.element(comparison.output(), wrong.at) + ": reference " + wrong.expected
                            + ", stored " + wrong.actual + ", allowed " + Words.rough(wrong.limit));
                }
            }
        }
        return Optional.empty();
    }

    static boolean hasSpecials(Map<String, Tensor> inputs) {
        return inputs.values().stream().anyMatch(tensor -> !tensor.isFinite());
    }

    private Judgement judgement() {
        List<Finding> findings = new ArrayList<>();
        for (Layer layer : LAYERS) {
            layer.check(trial).ifPresent(findings::add);
        }
        List<Evidence.Run> runs = new ArrayList<>(List.of(trial.evidence("", findings)));
        int judged = 1;
        boolean batchDependent = false;
        if (trial.isLarge()) {
            findings.addAll(LargeCase.coded(backend, subject, trial.contract(), trial.oracle()));
        } else if (SubRuns.affords(subject)) {
            BatchLayer batch = new BatchLayer(backend, subject);
            Optional<Finding> moved = batch.check(trial);
            batchDependent = BatchLayer.isBatchDependence(moved);
            moved.ifPresent(findings::add);
            ScalingLayer scaling = new ScalingLayer(device, subject);
            scaling.check(trial).ifPresent(findings::add);
            SubRuns more = SubRuns.of(device, trial, subject, arena);
            findings.addAll(more.findings());
            runs.addAll(more.runs());
            OrderRuns order = OrderRuns.of(device, trial, subject, batch, arena);
            findings.addAll(order.findings());
            runs.addAll(order.runs());
            batchDependent |= order.batchDependent();
            judged += batch.count() + scaling.count() + more.count() + order.count();
        }
        long elements = 0;
        long mismatches = 0;
        double worstRatio = 0;
        double maxUlp = 0;
        boolean informative = false;
        double rms = Double.NaN;
        double bias = Double.NaN;
        List<Double> tightness = new ArrayList<>();
        long mismatchesAgain = 0;
        for (Comparison comparison : trial.firstComparisons()) {
            elements += comparison.tally().elements;
            mismatches += comparison.tally().mismatches();
            informative |= comparison.tally().informative;
            tightness.addAll(comparison.tightness());
        }
        for (Comparison comparison : trial.comparisons()) {
            Comparison.Tally tally = comparison.tally();
            mismatchesAgain += tally.mismatches();
            worstRatio = Math.max(worstRatio, tally.worstRatio);
            maxUlp = Math.max(maxUlp, tally.maxUlp);
            ErrorStatistics.Summary statistics = comparison.statistics();
            rms = Double.isNaN(rms) ? statistics.rms() : Math.max(rms, statistics.rms());
            bias = Math.abs(statistics.biasZ()) > Math.abs(bias) || Double.isNaN(bias) ? statistics.biasZ() : bias;
        }
        // Of the two runs the worse one; an element that is wrong in both is one.
        mismatches = Math.max(mismatches, mismatchesAgain - mismatches);
        Verdict verdict = Verdict.PASS;
        String layer = "";
        String reason = "";
        Optional<Finding.Element> worst = Optional.empty();
        Optional<Diagnosis> diagnosis = Optional.empty();
        if (!findings.isEmpty()) {
            Finding first = findings.getFirst();
            verdict = Verdict.FAIL;
            layer = first.layer();
            reason = first.reason() + others(findings);
            worst = findings.stream()
                    .flatMap(finding -> finding.worst().stream())
                    .findFirst();
            Diagnosis found = Diagnosing.of(
                    new Evidence(subject.operator(), subject.call(), trial.contract(), runs, batchDependent));
            diagnosis = Optional.of(found);
            reason += found.cause() == Cause.UNKNOWN ? "" : "; looks like: " + found.sentence();
        } else if (elements == 0) {
            reason = "no elements; memory was judged";
        } else if (!informative) {
            verdict = Verdict.VACUOUS;
            reason = "an output of zeros would pass too";
        } else {
            reason = LargeCase.told(trial.firstComparisons());
        }
        return new Judgement(
                verdict,
                layer,
                findings.stream().map(Finding::layer).distinct().toList(),
                reason,
                diagnosis,
                elements,
                mismatches,
                worstRatio,
                rms,
                maxUlp,
                bias,
                median(tightness),
                worst,
                trial.repeats(),
                judged,
                digest(trial.outputs()),
                device.prepareNanos(),
                trial.runNanos());
    }

    private static String others(List<Finding> findings) {
        List<String> codes = findings.stream()
                .skip(1)
                .map(Finding::layer)
                .filter(code -> !code.equals(findings.getFirst().layer()))
                .distinct()
                .toList();
        return codes.isEmpty() ? "" : "; also " + String.join(", ", codes);
    }

    private static double median(List<Double> values) {
        if (values.isEmpty()) {
            return Double.NaN;
        }
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    /// SHA-256 over the bytes of all outputs, in order.
    public static String digest(Map<String, Tensor> outputs) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Tensor output : outputs.values()) {
                long bytes = output.spec().byteSize();
                byte[] chunk = new byte[1 << 16];
                for (long at = 0; at < bytes; at += chunk.length) {
                    int count = (int) Math.min(chunk.length, bytes - at);
                    java.lang.foreign.MemorySegment.copy(
                            output.memory(), java.lang.foreign.ValueLayout.JAVA_BYTE, at, chunk, 0, count);
                    digest.update(chunk, 0, count);
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
