package dev.assay.operator.norm;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class NormOperators {
    public static final List<Operator> ALL = List.of(
            new AddRmsNormalization(),
            new BatchNormalization(),
            new GroupNormalization(),
            new InstanceNormalization(),
            new LayerNormalization(),
            new LpNormalization(),
            new MeanVarianceNormalization(),
            new QkNormalization(),
            new ReduceVariance(),
            new RmsNormalization());

    private NormOperators() {}
}
