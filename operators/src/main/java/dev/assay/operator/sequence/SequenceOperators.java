package dev.assay.operator.sequence;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class SequenceOperators {
    public static final List<Operator> ALL = List.of(
            new CausalConv1d(), //
            new CausalConvWithState(),
            new LinearAttention());

    private SequenceOperators() {}
}
