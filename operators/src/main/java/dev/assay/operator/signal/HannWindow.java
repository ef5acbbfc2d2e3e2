package dev.assay.operator.signal;

/// Hann window: `w[n] = 0.5 - 0.5 cos(2π n / N)`.
///
/// - source: ONNX HannWindow-17
public final class HannWindow extends CosineWindow {
    public HannWindow() {
        super(
                "hann_window",
                "HannWindow",
                "w[n] = 0.5 - 0.5 cos(2π n / N)",
                "ONNX HannWindow-17",
                ratio(1, 2),
                ratio(1, 2));
    }
}
