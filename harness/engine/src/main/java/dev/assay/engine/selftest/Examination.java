package dev.assay.engine.selftest;

import static java.util.Objects.requireNonNull;

import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.Support;
import dev.assay.engine.judge.Judge;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.judge.Subject;
import dev.assay.engine.judge.Witness;
import dev.assay.engine.plan.Case;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/// Judges a kernel on one case as a run does, in this process.
public final class Examination {
    private Examination() {}

    /// Empty where the backend refuses the call.
    public static Optional<Judgement> judge(Backend backend, Case one) {
        Call call = one.call().orElseThrow();
        if (backend.supports(call) instanceof Support.No) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofShared()) {
            return Optional.of(Judge.judge(backend, subject(one, one.seed(), arena), List.of()));
        }
    }

    static Judgement judge(Backend backend, Subject subject, Witness witness) {
        return Judge.judge(backend, subject, List.of(witness));
    }

    /// What a kernel is judged on: the inputs of the case, and others for its call.
    static Subject subject(Case one, long seed, Arena arena) {
        Call call = one.call().orElseThrow();
        Operator operator = Operators.named(call.operator(), one.suite());
        String id = one.id().toString();
        String fill = requireNonNull(one.spec().fill());
        return new Subject(
                operator,
                call,
                CaseInputs.generate(operator, call, fill, one.spec().ownRecipes(), id, seed, arena),
                Optional.of((asked, other, into) -> CaseInputs.generate(operator, asked, other, id, seed, into)));
    }
}
