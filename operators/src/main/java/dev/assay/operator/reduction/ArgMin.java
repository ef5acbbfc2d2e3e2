package dev.assay.operator.reduction;

/// Index of the smallest element of each line along a dimension.
///
/// - of equal ones the first, or with `select_last_index` the last
/// - source: ONNX ArgMin-13
public final class ArgMin extends ArgExtreme {
    public ArgMin() {
        super("argmin", "ArgMin", "ONNX ArgMin-13", false);
    }
}
