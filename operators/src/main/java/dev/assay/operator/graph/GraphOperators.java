package dev.assay.operator.graph;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class GraphOperators {
    public static final List<Operator> ALL = List.of(
            new Sddmm(), //
            new SegmentReduce(),
            new Spmm(),
            new Stencil());

    private GraphOperators() {}
}
