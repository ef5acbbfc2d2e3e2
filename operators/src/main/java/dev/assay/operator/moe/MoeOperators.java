package dev.assay.operator.moe;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class MoeOperators {
    public static final List<Operator> ALL = List.of(
            new MoeAlignBlockSize(), //
            new MoeCombine(),
            new MoeScatter(),
            new MoeSigmoidGroupedTopK(),
            new MoeSoftmaxTopK());

    private MoeOperators() {}
}
