package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.quantization.OnnxTypes;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Linear layer on 8-bit floating-point operands that are scaled in blocks:
/// `Y[m,n] = Σₖ X[m,k] · x_scale[m,k / b] · W[n,k] · w_scale[n / b,k / b]`.
///
/// - inputs: `X` is `[m,k]` with a scale for each token and `block_size` channels, `W` is `[n,k]` with a
///   scale for each square
///   block; numbers of blocks are rounded up
/// - output: `Y` is `[m,n]`, of the type that `output_dtype` names
/// - sums are kept in f32 unless the contract says otherwise
/// - source: DeepSeek-V3 technical report, section 3.3.2; vLLM `w8a8_block_fp8_matmul`, DeepGEMM
public final class Fp8BlockMatMul extends ProductOperator {
    private static final Set<DType> CODES = Signature.only(DType.F8E4M3, DType.F8E5M2);
    private static final Set<DType> SCALES = Signature.only(DType.F32, DType.E8M0);
    private static final Set<DType> OUTPUTS = Signature.only(DType.F32, DType.F16, DType.BF16);

    public Fp8BlockMatMul() {
        super(
                "fp8_block_matmul",
                "",
                new About(
                        "Y = (X · x_scale) · (W · w_scale)ᵀ, scales by blocks",
                        "DeepSeek-V3 technical report, section 3.3.2",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", CODES, "[m,k]"),
                                Parameter.required("W", "V", CODES, "weights [n,k]"),
                                Parameter.required("x_scale", "S", SCALES, "[m,k / block_size]"),
                                Parameter.required("w_scale", "S", SCALES, "[n / block_size,k / block_size]")),
                        List.of(Parameter.required("Y", "U", OUTPUTS, "[m,n]")),
                        List.of(
                                AttributeSpec.integer("block_size", 128, "channels to a scale"),
                                AttributeSpec.integer(
                                        "output_dtype", 16, "ONNX number of the output's type; 16 is bf16"))));
    }

    @Override
    protected List<String> scales() {
        return List.of("x_scale", "w_scale");
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        boolean codes = call.input(input).dtype().bits() == 8 && !scales().contains(input);
        return codes && Fills.nameOf(dataSet).equals("normal")
                ? Fills.of("normal", 0, 64)
                : super.fill(call, input, dataSet);
    }

    private Shape output(Call call) {
        Shape x = call.input("X").shape();
        Shape w = call.input("W").shape();
        require(
                x.rank() == 2 && w.rank() == 2 && x.dim(1) == w.dim(1),
                "X is " + x + " and W is " + w,
                "X and W",
                "give two matrices with lines of one length");
        long size = call.attributes().integer("block_size");
        require(size > 0, "block_size " + size, "attribute block_size", "give a positive one");
        long blocks = Math.ceilDiv(x.dim(1), size);
        checkScale(call, "x_scale", Shape.of(x.dim(0), blocks));
        checkScale(call, "w_scale", Shape.of(Math.ceilDiv(w.dim(0), size), blocks));
        return Shape.of(x.dim(0), w.dim(0));
    }

    private void checkScale(Call call, String name, Shape shape) {
        Shape given = call.input(name).shape();
        require(given.equals(shape), name + " is " + given, name, "give it " + shape);
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
        DType output = type(call);
        long size = call.attributes().integer("block_size");
        Matrix left = scaled(inputs.get("X"), values(inputs.get("x_scale")), 1, size);
        Matrix right = scaled(inputs.get("W"), values(inputs.get("w_scale")), size, size);
        return ProductOracle.of(
                Scaled.contract(contract, DType.F8E4M3),
                DType.F32,
                output,
                output,
                new ProductOracle.Layout(
                        shape,
                        1,
                        shape.dim(0),
                        shape.dim(1),
                        Math.toIntExact(call.input("X").shape().dim(1))),
                batch -> left,
                batch -> right.transposed(),
                (sum, batch, row, column, element) -> {});
    }

    /// A matrix with each element times the scale of its block of `high` rows and `wide` columns.
    private static Matrix scaled(Tensor tensor, double[] scales, long high, long wide) {
        long blocks = Math.ceilDiv(tensor.shape().dim(1), wide);
        return LineMatrices.changed(
                MatMul.matrix(tensor, tensor.shape(), false, new long[0]),
                (value, row, column) -> value * scales[Math.toIntExact(row / high * blocks + column / wide)]);
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(2.0 * output(call).elements() * call.input("X").shape().dim(1), call.tensorBytes());
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return Optional.of(new BatchAxis(Map.of("X", 0, "x_scale", 0), Map.of("Y", 0)));
    }
}
