package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// Channels spread over blocks of pixels: `[N, C b b, H, W]` becomes `[N, C, H b, W b]`.
///
/// - pixel `[i, j]` of a block comes from channel `(i b + j) C + c` (mode `DCR`) or `c b b + i b + j` (`CRD`)
/// - source: ONNX DepthToSpace-28
public final class DepthToSpace extends Movement {
    public DepthToSpace() {
        super(
                "depth_to_space",
                "DepthToSpace",
                about("channels as blocks of pixels", "ONNX DepthToSpace-28"),
                new Signature(
                        List.of(Parameter.required("input", "T", Signature.all(), "[N, C b b, H, W]")),
                        List.of(Parameter.required("output", "T", Signature.all(), "[N, C, H b, W b]")),
                        List.of(
                                AttributeSpec.optional(
                                        "blocksize", Attribute.Int.class, "length of a block; has to be given"),
                                new AttributeSpec(
                                        "mode",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("DCR")),
                                        "DCR or CRD"))));
    }

    private static final List<String> MODES = List.of("DCR", "CRD");

    private long block(Call call) {
        long block = call.attributes().findInteger("blocksize").orElse(0);
        if (block < 1) {
            throw invalid("no blocksize from 1", "attribute blocksize", "give the length of a block");
        }
        if (!MODES.contains(call.attributes().text("mode"))) {
            throw invalid("mode '" + call.attributes().text("mode") + "'", "attribute mode", "use one of " + MODES);
        }
        return block;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec input = call.input("input");
        Shape shape = input.shape();
        long block = block(call);
        long area = Math.multiplyExact(block, block);
        if (shape.rank() != 4 || shape.dim(1) % area != 0) {
            throw invalid(
                    "input " + shape + " with blocks of " + block, "input input", "give [N, C, H, W], C in blocks");
        }
        Shape spread = Shape.of(
                shape.dim(0),
                shape.dim(1) / area,
                Math.multiplyExact(shape.dim(2), block),
                Math.multiplyExact(shape.dim(3), block));
        return List.of(TensorSpec.dense(input.dtype(), spread));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor input = inputs.get("input");
        long block = block(call);
        long channels = input.shape().dim(1) / (block * block);
        boolean depthFirst = call.attributes().text("mode").equals("DCR");
        long[] strides = input.shape().denseStrides();
        return (at, origin) -> {
            long pixel = at[2] % block * block + at[3] % block;
            at[1] = depthFirst ? pixel * channels + at[1] : at[1] * block * block + pixel;
            at[2] /= block;
            at[3] /= block;
            origin.element(input, number(at, strides));
        };
    }
}
