package dev.assay.engine.run;

import dev.assay.HarnessException;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.engine.judge.DataSets;
import dev.assay.engine.judge.DeviceCall;
import dev.assay.engine.judge.Judge;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.judge.LargeCase;
import dev.assay.engine.judge.Subject;
import dev.assay.engine.judge.Witness;
import dev.assay.engine.onnx.StoredCase;
import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.plan.ContractFloor;
import dev.assay.engine.run.Rows.Stack;
import dev.assay.engine.run.SupportReply.Answer;
import dev.assay.engine.timing.CacheFlush;
import dev.assay.engine.timing.CaseTimer;
import dev.assay.engine.timing.Effort;
import dev.assay.engine.timing.Sample;
import dev.assay.engine.timing.TimingSummary.Peaks;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.CaseRow;
import dev.assay.results.CellText;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import dev.assay.worker.remote.BackendLostException;
import dev.assay.worker.remote.RemoteException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Verifies and times single cases on an open backend, in the process it is called in. Whatever a plugin throws
/// becomes a row.
final class CaseWork {
    private final OpenBackend open;
    private final Stack stack;

    private final double largestReference;

    /// @param fullReference whether references of any size are computed
    CaseWork(OpenBackend open, Stack stack, boolean fullReference) {
        this.open = open;
        this.stack = stack;
        this.largestReference = fullReference ? Double.POSITIVE_INFINITY : LargeCase.LARGEST_REFERENCE_FLOPS;
    }

    /// Judges a case.
    ///
    /// @param limit for what the backend does, where it runs in a process of its own
    /// @param witnesses who else sees what the kernel returned
    CaseRow verify(PlannedCase planned, Duration limit, List<Witness> witnesses) {
        CaseRow row = caught(planned, limit, witnesses);
        // Whatever the loss of its process made of the case on the way.
        return open.lost().map(lost -> lost(planned, lost)).orElse(row);
    }

    /// Whether the backend runs the call of a case; runs nothing.
    ///
    /// @param limit for the answer, where the backend runs in a process of its own
    SupportReply support(PlannedCase planned, Duration limit) {
        SupportReply reply = asked(planned, limit);
        return open.lost()
                .map(lost -> new SupportReply(
                        switch (lost.kind()) {
                            case CRASH -> Answer.CRASH;
                            case TIMEOUT -> Answer.TIMEOUT;
                            case VIOLATION -> Answer.ERROR;
                        },
                        CellText.harmless(lost.how())))
                .orElse(reply);
    }

    private SupportReply asked(PlannedCase planned, Duration limit) {
        try {
            Call call = CaseSpec.parse(planned.spec()).call(planned.caseId());
            Backend backend = open.get();
            open.limit(limit);
            return new DeclaredBackend(backend).supports(call) instanceof Support.No(String reason)
                    ? new SupportReply(Answer.UNSUPPORTED, CellText.harmless(reason))
                    : new SupportReply(Answer.SUPPORTED, "");
        } catch (HarnessException e) {
            // Where is the call, of which there are many; what is wrong counts once.
            return new SupportReply(Answer.ERROR, CellText.harmless(e.what()));
        } catch (RuntimeException | Error e) {
            return new SupportReply(Answer.ERROR, CellText.harmless(told(e)));
        }
    }

    /// What is run, in two lines.
    String title(PlannedCase planned) {
        return "case: " + planned.suite() + " " + planned.caseId() + ", seed " + planned.seed() + "\nbackend: "
                + stack.backend().label() + ", " + stack.version() + ", " + stack.device();
    }

    private CaseRow lost(PlannedCase planned, BackendLostException lost) {
        Verdict verdict = switch (lost.kind()) {
            case CRASH -> Verdict.CRASH;
            case TIMEOUT -> Verdict.TIMEOUT;
            case VIOLATION -> Verdict.ERROR;
        };
        return Rows.plain(planned, stack, verdict, "", lost.how());
    }

    private CaseRow caught(PlannedCase planned, Duration limit, List<Witness> witnesses) {
        try {
            Backend backend = open.get();
            open.limit(limit);
            return verified(backend, planned, witnesses);
        } catch (OutOfMemoryError e) {
            return Rows.plain(planned, stack, Verdict.OUT_OF_MEMORY, "", String.valueOf(e.getMessage()));
        } catch (HarnessException e) {
            return Rows.plain(planned, stack, Verdict.ERROR, "", e.oneLine());
        } catch (RuntimeException | Error e) {
            return Rows.plain(planned, stack, Verdict.ERROR, "", told(e));
        }
    }

