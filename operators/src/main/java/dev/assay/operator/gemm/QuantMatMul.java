package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.quantization.OnnxTypes;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Linear layer on quantised operands: `Y[..,n] = (Σₖ X[..,k] · W[n,k]) · x_scale[..] · w_scale[n] + B[n]`.
///
/// - inputs: `X` is `i8[..,k]` with a scale for each token (`[..,1]`) or one, `W` is `i8[n,k]` with a
///   scale for each channel
///   (`[n]`) or one, `B`, optional, is `f32[n]`
/// - output: of the type that `output_dtype` names
/// - the sums are exact in i32; what rounds is their scaling, in whatever order
/// - source: CANN `aclnnQuantMatmul`, vLLM `cutlass_scaled_mm`
public final class QuantMatMul extends ProductOperator {
    private static final Set<DType> OUTPUTS = Signature.only(DType.F32, DType.F16, DType.BF16);
    private static final Set<DType> F32 = Signature.only(DType.F32);
    private static final Set<DType> I8 = Signature.only(DType.I8);

    public QuantMatMul() {
        super(
                "quant_matmul",
                "",
                new About(
                        "Y = (X · Wᵀ) · x_scale · w_scale + B",
                        "CANN aclnnQuantMatmul, vLLM cutlass_scaled_mm",
                        About.Errors.ELEMENTWISE),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", I8, "[..,k]"),
                                Parameter.required("W", "T", I8, "weights [n,k]"),
                                Parameter.required("x_scale", "S", F32, "one, or one for each token [..,1]"),
                                Parameter.required("w_scale", "S", F32, "one, or one for each channel [n]"),
                                Parameter.optional("B", "S", F32, "what is added to each row [n]")),
                        List.of(Parameter.required("Y", "U", OUTPUTS, "[..,n]")),
                        List.of(AttributeSpec.integer(
                                "output_dtype", 16, "ONNX number of the output's type; 16 is bf16"))));
    }

    @Override
    protected List<String> scales() {
        return List.of("x_scale", "w_scale");
    }

    private Shape output(Call call) {
        Shape x = call.input("X").shape();
        Shape w = call.input("W").shape();
        require(
                x.rank() >= 1 && w.rank() == 2 && x.dim(-1) == w.dim(1),
                "X is " + x + " and W is " + w,
                "X and W",
                "give W two dimensions, the last that of X");
        Shape tokens = call.input("x_scale").shape();
        require(
                tokens.equals(x.with(-1, 1)) || (tokens.rank() <= 1 && tokens.elements() == 1),
                "x_scale is " + tokens,
                "x_scale",
                "give one number, or " + x.with(-1, 1));
        for (String name : List.of("w_scale", "B")) {
            if (call.hasInput(name)) {
                Shape shape = call.input(name).shape();
                boolean single = name.equals("w_scale") && shape.rank() <= 1 && shape.elements() == 1;
                require(
                        single || shape.equals(Shape.of(w.dim(0))),
                        name + " is " + shape,
                        name,
                        "give it [" + w.dim(0) + "]");
            }
        }
        return x.with(-1, w.dim(0));
    }

    private DType type(Call call) {
        return OnnxTypes.of(call.attributes().integer("output_dtype"), OUTPUTS, name() + ", attribute output_dtype");
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(type(call), output(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Shape shape = output(call);
        Tensor w = inputs.get("W");
        DType output = type(call);
        long rows = leading(shape);
        double[] ofTokens = perLine(inputs.get("x_scale"), rows);
        double[] ofChannels = perLine(inputs.get("w_scale"), shape.dim(-1));
        Optional<double[]> b = call.hasInput("B") ? Optional.of(values(inputs.get("B"))) : Optional.empty();
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, DType.F32);
        Matrix left = LineMatrices.of(inputs.get("X"));
        Matrix right = MatMul.matrix(w, w.shape(), false, new long[0]).transposed();
        return ProductOracle.ofSmallIntegers(
                output,
                new ProductOracle.Layout(
                        shape, 1, rows, shape.dim(-1), Math.toIntExact(w.shape().dim(1))),
                batch -> left,
                batch -> right,
                (sum, batch, row, column, element) -> {
                    Approx token = arithmetic.of(ofTokens[(int) row]);
                    Approx channel = arithmetic.of(ofChannels[(int) column]);
                    sum.pass(
                            arithmetic,
                            1,
                            total -> {
                                Approx scaled = total.times(token).times(channel);
                                return b.map(added -> scaled.plus(arithmetic.of(added[(int) column])))
                                        .orElse(scaled);
                            },
                            output);
                });
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>(ProductReadings.addedTwice(call, inputs, "B"));
        if (call.hasInput("B")) {
            Tensor bias = inputs.get("B");
            for (String name : List.of("x_scale", "w_scale")) {
                Tensor scale = inputs.get(name);
                if (scale.shape().elements() == 1 || scale.shape().equals(bias.shape())) {
                    all.add(Rereading.of(call, inputs)
                            .input(
                                    "B",
                                    bias.dtype(),
                                    bias.shape(),
                                    n -> bias.get(n) * scale.get(scale.shape().elements() == 1 ? 0 : n))
                            .as("scale", "B is added before " + name + " is applied"));
                }
            }
        }
        return all;
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(2.0 * output(call).elements() * call.input("W").shape().dim(1), call.tensorBytes());
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        Shape x = call.input("X").shape();
        boolean tokens = call.input("x_scale").shape().rank() == x.rank();
        return x.rank() < 2 || !tokens
                ? Optional.empty()
                : Optional.of(new BatchAxis(Map.of("X", 0, "x_scale", 0), Map.of("Y", 0)));
    }
}
