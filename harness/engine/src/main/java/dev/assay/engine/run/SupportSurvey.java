package dev.assay.engine.run;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.run.SupportReply.Answer;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Signature.Parameter;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.tensor.TensorSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Asks a backend in a process of its own which calls it supports, and runs none.
///
/// A backend that crashes or hangs over a call costs that call; the next one is asked in a fresh process.
public final class SupportSurvey {
    private final BackendRef backend;
    private final int threads;
    private final Duration limit;

    /// @param limit for one answer
    public SupportSurvey(BackendRef backend, int threads, Duration limit) {
        this.backend = backend;
        this.threads = threads;
        this.limit = limit;
    }

    /// A call and what was said of it.
    ///
    /// @param dtype see [#dtype]
    public record Asked(Call call, String dtype, SupportReply reply) {}

    /// Asks for every call of the cases once, in their order. Throws [PluginException] if the backend does not open.
    public List<Asked> ask(Collection<PlannedCase> cases) throws InterruptedException {
        Map<Call, PlannedCase> calls = new LinkedHashMap<>();
        for (PlannedCase planned : cases) {
            CaseSpec spec = CaseSpec.parse(planned.spec());
            if (spec.known() == null) {
                calls.putIfAbsent(spec.call(planned.caseId()), planned);
            }
        }
        List<Asked> asked = new ArrayList<>();
        BackendWorker worker = BackendWorker.open(backend, threads, false, false);
        try {
            for (Map.Entry<Call, PlannedCase> each : calls.entrySet()) {
                BackendWorker.Answer answer =
                        worker.ask(WorkerCommand.support(each.getValue(), limit), limit.plusSeconds(5));
                asked.add(new Asked(each.getKey(), dtype(each.getKey()), reply(answer)));
                if (!(answer instanceof BackendWorker.Answer.Reply)) {
                    worker = BackendWorker.open(backend, threads, false, false);
                }
            }
        } finally {
            worker.close();
        }
        return asked;
    }

    private SupportReply reply(BackendWorker.Answer answer) {
        return switch (answer) {
            case BackendWorker.Answer.Reply(WorkerReply reply) ->
                Optional.ofNullable(reply.support())
                        .orElseGet(() -> new SupportReply(Answer.ERROR, String.valueOf(reply.problem())));
            case BackendWorker.Answer.TimedOut ignored ->
                new SupportReply(Answer.TIMEOUT, "no answer within " + limit.toSeconds() + " s");
            case BackendWorker.Answer.Crashed(String how) -> new SupportReply(Answer.CRASH, how);
        };
    }

    /// The dtype that a call goes by: that of the first input for which its operator offers a choice of types, or of
    /// the first input if there is no such choice.
    static String dtype(Call call) {
        Operator operator = Operators.named(call.operator(), call.toString());
        List<Operand> present = call.inputs().stream()
                .filter(operand -> operand.spec().isPresent())
                .toList();
        return present.stream()
                .filter(operand -> hasChoice(operator, operand.name()))
                .findFirst()
                .or(() -> present.stream().findFirst())
                .flatMap(Operand::spec)
                .map(TensorSpec::dtype)
                .map(Object::toString)
                .orElse("-");
    }

    private static boolean hasChoice(Operator operator, String input) {
        for (Parameter parameter : operator.signature().inputs()) {
            boolean named = parameter.variadic()
                    ? Call.isMember(parameter.name(), input)
                    : parameter.name().equals(input);
            if (named) {
                return parameter.dtypes().size() > 1;
            }
        }
        return false;
    }
}