    private CaseRow verified(Backend backend, PlannedCase planned, List<Witness> witnesses) {
        CaseSpec spec = CaseSpec.parse(planned.spec());
        Call call = spec.call(planned.caseId());
        Operator operator = Operators.named(call.operator(), planned.caseId());
        DeclaredBackend held = new DeclaredBackend(backend);
        if (held.supports(call) instanceof Support.No(String reason)) {
            return Rows.plain(planned, stack, Verdict.UNSUPPORTED, "", reason);
        }
        ComputeContract contract = held.contract(call);
        Stack declared = stack.withContract(contract.toString());
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.of(planned, spec, operator, call, arena);
            if (spec.model() != null) {
                Optional<String> ours = StoredCase.disagreement(spec.model(), operator, call, inputs, arena);
                if (ours.isPresent()) {
                    return Rows.plain(
                            planned,
                            declared,
                            Verdict.ERROR,
                            "reference",
                            "the stored output is not within the bound of our reference, which is a fault of the reference: "
                                    + ours.get());
                }
            }
            Optional<DataSets> others = spec.model() != null
                    ? Optional.empty()
                    : Optional.of((asked, fill, into) ->
                            CaseInputs.generate(operator, asked, fill, planned.caseId(), planned.seed(), into));
            Judgement judgement =
                    Judge.judge(held, new Subject(operator, call, inputs, others, largestReference), witnesses);
            held.confirm();
            return held(Rows.judged(planned, declared, judgement), spec, call, contract, judgement);
        } catch (UnsupportedCallException e) {
            return Rows.plain(
                    planned,
                    declared,
                    Verdict.ERROR,
                    "",
                    "supports() said yes and prepare() refused: " + e.getMessage());
        }
    }

    /// The row, failed if the contract that explains it is weaker than the suite accepts.
    private static CaseRow held(CaseRow row, CaseSpec spec, Call call, ComputeContract declared, Judgement judgement) {
        if (spec.floor() == null) {
            return row;
        }
        ContractFloor floor = ContractFloor.parse(spec.floor());
        DType input = call.inputs().stream()
                .flatMap(operand -> operand.spec().stream())
                .map(TensorSpec::dtype)
                .findFirst()
                .orElse(DType.F32);
        List<String> objections = new ArrayList<>(floor.weaknesses(declared, input));
        floor.excess(judgement.boundTightness(), judgement.elements()).ifPresent(objections::add);
        if (objections.isEmpty()) {
            return row;
        }
        String reason = String.join("; ", objections);
        return row.verdict() == Verdict.FAIL
                ? Rows.amended(row, Verdict.FAIL, row.layer(), row.reason() + "; also contract: " + reason)
                : Rows.amended(row, Verdict.FAIL, "contract", reason);
    }

    /// Times a case that passed, and looks at its outputs once more.
    ///
    /// @param limit for what the backend does, where it runs in a process of its own
    /// @param cold whether it is also timed with other data in the caches
    /// @param verifiedDigest of the outputs that passed
    WorkerReply time(
            PlannedCase planned, Duration limit, Effort effort, boolean cold, int round, String verifiedDigest) {
        WorkerReply reply = timed(planned, limit, effort, cold, round, verifiedDigest);
        return open.lost()
                .map(lost -> WorkerReply.verified(lost(planned, lost)))
                .orElse(reply);
    }

    private WorkerReply timed(
            PlannedCase planned, Duration limit, Effort effort, boolean cold, int round, String verifiedDigest) {
        CaseSpec spec = CaseSpec.parse(planned.spec());
        Call call = spec.call(planned.caseId());
        Operator operator = Operators.named(call.operator(), planned.caseId());
        try (Arena arena = Arena.ofShared()) {
            Backend backend = open.get();
            open.limit(limit);
            Map<String, Tensor> inputs = CaseInputs.of(planned, spec, operator, call, arena);
            try (DeviceCall device = DeviceCall.prepare(backend, call, inputs, true)) {
                List<Sample> samples = new ArrayList<>(CaseTimer.time(planned.caseId(), device, effort, round));
                if (cold) {
                    try (CacheFlush flush = new CacheFlush(backend)) {
                        samples.addAll(CaseTimer.cold(device, flush, effort, round));
                    }
                }
                Map<String, Tensor> outputs = device.readOutputs(arena);
                if (!Judge.digest(outputs).equals(verifiedDigest)) {
                    ComputeContract contract = new DeclaredBackend(backend).contract(call);
                    Optional<String> wrong =
                            Judge.disagreement(operator, call, inputs, outputs, contract, largestReference);
                    if (wrong.isPresent()) {
                        String reason = "right when verified, wrong after the timed runs: " + wrong.get();
                        return WorkerReply.verified(Rows.plain(
                                planned,
                                stack.withContract(contract.toString()),
                                Verdict.UNSTABLE,
                                "repetition",
                                reason));
                    }
                }
                Peaks peaks = Peaks.of(
                        backend.device(),
                        call.inputs().getFirst().spec().orElseThrow().dtype());
                return WorkerReply.timed(samples, peaks, device.prepareNanos());
            }
        } catch (OutOfMemoryError e) {
            return WorkerReply.verified(
                    Rows.plain(planned, stack, Verdict.OUT_OF_MEMORY, "", "while it was timed: " + e.getMessage()));
        } catch (HarnessException e) {
            return WorkerReply.verified(
                    Rows.plain(planned, stack, Verdict.ERROR, "", "while it was timed: " + e.oneLine()));
        } catch (RuntimeException | Error e) {
            return WorkerReply.verified(
                    Rows.plain(planned, stack, Verdict.ERROR, "", "while it was timed: " + told(e)));
        }
    }

    /// An exception in one line, with where it came from and what caused it.
    static String told(Throwable thrown) {
        if (thrown instanceof RemoteException remote) {
            // Told by the worker, in its words.
            return String.valueOf(remote.getMessage());
        }
        if (thrown instanceof BackendLostException lost) {
            return "its process ended: " + lost.how();
        }
        StringBuilder text = new StringBuilder(thrown.toString());
        StackTraceElement[] trace = thrown.getStackTrace();
        if (trace.length > 0) {
            text.append(" at ").append(trace[0]);
        }
        Throwable cause = thrown.getCause();
        if (cause != null) {
            text.append("; caused by ").append(cause);
        }
        return text.toString();
    }
}
