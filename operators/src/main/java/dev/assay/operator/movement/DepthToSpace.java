package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;

/// Channels spread over blocks of pixels: `[N, C b b, H, W]` becomes `[N, C, H b, W b]`.
///
/// - pixel `[i, j]` of a block comes from channel `(i b + j) C + c` (mode `DCR`) or `c b b + i b + j` (`CRD`)
/// - source: ONNX DepthToSpace-28
public final class DepthToSpace extends PixelBlocks {
    public DepthToSpace() {
        super(
                "depth_to_space",
                "DepthToSpace",
                "channels as blocks of pixels",
                "ONNX DepthToSpace-28",
                STACKED,
                SPREAD);
    }

    @Override
    Shape shape(Shape input, long block) {
        long area = Math.multiplyExact(block, block);
        require(
                input.rank() == 4 && input.dim(1) % area == 0,
                "input " + input + " with blocks of " + block,
                "input input",
                "give [N, C, H, W], C in blocks");
        return Shape.of(
                input.dim(0),
                input.dim(1) / area,
                Math.multiplyExact(input.dim(2), block),
                Math.multiplyExact(input.dim(3), block));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor input = inputs.get("input");
        long block = block(call);
        long channels = input.shape().dim(1) / (block * block);
        boolean depthFirst = isDepthFirst(call);
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
