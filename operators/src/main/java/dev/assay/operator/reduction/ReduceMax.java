package dev.assay.operator.reduction;

/// The largest element of each line; NaN if one of them is NaN.
///
/// - of no elements it is minus infinity, or the smallest number of an integer type
/// - source: ONNX ReduceMax-20; NaN as NumPy has it, which computes ONNX's own examples
public final class ReduceMax extends ReduceExtreme {
    public ReduceMax() {
        super("reduce_max", "ReduceMax", "the largest x; NaN if one is NaN", "ONNX ReduceMax-20", true);
    }
}
