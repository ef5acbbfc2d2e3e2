package dev.assay.operator.science;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class ScienceOperators {
    public static final List<Operator> ALL = List.of(
            new EwaldReciprocal(), //
            new LennardJones(),
            new NeighbourList(),
            new OuterProductMean(),
            new PairwiseDistance(),
            new RadialBasis(),
            new RandomBatchEwald(),
            new SphericalHarmonics(),
            new TensorProduct(),
            new TriangleMultiplication());

    private ScienceOperators() {}
}
