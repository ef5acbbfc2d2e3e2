package dev.assay.operator.quantization;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.ExpectedBlock;
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
import java.util.Set;

/// Quantisation to a microscaling format: each block of 32 elements along the last dimension shares a
/// power of two.
///
/// ```
/// scale = 2^(floor(log2(max |x|)) - e)      e the exponent of the largest code: 8 for f8e4m3, 15 for
/// f8e5m2, 2 for f4e2m1
/// y     = x / scale, rounded to nearest even, at most the largest code
/// ```
///
/// - with `round_scale_up` the scale is the smallest power of two by which no element is cut off:
///   `2^ceil(log2(max |x| /
///   Q))`, Q the largest code
/// - exponents stop at -127 and 127; a block with a NaN or an infinity has the scale NaN and open codes
/// - of a block of zeros the scale is open and the codes are 0
/// - divisions by powers of two are exact, so that all of it has one right answer, given the scale that
///   the device returned
/// - source: OCP Microscaling Formats 1.0, section 6.3; PTX ISA 8.6 `cvt.rp.ue8m0x2`
public final class MxQuantize extends Quantising {
    private static final Set<DType> CODES = Signature.only(DType.F8E4M3, DType.F8E5M2, DType.F4E2M1);
    private static final int SCALE = 1;
    private static final int LARGEST_EXPONENT = 127;

    public MxQuantize() {
        super(
                "mx_quantize",
                "",
                new About(
                        "y = x / scale, scale = 2^(floor(log2(max |x|)) - e) for each block of 32",
                        "OCP Microscaling Formats 1.0",
                        About.Errors.EXACT),
                new Signature(
                        List.of(Parameter.required("x", "T", NUMBERS, "[..,k]")),
                        List.of(
                                Parameter.required("y", "U", CODES, "like x"),
                                Parameter.required(
                                        "scale", "S", Signature.only(DType.E8M0), "[..,k / block_size], rounded up")),
                        List.of(
                                AttributeSpec.integer("output_dtype", 17, "ONNX number of the type of y; 17 is f8e4m3"),
                                AttributeSpec.integer("block_size", 32, "elements to a scale"),
                                AttributeSpec.integer("round_scale_up", 0, "whether no element may be cut off"))));
    }

    private DType type(Call call) {
        return OnnxTypes.of(call.attributes().integer("output_dtype"), CODES, name() + ", attribute output_dtype");
    }

    private Shape scales(Call call) {
        Shape x = call.input("x").shape();
        long size = call.attributes().integer("block_size");
        if (x.rank() == 0) {
            throw invalid("x is a scalar", "x", "give it at least one dimension");
        }
        if (size < 1) {
            throw invalid("block_size " + size, "attribute block_size", "give a positive one");
        }
        return x.with(-1, Math.ceilDiv(x.dim(-1), size));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(
                TensorSpec.dense(type(call), call.input("x").shape()), TensorSpec.dense(DType.E8M0, scales(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("x");
        Shape scales = scales(call);
        DType type = type(call);
        long size = call.attributes().integer("block_size");
        boolean up = call.attributes().integer("round_scale_up") != 0;
        long length = x.shape().dim(-1);
        long blocks = scales.dim(-1);
        double[] largest = new double[Math.toIntExact(scales.elements())];
        for (long i = 0; i < x.shape().elements(); i++) {
            int block = (int) (i / length * blocks + i % length / size);
            largest[block] = Math.max(largest[block], Math.abs(x.get(i)));
        }
        return oracle(List.of(x.shape(), scales), (output, number, device, i, into) -> {
            int block = (int) (output == SCALE ? number : number / length * blocks + number % length / size);
            double most = largest[block];
            boolean finite = Double.isFinite(most);
            if (output == SCALE && most == 0) {
                into.mark(i, ExpectedBlock.ANY);
            } else if (output == SCALE) {
                into.values()[i] = finite ? Math.scalb(1.0, exponent(most, type, up)) : Double.NaN;
            } else if (!finite) {
                into.mark(i, ExpectedBlock.ANY);
            } else if (most > 0) {
                double scale = device.output(SCALE).get(block);
                double code = x.get(number) / scale;
                if (Double.isNaN(code)) {
                    into.mark(i, ExpectedBlock.ANY);
                } else {
                    into.values()[i] = type.decode(type.encode(code, true));
                }
            }
        });
    }

    private static int exponent(double most, DType type, boolean up) {
        int exponent = Math.getExponent(most) - Math.getExponent(type.maxFinite());
        if (up) {
            // The smallest power of two for which the largest element is no more than Q.
            exponent += most > Math.scalb(type.maxFinite(), exponent) ? 1 : 0;
        }
        return Math.clamp(exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT);
    }
}
