package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Gradient;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.OutputOracles;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.gemm.MatMul.Plan;
import dev.assay.operator.quantization.OnnxTypes;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Gradients of a linear layer `Y = X · Wᵀ + B`: `dX = dY · W`, `dW = dYᵀ · X` and `dB`, the sum of
/// the rows of dY.
///
/// - inputs: `dY` is `[..,n]`, `X` is `[..,k]`, `W` is `[n,k]`; the dimensions before the last, taken
///   as one, are the
///   tokens, over which dW and dB are summed
/// - `dW_sum` and `dB_sum`, optional, are gradients of former steps, to which those of this one are
///   added: `dW = dW_sum
/// +
///   dYᵀ · X`, in the type of the sums, such as f32 over bf16 operands (Megatron-LM, gradient
///   accumulation fusion)
/// - outputs: `dX` like X, `dW` like W, `dB` `[n]`; dW and dB have the type of their sums, or the one
///   that
///   `gradient_dtype` names, or that of X
/// - source: PyTorch `torch.nn.functional.linear`, its derivative
public final class LinearGrad extends ProductOperator implements Gradient {
    public LinearGrad() {
        super(
                "linear_grad",
                "",
                new About(
                        "dX = dY · W, dW = dYᵀ · X, dB = Σ dY",
                        "derivative of PyTorch torch.nn.functional.linear",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("dY", "T", Signature.floats(), "gradient of the output [..,n]"),
                                Parameter.required("X", "T", Signature.floats(), "[..,k]"),
                                Parameter.required("W", "T", Signature.floats(), "weights [n,k]"),
                                Parameter.optional(
                                        "dW_sum", "U", Signature.floats(), "what is added to dW, like it [n,k]"),
                                Parameter.optional(
                                        "dB_sum", "U", Signature.floats(), "what is added to dB, like it [n]")),
                        List.of(
                                Parameter.required("dX", "T", Signature.floats(), "gradient of X, like it"),
                                Parameter.required("dW", "U", Signature.floats(), "gradient of W, like it"),
                                Parameter.optional("dB", "U", Signature.floats(), "gradient of the bias [n]")),
                        List.of(AttributeSpec.integer(
                                "gradient_dtype",
                                0,
                                "ONNX number of the type of dW and dB; 0 is that of the sums, or else of X"))));
    }

    @Override
    public Operator forward() {
        return new Linear();
    }

    /// A forward call knows nothing of former steps.
    @Override
    public Map<String, Source> sources() {
        return Map.of(
                "dY", Source.cotangent("Y"),
                "X", Source.input("X"),
                "W", Source.input("W"),
                "dW_sum", Source.input("dW_sum"),
                "dB_sum", Source.input("dB_sum"));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dX", "X", "dW", "W", "dB", "B");
    }

    /// Sizes of a call: t tokens of k numbers, n of them each behind the layer.
    private record Layer(Shape x, int t, int k, int n, DType weights) {
        Plan toX() {
            return plan(t, k, n);
        }

        Plan toW() {
            return plan(n, k, t);
        }

        private static Plan plan(long m, long n, long k) {
            return new Plan(Shape.of(m, k), Shape.of(k, n), Shape.of(), m, n, k, false, false);
        }
    }

    private Layer layer(Call call) {
        Shape dy = call.input("dY").shape();
        Shape x = call.input("X").shape();
        Shape w = call.input("W").shape();
        require(x.rank() >= 1 && w.rank() == 2, "X is " + x + " and W is " + w, "X and W", "give W two dimensions");
        require(
                x.dim(-1) == w.dim(1),
                "X " + x + " has lines of " + x.dim(-1) + ", W " + w + " of " + w.dim(1),
                "X and W",
                "make their last dimensions equal");
        Shape y = x.with(-1, w.dim(0));
        require(dy.equals(y), "dY is " + dy, "dY", "give it the shape of the layer's output, " + y);
        shaped(call, "dW_sum", w);
        shaped(call, "dB_sum", Shape.of(w.dim(0)));
        return new Layer(
                x, Math.toIntExact(leading(x)), Math.toIntExact(w.dim(1)), Math.toIntExact(w.dim(0)), weights(call));
    }

    private void shaped(Call call, String input, Shape shape) {
        if (call.hasInput(input)) {
            Shape given = call.input(input).shape();
            require(given.equals(shape), input + " is " + given, input, "give it " + shape);
        }
    }

    private DType weights(Call call) {
        long number = call.attributes().integer("gradient_dtype");
        DType named = number == 0
                ? call.input("X").dtype()
                : OnnxTypes.of(number, Signature.floats(), name() + ", attribute gradient_dtype");
        for (String sum : List.of("dW_sum", "dB_sum")) {
            if (call.hasInput(sum)) {
                DType given = call.input(sum).dtype();
                require(
                        number == 0 || named == given,
                        sum + " is " + given + ", gradient_dtype " + named,
                        "attribute gradient_dtype",
                        "leave it out, or name the type of the sums");
                named = given;
            }
        }
        return named;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Layer layer = layer(call);
        return List.of(
                TensorSpec.dense(call.input("X").dtype(), layer.x),
                TensorSpec.dense(layer.weights, Shape.of(layer.n, layer.k)),
                TensorSpec.dense(layer.weights, Shape.of(layer.n)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Layer layer = layer(call);
        DType dtype = call.input("X").dtype();
        Matrix dy = LineMatrices.of(inputs.get("dY"));
        Matrix x = LineMatrices.of(inputs.get("X"));
        Tensor weights = inputs.get("W");
        Matrix w = MatMul.matrix(weights, weights.shape(), false, new long[0]);
        Optional<Tensor> before = inputs.has("dW_sum") ? Optional.of(inputs.get("dW_sum")) : Optional.empty();
        Optional<Tensor> biases = inputs.has("dB_sum") ? Optional.of(inputs.get("dB_sum")) : Optional.empty();
        LargeProduct.Operands toX = batch -> new LargeProduct.Pair(dy, w);
        LargeProduct.Operands toW = batch -> new LargeProduct.Pair(dy.transposed(), x);
        return new OutputOracles(List.of(
                ProductGradient.of(contract, dtype, dtype, layer.x, layer.toX(), toX, Optional.empty()),
                ProductGradient.of(
                        contract, dtype, layer.weights, Shape.of(layer.n, layer.k), layer.toW(), toW, before),
                ProductGradient.columnSums(contract, dtype, layer.weights, dy, layer.t, layer.n, biases)));
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return GradientReadings.ofLinear(call, inputs);
    }

    @Override
    public Cost cost(Call call) {
        Layer layer = layer(call);
        double product = 2.0 * layer.t * layer.n * layer.k;
        double sums = call.hasOutput("dB") ? (double) layer.t * layer.n : 0;
        return new Cost(2 * product + sums, call.tensorBytes());
    }

    @Override
    public Optional<Cost> cheapCost(Call call) {
        Layer layer = layer(call);
        if (layer.x.rank() != 2) {
            return Optional.empty();
        }
        DType dtype = call.input("X").dtype();
        double flops = LargeProduct.flops(layer.toW(), dtype)
                + LargeProduct.flops(layer.toX(), dtype)
                + (call.hasOutput("dB") ? 4.0 * layer.t * layer.n : 0);
        return Optional.of(new Cost(flops, call.tensorBytes()));
    }

    /// Tokens are no batch: all of them meet in dW. Rows of X may be cut where only dX is asked for,
    /// which no call
    /// does.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return Optional.empty();
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return GradientFills.of(input.equals("X"), dataSet, () -> super.fill(call, input, dataSet));
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        Layer layer = layer(call);
        boolean empty = layer.t == 0 || layer.k == 0 || layer.n == 0;
        return empty
                ? List.of()
                : GradientFills.probes(contract, call.input("X").dtype(), layer.t);
    }

    /// Tokens, over which the longest sums go; of weights the lines that dX is summed over.
    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        if (!input.equals("dY") && !input.equals("X")) {
            return Fill.Along.axis(shape, 0);
        }
        long tokens = leading(shape);
        return new Fill.Along(tokens, Math.max(1, shape.dim(-1)));
    }
}
