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
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Linear layer whose weights are quantised in groups along the sum:
/// `Y[..,n] = Σₖ X[..,k] · (W[n,k] - zero_point[n,k / group_size]) · scale[n,k / group_size]`.
///
/// - inputs: `X` is `[..,k]`, `W` is `[n,k]` of 4 or 8 bits, `scale` is `[n,k / group_size]`, rounded
///   up, `zero_point`,
///   optional, has the shape of `scale` and the type of `W`
/// - output: `Y` is `[..,n]`, of the type of X
/// - a kernel may scale the weights first or the sum of a group; where it keeps scaled weights in a type
///   narrower than f32,
///   its contract says so (`prescaled`)
/// - source: vLLM `gptq_marlin_gemm`, `awq_gemm`; PyTorch `_weight_int4pack_mm`
public final class WeightOnlyMatMul extends ProductOperator {
    private static final Set<DType> NUMBERS = Signature.only(DType.F32, DType.F16, DType.BF16);
    private static final Set<DType> WEIGHTS = Signature.only(DType.I4, DType.U4, DType.I8, DType.U8);

    public WeightOnlyMatMul() {
        super(
                "weight_only_matmul",
                "",
                new About(
                        "Y = X · ((W - zero_point) · scale)ᵀ",
                        "vLLM gptq_marlin_gemm, awq_gemm",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", NUMBERS, "[..,k]"),
                                Parameter.required("W", "V", WEIGHTS, "weights [n,k]"),
                                Parameter.required("scale", "S", NUMBERS, "[n,k / group_size]"),
                                Parameter.optional("zero_point", "V", WEIGHTS, "like scale")),
                        List.of(Parameter.required("Y", "T", NUMBERS, "[..,n]")),
                        List.of(AttributeSpec.integer("group_size", 128, "weights along k that share a scale"))));
    }

    @Override
    protected List<String> scales() {
        return List.of("scale");
    }

    @Override
    protected List<String> zeroPoints() {
        return List.of("zero_point");
    }

    private Shape output(Call call) {
        Shape x = call.input("X").shape();
        Shape w = call.input("W").shape();
        require(
                x.rank() >= 1 && w.rank() == 2 && x.dim(-1) == w.dim(1),
                "X is " + x + " and W is " + w,
                "X and W",
                "give W two dimensions, the last that of X");
        long size = call.attributes().integer("group_size");
        require(size > 0, "group_size " + size, "attribute group_size", "give a positive one");
        Shape scales = Shape.of(w.dim(0), Math.ceilDiv(w.dim(1), size));
        for (String name : List.of("scale", "zero_point")) {
            if (call.hasInput(name)) {
                Shape shape = call.input(name).shape();
                require(shape.equals(scales), name + " is " + shape, name, "give it " + scales);
            }
        }
        return x.with(-1, w.dim(0));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(call.input("X").dtype(), output(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Shape shape = output(call);
        Tensor w = inputs.get("W");
        DType dtype = inputs.get("X").dtype();
        long size = call.attributes().integer("group_size");
        int groups = Math.toIntExact(call.input("scale").shape().dim(1));
        double[] scales = values(inputs.get("scale"));
        double[] zeroPoints =
                call.hasInput("zero_point") ? values(inputs.get("zero_point")) : new double[scales.length];
        Matrix right = LineMatrices.changed(MatMul.matrix(w, w.shape(), false, new long[0]), (value, row, column) -> {
            int group = Math.toIntExact(row * groups + column / size);
            return (value - zeroPoints[group]) * scales[group];
        });
        Matrix left = LineMatrices.of(inputs.get("X"));
        return ProductOracle.of(
                Scaled.contract(contract, dtype),
                DType.F32,
                dtype,
                dtype,
                new ProductOracle.Layout(
                        shape,
                        1,
                        leading(shape),
                        shape.dim(-1),
                        Math.toIntExact(w.shape().dim(1))),
                batch -> left,
                batch -> right.transposed(),
                (sum, batch, row, column, element) -> {});
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
}
