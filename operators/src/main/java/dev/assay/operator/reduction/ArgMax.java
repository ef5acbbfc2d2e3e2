package dev.assay.operator.reduction;

/// Index of the largest element of each line along a dimension.
///
/// - of equal ones the first, or with `select_last_index` the last
/// - source: ONNX ArgMax-13
public final class ArgMax extends ArgExtreme {
    public ArgMax() {
        super("argmax", "ArgMax", "ONNX ArgMax-13", true);
    }
}
