package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// What `depth_to_space` and `space_to_depth` have in common: pixels in blocks, or stacked as channels.
///
/// Pixel `[i, j]` of a block belongs to channel `(i b + j) C + c` (mode `DCR`) or `c b b + i b + j` (`CRD`).
abstract class PixelBlocks extends Movement {
    private static final List<String> MODES = List.of("DCR", "CRD");
    static final String STACKED = "[N, C b b, H, W]";
    static final String SPREAD = "[N, C, H b, W b]";

    PixelBlocks(String name, String onnxType, String formula, String source, String from, String to) {
        super(
                name,
                onnxType,
                about(formula, source),
                new Signature(
                        List.of(Parameter.required("input", "T", Signature.all(), from)),
                        List.of(Parameter.required("output", "T", Signature.all(), to)),
                        List.of(
                                AttributeSpec.optional(
                                        "blocksize", Attribute.Int.class, "length of a block; has to be given"),
                                new AttributeSpec(
                                        "mode",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("DCR")),
                                        "DCR or CRD"))));
    }

    /// Sizes of the output. Throws [dev.assay.operator.InvalidCallException] where blocks do not fit.
    abstract Shape shape(Shape input, long block);

    @Override
    public final List<TensorSpec> outputs(Call call) {
        String mode = call.attributes().text("mode");
        require(MODES.contains(mode), "mode '" + mode + "'", "attribute mode", "use one of " + MODES);
        TensorSpec input = call.input("input");
        return List.of(TensorSpec.dense(input.dtype(), shape(input.shape(), block(call))));
    }

    final long block(Call call) {
        long block = call.attributes().findInteger("blocksize").orElse(0);
        require(block >= 1, "no blocksize from 1", "attribute blocksize", "give the length of a block");
        return block;
    }

    /// Whether neighbouring channels of the stack belong to one pixel.
    static boolean isDepthFirst(Call call) {
        return call.attributes().text("mode").equals("DCR");
    }
}
