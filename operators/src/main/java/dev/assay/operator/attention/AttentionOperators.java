package dev.assay.operator.attention;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class AttentionOperators {
    public static final List<Operator> ALL = List.of(
            new Attention(), //
            new AttentionGrad(),
            new FlexAttention(),
            new LseMerge(),
            new MlaAttention(),
            new PagedAttention(),
            new TriangleAttention(),
            new VarlenAttention());

    private AttentionOperators() {}
}
