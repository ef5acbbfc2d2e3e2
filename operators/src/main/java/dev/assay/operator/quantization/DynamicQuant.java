package dev.assay.operator.quantization;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Rereading;
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

/// Quantisation of activations while a model runs: each token, or each group of its channels, by its
/// largest magnitude.
///
/// ```
/// scale = max |x| / Q                 Q the largest code: 127 for i8, 448 for f8e4m3, 57344 for f8e5m2
/// y     = saturate(round(x / scale))
/// ```
///
/// - input: `x` is `[..,k]`; a group is `group_size` channels, or all k
/// - outputs: `y` like x, `scale` is `f32[..,k / group_size]`
/// - codes are judged given the scale that the device returned
/// - of nothing but zeros the scale is open and the codes are 0; of a group that is not finite all is open
/// - source: vLLM `scaled_int8_quant`, `per_token_group_quant_fp8` (symmetric)
public final class DynamicQuant extends Quantising {
    private static final Set<DType> CODES = Signature.only(DType.I8, DType.F8E4M3, DType.F8E5M2);
    private static final int SCALE = 1;

    /// Added to the number of codes.
    private final int more;
    /// Distance of another group whose numbers count for a scale too; 0 for none.
    private final int neighbour;

    public DynamicQuant() {
        this(0, 0);
    }

    private DynamicQuant(int more, int neighbour) {
        super(
                "dynamic_quant",
                "",
                new About(
                        "y = saturate(round(x / scale)), scale = max |x| / Q for each group of channels",
                        "vLLM scaled_int8_quant, per_token_group_quant_fp8",
                        About.Errors.QUANTISING),
                new Signature(
                        List.of(Parameter.required("x", "T", NUMBERS, "[..,k]")),
                        List.of(
                                Parameter.required("y", "U", CODES, "like x"),
                                Parameter.required(
                                        "scale", "S", Signature.only(DType.F32), "one for each group of channels")),
                        List.of(
                                AttributeSpec.integer("output_dtype", 3, "ONNX number of the type of y; 3 is i8"),
                                AttributeSpec.integer("group_size", 0, "channels to a scale; 0 is all"))));
        this.more = more;
        this.neighbour = neighbour;
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.as("scale", "ranges are divided by one code too many").by(new DynamicQuant(1, 0)),
                right.as("scale", "ranges are divided by one code too few").by(new DynamicQuant(-1, 0)),
                right.as("scale", "the numbers of the next group count for a scale")
                        .by(new DynamicQuant(0, 1)),
                right.as("scale", "the numbers of the group before count for a scale")
                        .by(new DynamicQuant(0, -1)));
    }

    private Shape scales(Call call) {
        Shape x = call.input("x").shape();
        if (x.rank() == 0) {
            throw invalid("x is a scalar", "x", "give it at least one dimension");
        }
        long size = call.attributes().integer("group_size");
        if (size < 0 || (size > 0 && x.dim(-1) % size != 0)) {
            throw invalid(
                    "group_size " + size + " of " + x.dim(-1) + " channels",
                    "attribute group_size",
                    "give one that divides them, or 0");
        }
        return x.with(-1, size == 0 ? 1 : x.dim(-1) / size);
    }

    private DType type(Call call) {
        return OnnxTypes.of(call.attributes().integer("output_dtype"), CODES, name() + ", attribute output_dtype");
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(
                TensorSpec.dense(type(call), call.input("x").shape()), TensorSpec.dense(DType.F32, scales(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("x");
        Shape scales = scales(call);
        DType type = type(call);
        long size = scales.isEmpty() ? 1 : x.shape().dim(-1) / scales.dim(-1);
        double[] largest = new double[Math.toIntExact(scales.elements())];
        for (long i = 0; i < x.shape().elements(); i++) {
            int group = (int) (i / size);
            double magnitude = Math.abs(x.get(i));
            // NaN stays.
            largest[group] = Math.max(largest[group], magnitude);
        }
        double[] own = largest.clone();
        for (int group = 0; neighbour != 0 && group < own.length; group++) {
            int other = group + neighbour;
            largest[group] = other < 0 || other >= own.length ? own[group] : Math.max(own[group], own[other]);
        }
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, x.dtype());
        return oracle(List.of(x.shape(), scales), (output, number, device, i, into) -> {
            int group = (int) (output == SCALE ? number : number / size);
            double most = largest[group];
            if (!Double.isFinite(most) || (most == 0 && output == SCALE)) {
                into.mark(i, ExpectedBlock.ANY);
            } else if (output == SCALE) {
                Approx scale = arithmetic.of(most).dividedBy(type.maxFinite() + more);
                into.values()[i] = scale.value();
                into.lows()[i] = scale.low();
                // By a reciprocal of Q, a kernel rounds once more.
                into.allow(i, 0, scale.error() + DType.F32.ulp(scale.value()));
            } else if (most > 0) {
                double scale = device.output(SCALE).get(group);
                Approx quotient = Code.quotient(arithmetic, arithmetic.of(x.get(number)), scale);
                boolean sound = scale > 0 && scale <= DType.F32.maxFinite();
                (sound ? Code.of(quotient, 0, type, true) : new Code(0, 0, ExpectedBlock.ANY)).write(into, i);
            }
        });
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return call.input("x").shape().rank() < 2
                ? Optional.empty()
                : Optional.of(new BatchAxis(Map.of("x", 0), Map.of("y", 0, "scale", 0)));
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return List.of();
    }
}
