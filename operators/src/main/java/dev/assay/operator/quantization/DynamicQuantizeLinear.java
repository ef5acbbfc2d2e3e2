package dev.assay.operator.quantization;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Quantisation to u8 over the range of the data, 0 included.
///
/// ```
/// y_scale      = (max(0, max x) - min(0, min x)) / 255
/// y_zero_point = saturate(round(0 - min(0, min x) / y_scale))
/// y            = saturate(round(x / y_scale) + y_zero_point)
/// ```
///
/// - zero point and codes are judged given the scale, and the zero point, that the device returned
/// - of nothing but zeros, scale and zero point are open; of data that is not finite all is
/// - source: ONNX DynamicQuantizeLinear-11
public final class DynamicQuantizeLinear extends Quantising {
    private static final int SCALE = 1;
    private static final int ZERO_POINT = 2;
    private static final double MOST = 255;

    private final double most;

    public DynamicQuantizeLinear() {
        this(MOST);
    }

    private DynamicQuantizeLinear(double codes) {
        super(
                "dynamic_quantize_linear",
                "DynamicQuantizeLinear",
                new About(
                        "y = saturate(round(x / y_scale) + y_zero_point), y_scale = (max x - min x) / 255",
                        "ONNX DynamicQuantizeLinear-11",
                        About.Errors.QUANTISING),
                new Signature(
                        List.of(Parameter.required("x", "T1", Signature.only(DType.F32), "any shape")),
                        List.of(
                                Parameter.required("y", "T2", Signature.only(DType.U8), "like x"),
                                Parameter.required("y_scale", "T1", Signature.only(DType.F32), "a scalar"),
                                Parameter.required("y_zero_point", "T2", Signature.only(DType.U8), "a scalar")),
                        List.of()));
        this.most = codes;
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.as("scale", "ranges are divided by one code too many").by(new DynamicQuantizeLinear(MOST + 1)),
                right.as("scale", "ranges are divided by one code too few").by(new DynamicQuantizeLinear(MOST - 1)));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape x = call.input("x").shape();
        if (x.isEmpty()) {
            throw invalid("x has no elements", "x", "give it some: there is no largest of none");
        }
        return List.of(TensorSpec.dense(DType.U8, x), TensorSpec.of(DType.F32), TensorSpec.of(DType.U8));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("x");
        double least = 0;
        double highest = 0;
        boolean finite = x.isFinite();
        for (long i = 0; i < x.shape().elements(); i++) {
            least = Math.min(least, x.get(i));
            highest = Math.max(highest, x.get(i));
        }
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, DType.F32);
        Approx lowest = arithmetic.of(least);
        Approx range = arithmetic.of(highest).minus(lowest);
        return oracle(List.of(x.shape(), Shape.of(), Shape.of()), (output, number, device, i, into) -> {
            // A range beyond f32 is open too: the formula does not say how it is taken.
            if (!finite || !(range.value() <= DType.F32.maxFinite())) {
                into.mark(i, ExpectedBlock.ANY);
            } else if (output == SCALE) {
                scale(range, i, into);
            } else if (range.value() == 0 && output == ZERO_POINT) {
                into.mark(i, ExpectedBlock.ANY);
            } else if (range.value() == 0) {
                into.values()[i] = device.output(ZERO_POINT).get(0);
            } else {
                code(arithmetic, output == ZERO_POINT ? lowest.negated() : arithmetic.of(x.get(number)), output, device)
                        .write(into, i);
            }
        });
    }

    private void scale(Approx range, int i, ExpectedBlock into) {
        Approx scale = range.dividedBy(most);
        if (range.value() == 0) {
            into.mark(i, ExpectedBlock.ANY);
            return;
        }
        into.values()[i] = scale.value();
        into.lows()[i] = scale.low();
        if (scale.errorBefore(DType.F32) > 0) {
            into.allow(i, 0, scale.errorBefore(DType.F32));
        }
    }

    private static Code code(WorkingArithmetic arithmetic, Approx number, int output, Observed device) {
        double scale = device.output(SCALE).get(0);
        double shift = output == ZERO_POINT ? 0 : device.output(ZERO_POINT).get(0);
        return scale > 0 && scale <= DType.F32.maxFinite()
                ? Code.of(Code.quotient(arithmetic, number, scale), shift, DType.U8, true)
                : new Code(0, 0, ExpectedBlock.ANY);
    }
}
