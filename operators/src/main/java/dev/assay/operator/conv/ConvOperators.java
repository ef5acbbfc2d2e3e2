package dev.assay.operator.conv;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class ConvOperators {
    public static final List<Operator> ALL = List.of(
            new Conv(),
            new ConvGrad(), //
            new ConvInteger(),
            new QLinearConv());

    private ConvOperators() {}
}
