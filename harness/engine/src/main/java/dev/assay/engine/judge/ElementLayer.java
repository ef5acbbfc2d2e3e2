package dev.assay.engine.judge;

import dev.assay.engine.judge.Comparison.Mismatch;
import dev.assay.engine.judge.Comparison.Wrong;
import java.util.Optional;

/// The layers that look at single elements: they share one pass over the outputs and differ in what they
/// object to.
final class ElementLayer implements Layer {
    /// Elements with one right value hold it.
    static final ElementLayer EXACTNESS = new ElementLayer("exact", Mismatch.EXACT, "differ from the only right value");
    /// Errors are within what the contract explains.
    static final ElementLayer BOUND = new ElementLayer("bound", Mismatch.BOUND, "exceed their error bound");
    /// NaN, infinities and finite values are where they belong.
    static final ElementLayer SPECIALS =
            new ElementLayer("special", Mismatch.SPECIAL, "are NaN, infinite or finite where they should not be");
    /// What outputs come to together is what the inputs ask for.
    static final ElementLayer RELATIONS =
            new ElementLayer("relation", Mismatch.RELATION, "of what the outputs come to are beyond their error bound");

    private final String code;
    private final Mismatch kind;
    private final String complaint;

    private ElementLayer(String code, Mismatch kind, String complaint) {
        this.code = code;
        this.kind = kind;
        this.complaint = complaint;
    }

    String code() {
        return code;
    }

    @Override
    public Optional<Finding> check(Trial trial) {
        for (Comparison comparison : trial.comparisons()) {
            Wrong wrong = comparison.tally().wrong(kind);
            if (wrong.count > 0) {
                return Optional.of(finding(comparison, wrong, ""));
            }
        }
        return Optional.empty();
    }

    /// Says what is wrong, after an introduction.
    Finding finding(Comparison comparison, Wrong wrong, String introduction) {
        String element = Words.element(comparison.output(), wrong.at);
        String much = Double.isInfinite(wrong.ratio)
                ? ""
                : ", " + Words.rough(wrong.ratio) + " times its bound of " + Words.rough(wrong.limit);
        String box = Words.box(comparison.output(), wrong.lowest, wrong.highest);
        String reason = introduction + wrong.count + " of " + comparison.tally().elements
                + (comparison.isSampled() ? " sampled elements " : " elements ") + complaint + ", within " + box
                + "; worst " + element + ": expected " + Words.value(wrong.expected) + ", got "
                + Words.value(wrong.actual)
                + much;
        return new Finding(
                code, reason, Optional.of(new Finding.Element(element, wrong.expected, wrong.actual, wrong.limit)));
    }
}
