package dev.assay.operator.conv;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Gradient;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.OutputOracles;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.gemm.GradientFills;
import dev.assay.operator.gemm.ProductGradient;
import dev.assay.operator.gemm.ProductOperator;
import dev.assay.operator.gemm.ProductOracle;
import dev.assay.operator.gemm.StackedMatrices;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Gradients of a convolution: of the data, dY spread by the weights; of the weights, the sums over
/// all images and
/// places of dY times the data beneath the kernel; of the bias, the sums of dY.
///
/// - inputs: `dY` is `[n,m,o1,..]`, `X` is `[n,c,d1,..]`, `W` is `[m,c / group,k1,..]`; attributes as
///   those of `conv`
/// - outputs: `dX` like X, `dW` like W, `dB` `[m]`
/// - an element of X that no kernel lies over has the gradient 0; where a weight is infinite, kernels
///   that multiply it
///   with zeros they put between the elements of dY may have NaN there
/// - source: derivative of ONNX Conv-22
public final class ConvGrad extends ProductOperator implements Gradient {
    public ConvGrad() {
        super(
                "conv_grad",
                "",
                new About(
                        "dX = W spread by dY, dW = Σ dY · X beneath the kernel, dB = Σ dY",
                        "derivative of ONNX Conv-22",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("dY", "T", Signature.floats(), "gradient of the output [n,m,o1,..]"),
                                Parameter.required("X", "T", Signature.floats(), "[n,c,d1,..]"),
                                Parameter.required("W", "T", Signature.floats(), "weights [m,c / group,k1,..]")),
                        List.of(
                                Parameter.required("dX", "T", Signature.floats(), "gradient of X, like it"),
                                Parameter.required("dW", "T", Signature.floats(), "gradient of W, like it"),
                                Parameter.optional("dB", "T", Signature.floats(), "gradient of the bias [m]")),
                        Window.ATTRIBUTES));
    }

    @Override
    public Operator forward() {
        return new Conv();
    }

    @Override
    public Map<String, Source> sources() {
        return Map.of("dY", Source.cotangent("Y"), "X", Source.input("X"), "W", Source.input("W"));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dX", "X", "dW", "W", "dB", "B");
    }

    private Window window(Call call) {
        Window window = Window.of(call, "X", "W");
        Shape dy = call.input("dY").shape();
        require(dy.equals(window.output()), "dY is " + dy, "dY", "give it the shape of the output, " + window.output());
        return window;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Window window = window(call);
        DType dtype = call.input("X").dtype();
        return List.of(
                TensorSpec.dense(dtype, window.x()),
                TensorSpec.dense(dtype, window.w()),
                TensorSpec.dense(dtype, Shape.of(window.w().dim(0))));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Window window = window(call);
        DType dtype = call.input("X").dtype();
        double[] weights = values(inputs.get("W"));
        double[] dy = values(inputs.get("dY"));
        return new OutputOracles(List.of(
                ofData(window, contract, dtype, weights, dy),
                ofWeights(window, contract, dtype, inputs.get("X"), dy),
                ofBias(window, contract, dtype, dy)));
    }

    /// One product for each image and group, whose sums go over the channels of dY and the elements of
    /// the kernel.
    private static Oracle ofData(Window window, ComputeContract contract, DType dtype, double[] weights, double[] dy) {
        long pixels = window.x().slice(2, window.x().rank()).elements();
        Spread spread = new Spread(window, weights, dy);
        ProductOracle.Layout layout = new ProductOracle.Layout(
                window.x(), window.x().dim(0) * window.group(), window.w().dim(1), pixels, spread.depth());
        return ProductOracle.of(
                contract,
                dtype,
                dtype,
                dtype,
                layout,
                spread::weights,
                spread::gradients,
                (sum, product, row, column, element) -> {
                    if (!Double.isFinite(sum.value())) {
                        spread.withoutZeros(sum, product, row, column);
                    }
                });
    }

    /// One product for each group, whose sums go over images and places.
    private static Oracle ofWeights(Window window, ComputeContract contract, DType dtype, Tensor x, double[] dy) {
        int places = Math.toIntExact(window.places().elements());
        int channels = Math.toIntExact(window.w().dim(0) / window.group());
        long images = window.x().dim(0);
        ProductOracle.Layout layout = new ProductOracle.Layout(
                window.w(), window.group(), channels, window.depth(), Math.toIntExact(images * places));
        List<Matrix> left = new ArrayList<>();
        List<Matrix> right = new ArrayList<>();
        for (long group = 0; group < window.group(); group++) {
            List<Matrix> ofDy = new ArrayList<>();
            List<Matrix> patches = new ArrayList<>();
            for (long image = 0; image < images; image++) {
                long first = (image * window.w().dim(0) + group * channels) * places;
                ofDy.add(Matrix.of(dy, Math.toIntExact(first), places).transposed());
                patches.add(window.patches(x, image * window.group() + group, 0).transposed());
            }
            left.add(StackedMatrices.of(places, ofDy).transposed());
            right.add(StackedMatrices.of(places, patches));
        }
        return ProductOracle.of(
                contract,
                dtype,
                dtype,
                dtype,
                layout,
                group -> left.get((int) group),
                group -> right.get((int) group),
                (sum, group, row, column, element) -> {});
    }

    private static Oracle ofBias(Window window, ComputeContract contract, DType dtype, double[] dy) {
        int places = Math.toIntExact(window.places().elements());
        long channels = window.w().dim(0);
        List<Matrix> images = new ArrayList<>();
        for (long image = 0; image < window.x().dim(0); image++) {
            images.add(Matrix.of(dy, Math.toIntExact(image * channels * places), places)
                    .transposed());
        }
        return ProductGradient.columnSums(
                contract,
                dtype,
                dtype,
                StackedMatrices.of(places, images),
                Math.toIntExact(window.x().dim(0) * places),
                channels,
                Optional.empty());
    }

    @Override
    public Cost cost(Call call) {
        Window window = window(call);
        double product = 2.0 * window.output().elements() * window.depth();
        double sums = call.hasOutput("dB") ? window.output().elements() : 0;
        return new Cost(2 * product + sums, call.tensorBytes());
    }

    /// The sums that give dX hold a zero for each element of the kernel that lies over no element of dY.
    @Override
    public double referenceFlops(Call call) {
        Window window = window(call);
        long channels = window.w().dim(0) / window.group();
        double ofData = 2.0 * window.x().elements() * channels * window.kernel().elements();
        return cost(call).flops() + ofData;
    }

    /// All images meet in dW.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return Optional.empty();
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        Window window = window(call);
        return window.output().isEmpty() || window.w().isEmpty() ? List.of() : GradientFills.wholeNumbers();
    }

    /// The dimensions behind the first, taken as one.
    @Override
    public Fill.Along along(Call call, String input) {
        return Fill.Along.trailing(call.input(input).shape(), 1);
    }
}
