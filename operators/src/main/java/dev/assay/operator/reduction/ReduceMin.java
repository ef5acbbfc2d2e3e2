package dev.assay.operator.reduction;

/// The smallest element of each line; NaN if one of them is NaN.
///
/// - of no elements it is infinity, or the largest number of an integer type
/// - source: ONNX ReduceMin-20; NaN as NumPy has it, which computes ONNX's own examples
public final class ReduceMin extends ReduceExtreme {
    public ReduceMin() {
        super("reduce_min", "ReduceMin", "the smallest x; NaN if one is NaN", "ONNX ReduceMin-20", false);
    }
}
