package dev.assay.operator.conv;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
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
import dev.assay.operator.gemm.QLinearMatMul;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Quantised convolution: `y = saturate(round(((x - zx) * (w - zw) + B) · sx · sw / sy) + zy)`.
///
/// - scale and zero point of x and y are one number, those of w one, or one for each channel of the
///   output; `B` is
///   quantised with the scale `sx · sw`
/// - the sums are exact; what rounds is their scaling, so that a result near the border between two
///   codes may be either
/// - source: ONNX QLinearConv-10
public final class QLinearConv extends ProductOperator {
    private static final Set<DType> BYTES = ConvInteger.BYTES;
    private static final Set<DType> SCALE = Signature.only(DType.F32);

    /// Whether sums of two products saturate at 16 bits.
    private final boolean pairs;

    public QLinearConv() {
        this(false);
    }

    private QLinearConv(boolean pairs) {
        super(
                "qlinear_conv",
                "QLinearConv",
                new About(
                        "y = saturate(round(((x - zx) * (w - zw) + B) · sx · sw / sy) + zy)",
                        "ONNX QLinearConv-10",
                        About.Errors.QUANTISING),
                new Signature(
                        List.of(
                                Parameter.required("x", "T1", BYTES, "[n,c,d1,..]"),
                                Parameter.required("x_scale", "S", SCALE, "one number"),
                                Parameter.required("x_zero_point", "T1", BYTES, "one number"),
                                Parameter.required("w", "T2", BYTES, "weights [m,c / group,k1,..]"),
                                Parameter.required("w_scale", "S", SCALE, "one, or one for each channel [m]"),
                                Parameter.required("w_zero_point", "T2", BYTES, "like w_scale"),
                                Parameter.required("y_scale", "S", SCALE, "one number"),
                                Parameter.required("y_zero_point", "T3", BYTES, "one number"),
                                Parameter.optional("B", "T4", Signature.only(DType.I32), "what is added [m]")),
                        List.of(Parameter.required("y", "T3", BYTES, "[n,m,o1,..]")),
                        Window.ATTRIBUTES));
        this.pairs = pairs;
    }

    @Override
    protected List<String> zeroPoints() {
        return List.of("x_zero_point", "w_zero_point", "y_zero_point");
    }

    @Override
    protected List<String> scales() {
        return List.of("x_scale", "w_scale", "y_scale");
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        if (input.equals("y_scale")) {
            return QLinearMatMul.resultScale(window(call).depth());
        }
        return input.equals("B") ? Fills.of("integers", -10000, 10000) : super.fill(call, input, dataSet);
    }

    private Window window(Call call) {
        Window window = Window.of(call, "x", "w");
        long m = window.w().dim(0);
        for (String name : List.of("x_scale", "x_zero_point", "w_scale", "w_zero_point", "y_scale", "y_zero_point")) {
            Shape shape = call.input(name).shape();
            boolean single = shape.rank() <= 1 && shape.elements() == 1;
            boolean each = name.startsWith("w") && shape.equals(Shape.of(m));
            require(single || each, name + " is " + shape, name, "give one number, for w one to a channel");
        }
        if (call.hasInput("B")) {
            Shape b = call.input("B").shape();
            require(b.equals(Shape.of(m)), "B is " + b, "B", "give it [" + m + "]");
        }
        return window;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(
                call.input("y_zero_point").dtype(), window(call).output()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Window window = window(call);
        Tensor x = inputs.get("x");
        long channels = window.w().dim(0);
        double zero = inputs.get("x_zero_point").get(0);
        double[] weights = ConvInteger.shifted(values(inputs.get("w")), values(inputs.get("w_zero_point")), channels);
        double[] ofWeights = perLine(inputs.get("w_scale"), channels);
        double[] added = call.hasInput("B") ? values(inputs.get("B")) : new double[Math.toIntExact(channels)];
        double shift = inputs.get("y_zero_point").get(0);
        DType output = call.input("y_zero_point").dtype();
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, DType.F32);
        Approx ofData = arithmetic.of(inputs.get("x_scale").get(0));
        Approx ofResult = arithmetic.of(inputs.get("y_scale").get(0));
        return ProductOracle.ofSmallIntegers(
                pairs,
                output,
                window.layout(),
                product -> window.weights(weights, product),
                product -> window.patches(x, product, zero),
                (sum, product, row, column, element) -> {
                    int channel = (int) window.channel(product, row);
                    Approx scale =
                            ofData.times(arithmetic.of(ofWeights[channel])).dividedBy(ofResult);
                    Approx total = arithmetic.constant(sum.value() + added[channel]);
                    QLinearMatMul.quantise(sum, total.times(scale), shift, output);
                });
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>(ConvReadings.padding(call, inputs));
        all.add(Rereading.of(call, inputs)
                .as("overflow", "sums of two products saturate at 16 bits")
                .by(new QLinearConv(true)));
        return all;
    }

    @Override
    public Cost cost(Call call) {
        Window window = window(call);
        return new Cost(2.0 * window.output().elements() * window.depth(), call.tensorBytes());
    }
}
