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
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.gemm.MatMul.Plan;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/// Gradients of a product `Y = A · B` of matrices: `dA = dY · Bᵀ` and `dB = Aᵀ · dY`.
///
/// - inputs: `dY` is `[..,m,n]`, `A` is `[..,m,k]`, `B` is `[..,k,n]`; leading dimensions broadcast,
///   vectors are rows
/// and
///   columns, as in `matmul`
/// - outputs: `dA` like A, `dB` like B; an operand that is used for several matrices of the batch has
///   the sum of their
///   gradients, one long sum of products
/// - source: derivative of ONNX MatMul-13 (`numpy.matmul`)
public final class MatMulGrad extends ProductOperator implements Gradient {
    public MatMulGrad() {
        super(
                "matmul_grad",
                "",
                new About("dA = dY · Bᵀ, dB = Aᵀ · dY", "derivative of ONNX MatMul-13", About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("dY", "T", Signature.floats(), "gradient of the product [..,m,n]"),
                                Parameter.required("A", "T", Signature.floats(), "left operand [..,m,k], or a row [k]"),
                                Parameter.required(
                                        "B", "T", Signature.floats(), "right operand [..,k,n], or a column [k]")),
                        List.of(
                                Parameter.required("dA", "T", Signature.floats(), "gradient of A, like it"),
                                Parameter.required("dB", "T", Signature.floats(), "gradient of B, like it")),
                        List.of()));
    }

    @Override
    public Operator forward() {
        return new MatMul();
    }

    @Override
    public Map<String, Source> sources() {
        return Map.of("dY", Source.cotangent("Y"), "A", Source.input("A"), "B", Source.input("B"));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dA", "A", "dB", "B");
    }

    private Plan plan(Call call) {
        Plan plan = Plan.of(call.input("A").shape(), call.input("B").shape(), name());
        Shape dy = call.input("dY").shape();
        require(dy.equals(plan.output()), "dY is " + dy, "dY", "give it the shape of the product, " + plan.output());
        return plan;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        plan(call);
        DType dtype = call.input("A").dtype();
        return List.of(
                TensorSpec.dense(dtype, call.input("A").shape()),
                TensorSpec.dense(dtype, call.input("B").shape()));
    }

    /// The batch of an operand, and how many matrices of the product each of its matrices serves.
    private record Uses(Shape own, Shape all) {
        static Uses of(Shape operand, Plan plan) {
            return new Uses(operand.slice(0, operand.rank() - 2), plan.batch());
        }

        long times() {
            return own.isEmpty() ? 0 : all.elements() / own.elements();
        }

        /// Coordinates of the matrices of the product that use the matrix at these of the operand.
        List<long[]> of(long[] at) {
            return LongStream.range(0, all.elements())
                    .mapToObj(all::coordinates)
                    .filter(one -> {
                        boolean uses = true;
                        int behind = one.length - at.length;
                        for (int d = 0; d < at.length; d++) {
                            uses &= own.dim(d) == 1 || one[behind + d] == at[d];
                        }
                        return uses;
                    })
                    .toList();
        }
    }

    private static Plan toA(Plan plan) {
        Uses uses = Uses.of(plan.a(), plan);
        return new Plan(
                plan.a(), plan.b(), uses.own, plan.m(), plan.k(), uses.times() * plan.n(), plan.rowVector(), false);
    }

    private static Plan toB(Plan plan) {
        Uses uses = Uses.of(plan.b(), plan);
        return new Plan(
                plan.a(), plan.b(), uses.own, plan.k(), plan.n(), uses.times() * plan.m(), false, plan.columnVector());
    }

    /// The gradient of the product at some batch coordinates; dimensions that vectors take away are
    /// put in.
    private static Matrix gradient(Tensor dy, Plan plan, long[] at) {
        long[] strides = dy.spec().strideArray();
        long position = 0;
        for (int d = 0; d < at.length; d++) {
            position += at[d] * strides[d];
        }
        int next = at.length;
        long down = plan.rowVector() ? 0 : strides[next++];
        long along = plan.columnVector() ? 0 : strides[next];
        return Matrix.of(dy, position, down, along);
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Plan plan = plan(call);
        Tensor dy = inputs.get("dY");
        Tensor a = inputs.get("A");
        Tensor b = inputs.get("B");
        LargeProduct.Operands toA = at -> {
            List<Matrix> left = new ArrayList<>();
            List<Matrix> right = new ArrayList<>();
            for (long[] one : Uses.of(plan.a(), plan).of(at)) {
                left.add(gradient(dy, plan, one).transposed());
                right.add(MatMul.matrix(b, plan.b(), false, one).transposed());
            }
            return new LargeProduct.Pair(
                    StackedMatrices.of(plan.n(), left).transposed(), StackedMatrices.of(plan.n(), right));
        };
        LargeProduct.Operands toB = at -> {
            List<Matrix> left = new ArrayList<>();
            List<Matrix> right = new ArrayList<>();
            for (long[] one : Uses.of(plan.b(), plan).of(at)) {
                left.add(MatMul.matrix(a, plan.a(), plan.rowVector(), one));
                right.add(gradient(dy, plan, one));
            }
            return new LargeProduct.Pair(
                    StackedMatrices.of(plan.m(), left).transposed(), StackedMatrices.of(plan.m(), right));
        };
        DType dtype = a.dtype();
        return new OutputOracles(List.of(
                ProductGradient.of(contract, dtype, dtype, a.shape(), toA(plan), toA, Optional.empty()),
                ProductGradient.of(contract, dtype, dtype, b.shape(), toB(plan), toB, Optional.empty())));
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return GradientReadings.ofMatMul(call, inputs);
    }

    @Override
    public Cost cost(Call call) {
        Plan plan = plan(call);
        return new Cost(4.0 * plan.batch().elements() * plan.m() * plan.n() * plan.k(), call.tensorBytes());
    }

    @Override
    public Optional<Cost> cheapCost(Call call) {
        Plan plan = plan(call);
        DType dtype = call.input("A").dtype();
        return Optional.of(new Cost(
                LargeProduct.flops(toA(plan), dtype) + LargeProduct.flops(toB(plan), dtype), call.tensorBytes()));
    }

    /// The first dimension of the batch, where both operands have it.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        Plan plan = plan(call);
        int rank = plan.batch().rank();
        boolean both = rank > 0
                && plan.a().rank() == rank + 2
                && plan.b().rank() == rank + 2
                && plan.a().dim(0) == plan.b().dim(0);
        return both
                ? Optional.of(new BatchAxis(Map.of("dY", 0, "A", 0, "B", 0), Map.of("dA", 0, "dB", 0)))
                : Optional.empty();
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return GradientFills.of(input.equals("dY"), dataSet, () -> super.fill(call, input, dataSet));
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        Plan plan = plan(call);
        boolean empty = plan.batch().isEmpty() || plan.m() == 0 || plan.n() == 0 || plan.k() == 0;
        return empty
                ? List.of()
                : GradientFills.probes(contract, call.input("A").dtype(), plan.m());
    }

    /// Rows of A and of dY, over which dB is summed; columns of B.
    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        if (shape.rank() == 0) {
            return new Fill.Along(1, 1);
        }
        return Fill.Along.axis(shape, shape.rank() == 1 || input.equals("B") ? -1 : -2);
    }
}
