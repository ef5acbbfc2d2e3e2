package dev.assay.operator.signal;

/// Blackman window: `w[n] = 0.42 - 0.5 cos(2π n / N) + 0.08 cos(4π n / N)`.
///
/// - source: ONNX BlackmanWindow-17
public final class BlackmanWindow extends CosineWindow {
    public BlackmanWindow() {
        super(
                "blackman_window",
                "BlackmanWindow",
                "w[n] = 0.42 - 0.5 cos(2π n / N) + 0.08 cos(4π n / N)",
                "ONNX BlackmanWindow-17",
                ratio(42, 100),
                ratio(1, 2),
                ratio(8, 100));
    }
}
