package dev.assay.operator.sampling;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class SamplingOperators {
    public static final List<Operator> ALL = List.of(
            new ApplyPenalties(), //
            new RandomSample(),
            new SamplingMask());

    private SamplingOperators() {}
}
