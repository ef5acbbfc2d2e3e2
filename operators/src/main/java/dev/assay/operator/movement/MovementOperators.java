package dev.assay.operator.movement;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class MovementOperators {
    public static final List<Operator> ALL = List.of(
            new CenterCropPad(), //
            new Compress(),
            new Concat(),
            new ConcatAndCacheMla(),
            new ConstantOfShape(),
            new CopyBlocks(),
            new DepthToSpace(),
            new Embedding(),
            new Expand(),
            new EyeLike(),
            new Flatten(),
            new Gather(),
            new GatherCache(),
            new GatherElements(),
            new GatherNd(),
            new NonZero(),
            new OneHot(),
            new Pad(),
            new Range(),
            new Reshape(),
            new ReshapeAndCache(),
            new ReverseSequence(),
            new ScatterElements(),
            new ScatterNd(),
            new ShapeOf(),
            new Size(),
            new Slice(),
            new SpaceToDepth(),
            new Split(),
            new Squeeze(),
            new TensorScatter(),
            new Tile(),
            new Transpose(),
            new Trilu(),
            new Unsqueeze());

    private MovementOperators() {}
}
