package dev.assay.operator;

import dev.assay.tensor.Tensor;

/// What the device returned, for an expectation that depends on it (given the device's own scale, its k-th value).
@FunctionalInterface
public interface Observed {
    /// Output by its position in the signature. Throws IllegalArgumentException if the call did not ask for it.
    Tensor output(int position);
}
