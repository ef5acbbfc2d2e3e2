package dev.assay.operator.quantization;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Set;

/// Quantisation: `y = saturate(round(x / y_scale) + y_zero_point)`, to nearest even.
///
/// - one scale for all, one for each place along `axis`, or one for each block of `block_size` along it
/// - type of y: that of `y_zero_point`, or `output_dtype`, or u8; to floating-point types the quotient
///   is rounded once,
///   and beyond their largest value it stops there if `saturate` is set
/// - `precision` names a type that the quotient may be rounded to; otherwise it has that of the contract
/// - a quotient that lies next to the border of two codes, by less than its own error, may become either
/// - a NaN is open where the type has none
/// - source: ONNX QuantizeLinear-25
public final class QuantizeLinear extends Quantising {
    static final Set<DType> CODES = Signature.only(
            DType.I8,
            DType.U8,
            DType.I16,
            DType.U16,
            DType.F8E4M3,
            DType.F8E4M3FNUZ,
            DType.F8E5M2,
            DType.F8E5M2FNUZ,
            DType.U4,
            DType.I4,
            DType.F4E2M1,
            DType.U2,
            DType.I2);

    static final Set<DType> SCALES = Signature.only(DType.F32, DType.F16, DType.BF16, DType.E8M0);
    private static final Set<DType> INPUTS = Signature.only(DType.F32, DType.F16, DType.BF16, DType.I32);

    public QuantizeLinear() {
        super(
                "quantize_linear",
                "QuantizeLinear",
                new About(
                        "y = saturate(round(x / y_scale) + y_zero_point)",
                        "ONNX QuantizeLinear-25",
                        About.Errors.QUANTISING),
                new Signature(
                        List.of(
                                Parameter.required("x", "T1", INPUTS, "any shape"),
                                Parameter.required(
                                        "y_scale", "T2", SCALES, "one, one for each place, or for each block"),
                                Parameter.optional("y_zero_point", "T3", CODES, "like y_scale")),
                        List.of(Parameter.required("y", "T3", CODES, "like x")),
                        List.of(
                                AttributeSpec.integer("axis", 1, "dimension of the scales"),
                                AttributeSpec.integer("block_size", 0, "elements to a scale along the axis"),
                                AttributeSpec.integer("output_dtype", 0, "ONNX number of the type of y"),
                                AttributeSpec.integer("precision", 0, "ONNX number of the quotient's type"),
                                AttributeSpec.integer("saturate", 1, "whether f8 types stop at their largest value"))));
    }

    private Granularity granularity(Call call) {
        Granularity all = Granularity.of(
                call.input("x").shape(),
                call.input("y_scale").shape(),
                call.attributes().integer("axis"),
                call.attributes().integer("block_size"),
                name() + ", y_scale");
        if (call.hasInput("y_zero_point")) {
            checkAlike(call.input("y_zero_point").shape(), call.input("y_scale").shape(), "y_zero_point");
        }
        return all;
    }

    private DType type(Call call) {
        long number = call.attributes().integer("output_dtype");
        DType asked = number == 0 ? DType.U8 : OnnxTypes.of(number, CODES, name() + ", attribute output_dtype");
        if (!call.hasInput("y_zero_point")) {
            return asked;
        }
        DType given = call.input("y_zero_point").dtype();
        if (number != 0 && asked != given) {
            throw invalid(
                    "output_dtype is " + asked + ", y_zero_point " + given,
                    "attribute output_dtype",
                    "leave it out, or name the type of y_zero_point");
        }
        return given;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        granularity(call);
        arithmetic(call, ComputeContract.STRICT);
        return List.of(TensorSpec.dense(type(call), call.input("x").shape()));
    }

    /// The arithmetic of the quotient: of the wider of both types, or with that type as intermediate
    /// that the call names.
    private WorkingArithmetic arithmetic(Call call, ComputeContract contract) {
        DType x = call.input("x").dtype();
        DType scale = call.input("y_scale").dtype();
        DType wider = !x.isFloat() || scale.precision() > x.precision() ? scale : x;
        DType type = wider == DType.E8M0 ? DType.F32 : wider;
        long precision = call.attributes().integer("precision");
        if (precision == 0) {
            return new WorkingArithmetic(contract, type);
        }
        DType named = OnnxTypes.of(precision, NUMBERS, name() + ", attribute precision");
        return new WorkingArithmetic(
                contract.toBuilder().intermediates(Stored.as(named)).build(), type);
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Granularity places = granularity(call);
        Tensor x = inputs.get("x");
        Tensor scales = inputs.get("y_scale");
        boolean shifts = call.hasInput("y_zero_point");
        DType type = type(call);
        boolean saturates = call.attributes().integer("saturate") != 0;
        WorkingArithmetic arithmetic = arithmetic(call, contract);
        return oracle(List.of(x.shape()), (output, number, device, i, into) -> {
            long place = places.scale(number);
            // A number is brought to the working type first, which may be the narrower one.
            Approx quotient = Code.quotient(arithmetic, arithmetic.constant(x.get(number)), scales.get(place));
            double zeroPoint = shifts ? inputs.get("y_zero_point").get(place) : 0;
            if (overflows(x.get(number), arithmetic.type())) {
                into.mark(i, ExpectedBlock.ANY);
                return;
            }
            Code.of(quotient, zeroPoint, type, saturates).write(into, i);
        });
    }

    private static boolean overflows(double value, DType type) {
        return Double.isFinite(value) && Double.isInfinite(type.round(value));
    }

    /// Data spread over the codes and a little beyond.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        DType dtype = call.input(input).dtype();
        return switch (input) {
            case "y_scale" -> scales(dtype);
            case "y_zero_point" -> dtype.isFloat() ? Fills.of("integers", 0, 0) : wholeNumbers(dtype, true);
            default -> {
                if (!dtype.isFloat()) {
                    yield Fills.of("integers", -300, 300);
                }
                double reach = Math.min(type(call).maxFinite(), 1000) * 0.03;
                yield Fills.nameOf(dataSet).equals("normal")
                        ? Fills.of("normal", 0, reach / 2)
                        : super.fill(call, input, dataSet);
            }
        };
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return call.input("x").shape().isEmpty() || !call.input("x").dtype().isFloat()
                ? List.of()
                : List.of(new Probe("codes", false, "some values of the type are quantised wrongly"));
    }
}
