package dev.assay.operator.movement;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class MovementOperators {
    public static final List<Operator> ALL = List.of(
            new Transpose() //
            );

    private MovementOperators() {}
}
