package dev.assay.operator.signal;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Short-time Fourier transform: that of each frame of a signal, times a window.
///
/// - `X[f,k] = Σ_t signal[f · step + t] window[t] exp(-2πi k t / n)`, frames as many as fit: `(length
///   - n) / step + 1`, no padding
/// - `n` is `frame_length`, or the length of the window; where both are given they are equal
/// - `onesided` (standard) keeps `k = 0 .. n/2`, of real signals only
/// - error: that of the transform, whose products have one more rounding ([SpectralError] has room
///   for a dozen)
/// - source: ONNX STFT-17
public final class Stft extends NamedOperator {
    public Stft() {
        super(
                "stft",
                "STFT",
                new About(
                        "X[f,k] = Σ signal[f step + t] window[t] exp(-2πi k t / n)",
                        "ONNX STFT-17",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(
                                Parameter.required(
                                        "signal", "T", Signature.floats(), "[b, length, 1], or [b, length, 2]"),
                                Parameter.constant(
                                        "frame_step",
                                        "I",
                                        Signature.only(DType.I32, DType.I64),
                                        "one number, at least 1"),
                                Parameter.optional("window", "T", Signature.floats(), "[n], standard ones"),
                                Parameter.optionalConstant(
                                        "frame_length",
                                        "I",
                                        Signature.only(DType.I32, DType.I64),
                                        "one number, n; standard the window's length")),
                        List.of(Parameter.required("output", "T", Signature.floats(), "[b, frames, bins, 2]")),
                        List.of(AttributeSpec.integer("onesided", 1, "1: k = 0 .. n/2, of real signals"))));
    }

    /// Sizes of a call.
    private record Plan(int batch, int length, int parts, int step, int n, int frames, int bins) {}

    private Plan plan(Call call) {
        Shape signal = call.input("signal").shape();
        require(
                signal.rank() == 3 && (signal.dim(2) == 1 || signal.dim(2) == 2),
                "signal has shape " + signal,
                "input signal",
                "give [b, length, 1], or [b, length, 2] of complex numbers");
        long step = one(call, "frame_step");
        require(step > 0, "frame_step " + step, "input frame_step", "give at least 1");
        long window = -1;
        if (call.hasInput("window")) {
            Shape shape = call.input("window").shape();
            require(shape.rank() == 1, "window has shape " + shape, "input window", "give it one dimension");
            window = shape.dim(0);
        }
        long n = call.constants().containsKey("frame_length") ? one(call, "frame_length") : window;
        require(n > 0, "neither frame_length nor window", "input frame_length", "give one of the two");
        require(
                window < 0 || window == n,
                "frame_length " + n + " and a window of " + window,
                "input window",
                "give a window as long as a frame");
        require(
                signal.dim(1) >= n,
                "a signal of " + signal.dim(1) + " and frames of " + n,
                "input signal",
                "give a signal no shorter than a frame");
        long onesided = call.attributes().integer("onesided");
        require(onesided == 0 || onesided == 1, "onesided " + onesided, "attribute onesided", "give 0 or 1");
        require(
                onesided == 0 || signal.dim(2) == 1,
                "onesided with complex numbers",
                "attribute onesided",
                "give 0: half the spectrum does not say all");
        return new Plan(
                Math.toIntExact(signal.dim(0)),
                Math.toIntExact(signal.dim(1)),
                (int) signal.dim(2),
                Math.toIntExact(step),
                Math.toIntExact(n),
                Math.toIntExact((signal.dim(1) - n) / step + 1),
                Math.toIntExact(onesided == 1 ? n / 2 + 1 : n));
    }

    private long one(Call call, String name) {
        List<Long> values = call.constants().getOrDefault(name, List.of());
        require(values.size() == 1, name + " is " + values, "input " + name, "give one number");
        return values.getFirst();
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Plan plan = plan(call);
        return List.of(TensorSpec.of(call.input("signal").dtype(), plan.batch(), plan.frames(), plan.bins(), 2));
    }

    @Override
    public Cost cost(Call call) {
        Plan plan = plan(call);
        double stages = Math.max(1, Math.log(plan.n()) / Math.log(2));
        double frames = (double) plan.batch() * plan.frames();
        return new Cost(frames * plan.n() * (1 + 5 * stages), call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 100 * cost(call).flops();
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(
                new Scaling(Map.of("signal", 3), Map.of("output", 3)),
                new Scaling(Map.of("signal", -3), Map.of("output", -3)));
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return Optional.of(new BatchAxis(Map.of("signal", 0), Map.of("output", 0)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Plan plan = plan(call);
        Tensor signal = inputs.get("signal");
        Shape shape = outputs(call).getFirst().shape();
        SpectralError errors = new SpectralError(contract, signal.dtype(), plan.n());
        double[] window = new double[plan.n()];
        java.util.Arrays.fill(window, 1);
        if (inputs.has("window")) {
            inputs.get("window").decode(0, plan.n(), window, 0);
        }
        return new LineOracle(plan.n() * 2, List.of(LineOracle.Layout.runs(shape, plan.bins() * 2L))) {
            @Override
            protected Line line(long number, Observed device) {
                long start = number / plan.frames() * plan.length() + number % plan.frames() * plan.step();
                ComplexLine values = ComplexLine.zeros(plan.n());
                boolean finite = true;
                for (int t = 0; t < plan.n(); t++) {
                    double re = signal.get((start + t) * plan.parts());
                    double im = plan.parts() == 2 ? signal.get((start + t) * plan.parts() + 1) : 0;
                    values.re()[t] = DoubleDouble.product(re, window[t]);
                    values.im()[t] = DoubleDouble.product(im, window[t]);
                    finite &= Double.isFinite(values.re()[t].hi()) && Double.isFinite(values.im()[t].hi());
                }
                double squares = values.squares();
                double magnitudes = values.magnitudes();
                boolean known = finite && Double.isFinite(squares);
                if (known) {
                    ExactDft.along(values, new int[] {plan.n()}, 0, false);
                }
                return (output, position, into, to) -> {
                    if (!known) {
                        put(Estimate.exact(Double.NaN).doubting(Estimate.OPEN), into, to);
                        return;
                    }
                    DoubleDouble value = position % 2 == 0 ? values.re()[position / 2] : values.im()[position / 2];
                    // A frame of one number is a product, rounded once.
                    Estimate estimate = errors.of(value, squares, magnitudes);
                    put(estimate.withSigma(errors.unit() * Math.sqrt(squares)), into, to);
                };
            }
        };
    }
}
