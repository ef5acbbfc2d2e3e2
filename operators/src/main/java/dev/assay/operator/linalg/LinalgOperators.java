package dev.assay.operator.linalg;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class LinalgOperators {
    public static final List<Operator> ALL =
            List.of(new Cholesky(), new Eigh(), new LuFactor(), new Qr(), new SolveTriangular(), new Svd());

    private LinalgOperators() {}
}
