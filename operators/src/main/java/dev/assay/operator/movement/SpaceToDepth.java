package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;

/// Blocks of pixels stacked as channels: `[N, C, H b, W b]` becomes `[N, C b b, H, W]`.
///
/// - pixel `[i, j]` of a block becomes channel `(i b + j) C + c` (mode `DCR`) or `c b b + i b + j` (`CRD`)
/// - source: ONNX SpaceToDepth-28
public final class SpaceToDepth extends PixelBlocks {
    public SpaceToDepth() {
        super(
                "space_to_depth",
                "SpaceToDepth",
                "blocks of pixels as channels",
                "ONNX SpaceToDepth-28",
                SPREAD,
                STACKED);
    }

    @Override
    Shape shape(Shape input, long block) {
        require(
                input.rank() == 4 && input.dim(2) % block == 0 && input.dim(3) % block == 0,
                "input " + input + " with blocks of " + block,
                "input input",
                "give [N, C, H, W] in whole blocks");
        return Shape.of(
                input.dim(0),
                Math.multiplyExact(input.dim(1), Math.multiplyExact(block, block)),
                input.dim(2) / block,
                input.dim(3) / block);
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor input = inputs.get("input");
        long block = block(call);
        long area = block * block;
        long channels = input.shape().dim(1);
        boolean depthFirst = isDepthFirst(call);
        long[] strides = input.shape().denseStrides();
        return (at, origin) -> {
            long pixel = depthFirst ? at[1] / channels : at[1] % area;
            at[1] = depthFirst ? at[1] % channels : at[1] / area;
            at[2] = at[2] * block + pixel / block;
            at[3] = at[3] * block + pixel % block;
            origin.element(input, number(at, strides));
        };
    }
}
