package dev.assay.operator.norm;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class NormOperators {
    public static final List<Operator> ALL = List.of(
            new LayerNormalization() //
            );

    private NormOperators() {}
}
