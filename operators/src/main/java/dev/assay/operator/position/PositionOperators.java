package dev.assay.operator.position;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class PositionOperators {
    public static final List<Operator> ALL = List.of(
            new Rope(false), //
            new Rope(true),
            new RotaryEmbedding());

    private PositionOperators() {}
}
