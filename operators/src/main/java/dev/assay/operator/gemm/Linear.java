package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.quantization.OnnxTypes;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Linear layer: `Y[..,n] = Σₖ X[..,k] · W[n,k] + B[n]`.
///
/// - inputs: `X` is `[..,k]`, `W` is `[n,k]` as models store it, `B`, optional, is `[n]`
/// - output: `Y` is `[..,n]`, of the type of X or of that which `output_dtype` names; the scores of a
///   mixture's gate
///   come in f32 from bf16
/// - source: PyTorch `torch.nn.functional.linear`
public final class Linear extends ProductOperator {
    public Linear() {
        super(
                "linear",
                "",
                new About("Y = X · Wᵀ + B", "PyTorch torch.nn.functional.linear", About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", Signature.floats(), "[..,k]"),
                                Parameter.required("W", "T", Signature.floats(), "weights [n,k]"),
                                Parameter.optional("B", "T", Signature.floats(), "what is added to each row [n]")),
                        List.of(Parameter.required("Y", "U", Signature.floats(), "[..,n]")),
                        List.of(AttributeSpec.integer(
                                "output_dtype", 0, "ONNX number of the output's type; 0 is that of X"))));
    }

    private Shape output(Call call) {
        Shape x = call.input("X").shape();
        Shape w = call.input("W").shape();
        require(x.rank() >= 1 && w.rank() == 2, "X is " + x + " and W is " + w, "X and W", "give W two dimensions");
        require(
                x.dim(-1) == w.dim(1),
                "X " + x + " has lines of " + x.dim(-1) + ", W " + w + " of " + w.dim(1),
                "X and W",
                "make their last dimensions equal");
        if (call.hasInput("B")) {
            Shape b = call.input("B").shape();
            require(b.equals(Shape.of(w.dim(0))), "B is " + b, "B", "give it [" + w.dim(0) + "]");
        }
        return x.with(-1, w.dim(0));
    }

    private DType type(Call call) {
        long number = call.attributes().integer("output_dtype");
        return number == 0
                ? call.input("X").dtype()
                : OnnxTypes.of(number, Signature.floats(), name() + ", attribute output_dtype");
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(type(call), output(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("X");
        Tensor w = inputs.get("W");
        Optional<double[]> b = call.hasInput("B") ? Optional.of(values(inputs.get("B"))) : Optional.empty();
        DType output = type(call);
        Shape shape = output(call);
        long columns = w.shape().dim(0);
        int depth = Math.toIntExact(w.shape().dim(1));
        Matrix left = LineMatrices.of(x);
        Matrix right = MatMul.matrix(w, w.shape(), false, new long[0]).transposed();
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, x.dtype());
        Bias bias = new Bias(contract, x.dtype(), depth);
        return ProductOracle.of(
                contract,
                x.dtype(),
                b.isEmpty() ? output : DType.F64,
                output,
                new ProductOracle.Layout(shape, 1, leading(shape), columns, depth),
                batch -> left,
                batch -> right,
                (sum, batch, row, column, element) -> b.ifPresent(added -> {
                    double term = added[(int) column];
                    sum.pass(arithmetic, 1, value -> value.plus(arithmetic.of(term)), output);
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
        return new Cost(2.0 * output(call).elements() * call.input("W").shape().dim(1), call.tensorBytes());
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return call.input("X").shape().rank() < 2
                ? Optional.empty()
                : Optional.of(new BatchAxis(Map.of("X", 0), Map.of("Y", 0)));
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return output(call).isEmpty() || call.input("W").shape().dim(1) == 0
                ? List.of()
                : List.of(new Probe(
                        "integers(-2,2)", false, "terms of a sum are missing, repeated or taken from elsewhere"));
    }
}
