package dev.assay.operator.quantization;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
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

/// The inverse of quantisation: `y = (x - x_zero_point) · x_scale`.
///
/// - scales as in `quantize_linear`
/// - type of y: `output_dtype`, or that of `x_scale`
/// - source: ONNX DequantizeLinear-25
public final class DequantizeLinear extends Quantising {
    private static final Set<DType> CODES = Signature.union(QuantizeLinear.CODES, Signature.only(DType.I32));

    public DequantizeLinear() {
        super(
                "dequantize_linear",
                "DequantizeLinear",
                new About("y = (x - x_zero_point) · x_scale", "ONNX DequantizeLinear-25", About.Errors.ELEMENTWISE),
                new Signature(
                        List.of(
                                Parameter.required("x", "T1", CODES, "any shape"),
                                Parameter.required(
                                        "x_scale", "T2", QuantizeLinear.SCALES, "one, one for each place, or block"),
                                Parameter.optional("x_zero_point", "T1", CODES, "like x_scale")),
                        List.of(Parameter.required("y", "T3", NUMBERS, "like x")),
                        List.of(
                                AttributeSpec.integer("axis", 1, "dimension of the scales"),
                                AttributeSpec.integer("block_size", 0, "elements to a scale along the axis"),
                                AttributeSpec.integer("output_dtype", 0, "ONNX number of the type of y"))));
    }

    private Granularity granularity(Call call) {
        Granularity all = Granularity.of(
                call.input("x").shape(),
                call.input("x_scale").shape(),
                call.attributes().integer("axis"),
                call.attributes().integer("block_size"),
                name() + ", x_scale");
        if (call.hasInput("x_zero_point")) {
            checkAlike(call.input("x_zero_point").shape(), call.input("x_scale").shape(), "x_zero_point");
        }
        return all;
    }

    private DType type(Call call) {
        long number = call.attributes().integer("output_dtype");
        if (number != 0) {
            return OnnxTypes.of(number, NUMBERS, name() + ", attribute output_dtype");
        }
        DType scale = call.input("x_scale").dtype();
        if (scale == DType.E8M0) {
            throw invalid("x_scale is e8m0 and names no type for y", "attribute output_dtype", "name one");
        }
        return scale;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        granularity(call);
        return List.of(TensorSpec.dense(type(call), call.input("x").shape()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Granularity places = granularity(call);
        Tensor x = inputs.get("x");
        Tensor scales = inputs.get("x_scale");
        boolean shifts = call.hasInput("x_zero_point");
        DType type = type(call);
        DType scale = scales.dtype() == DType.E8M0 ? DType.F32 : scales.dtype();
        WorkingArithmetic arithmetic =
                new WorkingArithmetic(contract, scale.precision() > type.precision() ? scale : type);
        return oracle(List.of(x.shape()), (output, number, device, i, into) -> {
            long place = places.scale(number);
            double shift = shifts ? inputs.get("x_zero_point").get(place) : 0;
            // The difference of two codes is exact in f64, and rounded at most once on its way to the product.
            Approx y = arithmetic.constant(x.get(number) - shift).times(arithmetic.of(scales.get(place)));
            into.values()[i] = y.value();
            into.lows()[i] = y.low();
            double certain = y.errorBefore(type);
            if (certain > 0 && Double.isFinite(y.value())) {
                into.allow(i, 0, certain);
            }
        });
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        DType dtype = call.input(input).dtype();
        return switch (input) {
            case "x_scale" -> scales(dtype);
            case "x_zero_point" ->
                dtype.isFloat() || dtype == DType.I32 ? Fills.of("integers", 0, 0) : wholeNumbers(dtype, true);
            default -> dtype == DType.I32 ? wholeNumbers(dtype, false) : Fills.of("codes");
        };
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return List.of();
    }
}
