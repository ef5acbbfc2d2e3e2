package dev.assay.operator.loss;

import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;

/// Steps that losses share.
final class Terms {
    private Terms() {}

    static Estimate negated(Estimate a) {
        return new Estimate(a.value().negated(), a.sigma(), a.certain(), a.systematic(), a.doubts());
    }

    /// A number times a weight that is an input.
    static Estimate weighted(Estimate a, double weight, LineArithmetic arithmetic) {
        return weight == 1 ? a : arithmetic.times(a, Estimate.exact(weight));
    }
}
