package dev.assay.tck;

import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.tck.rules.Candidate;
import dev.assay.tck.rules.Outcome;
import dev.assay.tck.rules.Rule;
import dev.assay.tck.rules.Rules;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The rules of `docs/backend-contract.md` as tests of one backend:
///
/// ```java
/// class AcmeContractTest extends BackendContractTest {
///     @Override
///     protected BackendProvider provider() {
///         return new AcmeProvider();
///     }
/// }
/// ```
///
/// A rule that there is nothing to check on is shown as skipped, with the reason; one that hangs fails after
/// [#limit]. What may crash is better checked by `assay check-backend`, which does the same in processes of its own.
public abstract class BackendContractTest {

    /// A new provider each time.
    protected abstract BackendProvider provider();

    /// What the backend is opened with.
    protected BackendOptions options() {
        return BackendOptions.NONE;
    }

    /// Suites, models and files whose calls are asked; all suites that come with Assay if there are none.
    protected List<String> suites() {
        return List.of();
    }

    /// How long one rule may take.
    protected Duration limit() {
        return Duration.ofMinutes(5);
    }

    @TestFactory
    final Stream<DynamicTest> rules() {
        LimitedCheck check = new LimitedCheck(() -> new Candidate(this::provider, options(), suites()), limit());
        return Rules.ALL.stream()
                .map(rule -> DynamicTest.dynamicTest(rule.toString(), () -> judge(rule, check.check(rule))))
                .onClose(check::close);
    }

    private static void judge(Rule rule, Outcome outcome) {
        switch (outcome) {
            case Outcome.Ok ignored -> {}
            case Outcome.Violated violated ->
                Assertions.fail("%s: %s%n  where: %s%n  fix:   %s"
                        .formatted(rule.number(), violated.what(), violated.where(), violated.fix()));
            case Outcome.NotApplicable none -> Assumptions.abort(none.sentence());
        }
    }
}
