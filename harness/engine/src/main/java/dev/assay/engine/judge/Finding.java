package dev.assay.engine.judge;

import java.util.Optional;

/// What a layer objects to.
///
/// @param layer code of the layer, as in rows
/// @param reason one sentence
/// @param worst the worst element, where single elements are wrong
public record Finding(String layer, String reason, Optional<Element> worst) {
    /// An element that is wrong.
    ///
    /// @param where such as `Y[3,5]`
    public record Element(String where, double expected, double actual, double bound) {}

    static Finding of(String layer, String reason) {
        return new Finding(layer, reason, Optional.empty());
    }
}
