package dev.assay.operator.conv;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.gemm.ProductOperator;
import dev.assay.operator.gemm.ProductOracle;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Convolution of bytes: that of `x - x_zero_point` with `w - w_zero_point`, exact modulo 2^32.
///
/// - `x_zero_point` is one number, `w_zero_point` one, or one for each channel of the output; the
///   padding holds
///   `x_zero_point`, and so adds nothing
/// - output: `y` is `i32[n,m,o1,..]`
/// - source: ONNX ConvInteger-10
public final class ConvInteger extends ProductOperator {
    static final Set<DType> BYTES = Signature.only(DType.I8, DType.U8);

    /// Whether sums of two products saturate at 16 bits.
    private final boolean pairs;

    public ConvInteger() {
        this(false);
    }

    private ConvInteger(boolean pairs) {
        super(
                "conv_integer",
                "ConvInteger",
                new About("y = (x - x_zero_point) * (w - w_zero_point)", "ONNX ConvInteger-10", About.Errors.EXACT),
                new Signature(
                        List.of(
                                Parameter.required("x", "T1", BYTES, "[n,c,d1,..]"),
                                Parameter.required("w", "T2", BYTES, "weights [m,c / group,k1,..]"),
                                Parameter.optional("x_zero_point", "T1", BYTES, "one number"),
                                Parameter.optional("w_zero_point", "T2", BYTES, "one, or one for each channel [m]")),
                        List.of(Parameter.required("y", "T3", Signature.only(DType.I32), "[n,m,o1,..]")),
                        Window.ATTRIBUTES));
        this.pairs = pairs;
    }

    @Override
    protected List<String> zeroPoints() {
        return List.of("x_zero_point", "w_zero_point");
    }

    private Window window(Call call) {
        Window window = Window.of(call, "x", "w");
        for (String name : zeroPoints()) {
            if (call.hasInput(name)) {
                Shape shape = call.input(name).shape();
                boolean single = shape.rank() <= 1 && shape.elements() == 1;
                boolean each =
                        name.startsWith("w") && shape.equals(Shape.of(window.w().dim(0)));
                require(single || each, name + " is " + shape, name, "give one number, for w one to a channel");
            }
        }
        return window;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(DType.I32, window(call).output()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Window window = window(call);
        Tensor x = inputs.get("x");
        double zero = inputs.has("x_zero_point") ? inputs.get("x_zero_point").get(0) : 0;
        double[] weights = shifted(
                values(inputs.get("w")),
                inputs.has("w_zero_point") ? values(inputs.get("w_zero_point")) : new double[1],
                window.w().dim(0));
        return ProductOracle.ofSmallIntegers(
                pairs,
                DType.I32,
                window.layout(),
                product -> window.weights(weights, product),
                product -> window.patches(x, product, zero),
                (sum, product, row, column, element) -> {});
    }

    /// Weights less their zero points, of which there is one, or one for each of `channels`.
    static double[] shifted(double[] weights, double[] zeroPoints, long channels) {
        for (int i = 0; i < weights.length; i++) {
            long channel = i / (weights.length / channels);
            weights[i] -= zeroPoints.length == 1 ? zeroPoints[0] : zeroPoints[(int) channel];
        }
        return weights;
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>(ConvReadings.padding(call, inputs));
        all.add(Rereading.of(call, inputs)
                .as("overflow", "sums of two products saturate at 16 bits")
                .by(new ConvInteger(true)));
        return all;
    }

    @Override
    public Cost cost(Call call) {
        Window window = window(call);
        return new Cost(2.0 * window.output().elements() * window.depth(), call.tensorBytes());
    }
}
