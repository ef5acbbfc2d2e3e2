package dev.assay.tck.rules;

import dev.assay.HarnessException;
import java.util.List;

/// All rules, in the order in which they are checked: those that others rely on first.
public final class Rules {
    public static final List<Rule> ALL = List.of(
            new C01ConstructingDoesNothing(),
            new C02IdAndVersion(),
            new C03OptionsAreWellFormed(),
            new C04OptionsCanBeGiven(),
            new C05OpensADevice(),
            new C06SupportsSomething(),
            new C07RefusalsHaveAReason(),
            new C08UnknownOperators(),
            new C09YesIsPrepared(),
            new C10NoIsNotPrepared(),
            new C11SupportIsPure(),
            new C12OptionalOperands(),
            new C13ContractIsValid(),
            new C14ContractIsPure(),
            new C15AllocatesEnough(),
            new C16RoundTrip(),
            new C17BuffersAreApart(),
            new C18ResultsAreRight(),
            new C19OutputsAreWritten(),
            new C20InputsStay(),
            new C21NothingElseIsWritten(),
            new C22WorkspaceIsGarbage(),
            new C23Alignment(),
            new C24Strides(),
            new C25NoElements(),
            new C26RunsAgain(),
            new C27TwoLaunches(),
            new C28TwoKernels(),
            new C29TwoBackends(),
            new C30OpensAgain(),
            new C31ClosesInAnyOrder(),
            new C32UseAfterClose(),
            new C33RunsAreCounted(),
            new C34Deterministic(),
            new C35BatchInvariant(),
            new C36RefusalsDoNoHarm(),
            new C37FailuresDoNoHarm());

    private Rules() {}

    /// Throws [HarnessException] that lists the numbers there are.
    public static Rule named(String number) {
        return ALL.stream()
                .filter(rule -> rule.number().equals(number))
                .findFirst()
                .orElseThrow(() -> new HarnessException(
                        "no rule '" + number + "'",
                        "rules of backends",
                        "use one of " + ALL.stream().map(Rule::number).toList()));
    }
}
