package dev.assay.operator.gemm;

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
import dev.assay.operator.gemm.MatMul.Plan;
import dev.assay.operator.quantization.Code;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Set;

/// Product of quantised matrices, quantised: `y = saturate(round(((a - za) · (b - zb)) · sa · sb / sy) +
/// zy)`.
///
/// - inputs: `a` and `b` as in `matmul_integer`; scales and zero points of `a` and `y` are one number,
///   or one for each
///   row, those of `b` one, or one for each column
/// - the sum of products is exact; what rounds is its scaling, so that a result near the border between
///   two codes may be
///   either
/// - source: ONNX QLinearMatMul-21
public final class QLinearMatMul extends ProductOperator {
    private static final Set<DType> SCALES = Signature.only(DType.F32, DType.F16, DType.BF16);
    private static final Set<DType> BYTES = MatMulInteger.BYTES;

    /// Whether sums of two products saturate at 16 bits.
    private final boolean pairs;

    public QLinearMatMul() {
        this(false);
    }

    private QLinearMatMul(boolean pairs) {
        super(
                "qlinear_matmul",
                "QLinearMatMul",
                new About(
                        "y = saturate(round(((a - za) · (b - zb)) · sa · sb / sy) + zy)",
                        "ONNX QLinearMatMul-21",
                        About.Errors.QUANTISING),
                new Signature(
                        List.of(
                                Parameter.required("a", "T1", BYTES, "left operand [..,m,k]"),
                                Parameter.required("a_scale", "TS", SCALES, "one, or one for each row"),
                                Parameter.required("a_zero_point", "T1", BYTES, "like a_scale"),
                                Parameter.required("b", "T2", BYTES, "right operand [..,k,n]"),
                                Parameter.required("b_scale", "TS", SCALES, "one, or one for each column"),
                                Parameter.required("b_zero_point", "T2", BYTES, "like b_scale"),
                                Parameter.required("y_scale", "TS", SCALES, "one, or one for each row of y"),
                                Parameter.required("y_zero_point", "T3", BYTES, "like y_scale")),
                        List.of(Parameter.required("y", "T3", BYTES, "[..,m,n]")),
                        List.of()));
        this.pairs = pairs;
    }

    @Override
    protected List<String> zeroPoints() {
        return List.of("a_zero_point", "b_zero_point", "y_zero_point");
    }

    @Override
    protected List<String> scales() {
        return List.of("a_scale", "b_scale", "y_scale");
    }

    /// Scales of the output so large that most results are no limits.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        if (input.equals("y_scale")) {
            return resultScale(plan(call).k());
        }
        return super.fill(call, input, dataSet);
    }

    /// Recipe for the scale of a result that is a sum of this many products of bytes.
    public static Fill resultScale(long depth) {
        double typical = 0.012 * 0.012 * 6000 * Math.sqrt((double) Math.max(1, depth));
        return Fills.of("uniform", typical / 50, typical / 30);
    }

    private Plan plan(Call call) {
        return Plan.of(call.input("a").shape(), call.input("b").shape(), name());
    }

    private void check(Call call, Plan plan) {
        Shape product = plan.batch().concat(Shape.of(plan.m(), plan.n()));
        checkLines(call, "a", plan.a(), -2);
        checkLines(call, "b", plan.b(), -1);
        checkLines(call, "y", product, -2);
    }

    private void checkLines(Call call, String operand, Shape shape, int axis) {
        for (String name : List.of(operand + "_scale", operand + "_zero_point")) {
            Shape given = call.input(name).shape();
            require(
                    LineNumbers.fits(given, shape, axis),
                    name + " is " + given + " and " + operand + " " + shape,
                    name,
                    "give one number, or one for each " + (axis == -1 ? "column" : "row"));
        }
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Plan plan = plan(call);
        check(call, plan);
        return List.of(TensorSpec.dense(call.input("y_zero_point").dtype(), plan.output()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Plan plan = plan(call);
        Tensor a = inputs.get("a");
        Tensor b = inputs.get("b");
        Shape product = plan.batch().concat(Shape.of(plan.m(), plan.n()));
        LineNumbers za = LineNumbers.of(inputs, "a_zero_point", plan.a(), -2);
        LineNumbers zb = LineNumbers.of(inputs, "b_zero_point", plan.b(), -1);
        LineNumbers zy = LineNumbers.of(inputs, "y_zero_point", product, -2);
        LineNumbers sa = LineNumbers.of(inputs, "a_scale", plan.a(), -2);
        LineNumbers sb = LineNumbers.of(inputs, "b_scale", plan.b(), -1);
        LineNumbers sy = LineNumbers.of(inputs, "y_scale", product, -2);
        DType output = call.input("y_zero_point").dtype();
        WorkingArithmetic arithmetic =
                new WorkingArithmetic(contract, inputs.get("a_scale").dtype());
        return ProductOracle.ofSmallIntegers(
                pairs,
                output,
                MatMulInteger.layout(plan),
                batch -> MatMulInteger.shiftedRows(a, plan, batch, za),
                batch -> MatMulInteger.shiftedColumns(b, plan, batch, zb),
                (sum, batch, row, column, element) -> {
                    long[] at = plan.batch().coordinates(batch);
                    Approx scale = arithmetic
                            .of(sa.of(at, row))
                            .times(arithmetic.of(sb.of(at, column)))
                            .dividedBy(arithmetic.of(sy.of(at, row)));
                    quantise(sum, sum.start(arithmetic).times(scale), zy.of(at, row), output);
                });
    }

    /// Quantises a sum. Whether the zero point is added before or after rounding shows on ties only, and
    /// both are right.
    public static void quantise(Sum sum, Approx scaled, double zeroPoint, DType output) {
        Code code = Code.of(scaled, zeroPoint, output, true);
        double fraction = Math.abs(scaled.value() - Math.rint(scaled.value()));
        if (code.certain() == 0 && fraction == 0.5 && scaled.low() == 0 && zeroPoint % 2 != 0) {
            sum.set(scaled.value() + zeroPoint, Math.ulp(scaled.value()), code.flags());
            return;
        }
        sum.set(code.value(), code.certain(), code.flags());
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .as("overflow", "sums of two products saturate at 16 bits")
                .by(new QLinearMatMul(true)));
    }

    @Override
    public Cost cost(Call call) {
        Plan plan = plan(call);
        return new Cost(2.0 * plan.batch().elements() * plan.m() * plan.n() * plan.k(), call.tensorBytes());
    }
}
