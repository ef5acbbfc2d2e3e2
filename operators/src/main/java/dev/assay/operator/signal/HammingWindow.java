package dev.assay.operator.signal;

/// Hamming window: `w[n] = 25/46 - 21/46 cos(2π n / N)`.
///
/// - source: ONNX HammingWindow-17
public final class HammingWindow extends CosineWindow {
    public HammingWindow() {
        super(
                "hamming_window",
                "HammingWindow",
                "w[n] = 25/46 - 21/46 cos(2π n / N)",
                "ONNX HammingWindow-17",
                ratio(25, 46),
                ratio(21, 46));
    }
}
