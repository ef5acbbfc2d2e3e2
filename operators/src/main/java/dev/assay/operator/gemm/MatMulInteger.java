package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.gemm.MatMul.Plan;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Set;

/// Product of matrices of bytes: `Y = (A - a_zero_point) · (B - b_zero_point)`, exact modulo 2^32.
///
/// - inputs: `A` is `[..,m,k]`, `B` is `[..,k,n]` as in `matmul`, each signed or not; a zero point is
///   one number, or one
///   for each row of A (`[m]`, `[..,m,1]`) or column of B (`[n]`, `[..,1,n]`)
/// - output: `Y` is `i32[..,m,n]`
/// - source: ONNX MatMulInteger-10
public final class MatMulInteger extends ProductOperator {
    static final Set<DType> BYTES = Signature.only(DType.I8, DType.U8);

    /// Whether sums of two products saturate at 16 bits.
    private final boolean pairs;

    public MatMulInteger() {
        this(false);
    }

    private MatMulInteger(boolean pairs) {
        super(
                "matmul_integer",
                "MatMulInteger",
                new About("Y = (A - a_zero_point) · (B - b_zero_point)", "ONNX MatMulInteger-10", About.Errors.EXACT),
                new Signature(
                        List.of(
                                Parameter.required("A", "T1", BYTES, "left operand [..,m,k]"),
                                Parameter.required("B", "T2", BYTES, "right operand [..,k,n]"),
                                Parameter.optional("a_zero_point", "T1", BYTES, "one, or one for each row of A"),
                                Parameter.optional("b_zero_point", "T2", BYTES, "one, or one for each column of B")),
                        List.of(Parameter.required("Y", "T3", Signature.only(DType.I32), "[..,m,n]")),
                        List.of()));
        this.pairs = pairs;
    }

    @Override
    protected List<String> zeroPoints() {
        return List.of("a_zero_point", "b_zero_point");
    }

    private Plan plan(Call call) {
        Plan plan = Plan.of(call.input("A").shape(), call.input("B").shape(), name());
        if (call.hasInput("a_zero_point")) {
            Shape shape = call.input("a_zero_point").shape();
            require(
                    LineNumbers.fits(shape, plan.a(), -2),
                    "a_zero_point is " + shape + " and A " + plan.a(),
                    "a_zero_point",
                    "give one number, or one for each row");
        }
        if (call.hasInput("b_zero_point")) {
            Shape shape = call.input("b_zero_point").shape();
            require(
                    LineNumbers.fits(shape, plan.b(), -1),
                    "b_zero_point is " + shape + " and B " + plan.b(),
                    "b_zero_point",
                    "give one number, or one for each column");
        }
        return plan;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(DType.I32, plan(call).output()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Plan plan = plan(call);
        Tensor a = inputs.get("A");
        Tensor b = inputs.get("B");
        LineNumbers ofRows = LineNumbers.of(inputs, "a_zero_point", plan.a(), -2);
        LineNumbers ofColumns = LineNumbers.of(inputs, "b_zero_point", plan.b(), -1);
        return ProductOracle.ofSmallIntegers(
                pairs,
                DType.I32,
                layout(plan),
                batch -> shiftedRows(a, plan, batch, ofRows),
                batch -> shiftedColumns(b, plan, batch, ofColumns),
                (sum, batch, row, column, element) -> {});
    }

    static ProductOracle.Layout layout(Plan plan) {
        return new ProductOracle.Layout(
                plan.output(), plan.batch().elements(), plan.m(), plan.n(), Math.toIntExact(plan.k()));
    }

    /// The left operand of a product, less the zero point of each row.
    static Matrix shiftedRows(Tensor a, Plan plan, long batch, LineNumbers zeroPoints) {
        long[] at = plan.batch().coordinates(batch);
        double[] shift = zeroPoints.at(at);
        return LineMatrices.changed(
                MatMul.matrix(a, plan.a(), plan.rowVector(), at),
                (value, row, column) -> value - shift[(int) Math.min(row, shift.length - 1)]);
    }

    /// The right operand of a product, less the zero point of each column.
    static Matrix shiftedColumns(Tensor b, Plan plan, long batch, LineNumbers zeroPoints) {
        long[] at = plan.batch().coordinates(batch);
        double[] shift = zeroPoints.at(at);
        return LineMatrices.changed(
                MatMul.matrix(b, plan.b(), false, at),
                (value, row, column) -> value - shift[(int) Math.min(column, shift.length - 1)]);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .as("overflow", "sums of two products saturate at 16 bits")
                .by(new MatMulInteger(true)));
    }

    @Override
    public Cost cost(Call call) {
        Plan plan = plan(call);
        return new Cost(2.0 * plan.batch().elements() * plan.m() * plan.n() * plan.k(), call.tensorBytes());
    }
}
