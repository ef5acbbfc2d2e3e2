package dev.assay.engine.scorecard;

/// A published rule for accepting an output.
///
/// A rule is reproduced as it is published, with its holes; what it does not say (how a NaN compares, what an empty
/// output is) follows the code of the project where there is any, and stands in the Javadoc of the class.
public interface Criterion {

    /// Name in `scorecard.csv`, in kebab-case.
    String id();

    /// Project, file and version or commit that the rule was taken from.
    String source();

    /// Says whether the rule accepts the output.
    default Outcome judge(Comparand comparand) {
        return comparand.size() == 0 ? Outcome.notApplicable("no elements") : compare(comparand);
    }

    /// As [#judge], for an output with at least one element.
    Outcome compare(Comparand comparand);
}
