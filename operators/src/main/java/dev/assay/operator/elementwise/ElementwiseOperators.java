package dev.assay.operator.elementwise;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class ElementwiseOperators {
    public static final List<Operator> ALL = List.of(
            new Add(), //
            new Max(),
            new Sigmoid());

    private ElementwiseOperators() {}
}
