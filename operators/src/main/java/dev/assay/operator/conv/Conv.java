package dev.assay.operator.conv;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.gemm.Bias;
import dev.assay.operator.gemm.ProductOperator;
import dev.assay.operator.gemm.ProductOracle;
import dev.assay.operator.gemm.ProductReadings;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Convolution over any number of dimensions: each element of the output is the sum of the products of
/// the weights and
/// of the data beneath them, and B.
///
/// - inputs: `X` is `[n,c,d1,..]`, `W` is `[m,c / group,k1,..]`, `B`, optional, is `[m]`
/// - output: `Y` is `[n,m,o1,..]`; the padding holds zeros, which a weight that is infinite turns into
///   NaN as everywhere
/// - source: ONNX Conv-22
public final class Conv extends ProductOperator {
    public Conv() {
        super(
                "conv",
                "Conv",
                new About("Y = X * W + B, by channel and place", "ONNX Conv-22", About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", Signature.floats(), "[n,c,d1,..]"),
                                Parameter.required("W", "T", Signature.floats(), "weights [m,c / group,k1,..]"),
                                Parameter.optional("B", "T", Signature.floats(), "what is added [m]")),
                        List.of(Parameter.required("Y", "T", Signature.floats(), "[n,m,o1,..]")),
                        Window.ATTRIBUTES));
    }

    private Window window(Call call) {
        Window window = Window.of(call, "X", "W");
        if (call.hasInput("B")) {
            Shape b = call.input("B").shape();
            long m = window.w().dim(0);
            require(b.equals(Shape.of(m)), "B is " + b, "B", "give it [" + m + "]");
        }
        return window;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(call.input("X").dtype(), window(call).output()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Window window = window(call);
        Tensor x = inputs.get("X");
        DType dtype = x.dtype();
        double[] weights = values(inputs.get("W"));
        Optional<double[]> b = call.hasInput("B") ? Optional.of(values(inputs.get("B"))) : Optional.empty();
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, dtype);
        Bias bias = new Bias(contract, dtype, window.depth());
        return ProductOracle.of(
                contract,
                dtype,
                b.isEmpty() ? dtype : DType.F64,
                dtype,
                window.layout(),
                product -> window.weights(weights, product),
                product -> window.patches(x, product, 0),
                (sum, product, row, column, element) -> b.ifPresent(added -> {
                    double term = added[(int) window.channel(product, row)];
                    sum.pass(arithmetic, 1, value -> value.plus(arithmetic.of(term)), dtype);
                    if (!sum.isExact()) {
                        sum.disturb(bias.deviation(term));
                    }
                }));
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return ProductReadings.addedTwice(call, inputs, "B");
    }

    @Override
    public Cost cost(Call call) {
        Window window = window(call);
        return new Cost(2.0 * window.output().elements() * window.depth(), call.tensorBytes());
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return Optional.of(new BatchAxis(Map.of("X", 0), Map.of("Y", 0)));
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return window(call).output().isEmpty()
                ? List.of()
                : List.of(new Probe(
                        "integers(-2,2)", false, "terms of a sum are missing, repeated or taken from elsewhere"));
    }

    /// The dimensions behind the first, taken as one.
    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        return shape.rank() < 2 ? Fill.Along.axis(shape, -1) : Fill.Along.trailing(shape, 1);
    }
}
