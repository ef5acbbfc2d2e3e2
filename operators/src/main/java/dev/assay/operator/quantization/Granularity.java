package dev.assay.operator.quantization;

import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.Shape;

/// Which scale an element has: one for all, one for each place along an axis, or one for each block
/// along an axis.
///
/// @param shape of the data
/// @param scales shape of the scales
/// @param axis from 0
/// @param block elements along the axis that share a scale; 1 for one scale to a place, 0 for one scale
///     in all
record Granularity(Shape shape, Shape scales, int axis, long block) {

    /// As ONNX has it.
    ///
    /// @param axis that the call names, from the back where negative
    /// @param blockSize that the call names; 0 where scales are not for blocks
    static Granularity of(Shape shape, Shape scales, long axis, long blockSize, String where) {
        if (blockSize < 0) {
            throw new InvalidCallException("block_size " + blockSize, where, "give a positive one, or 0 for none");
        }
        if (scales.elements() == 1 && scales.rank() <= 1) {
            return new Granularity(shape, scales, 0, 0);
        }
        // Data of one dimension needs no axis.
        long asked = shape.rank() == 1 ? 0 : axis;
        if (asked < -shape.rank() || asked >= shape.rank()) {
            throw new InvalidCallException(
                    "axis " + axis + " of " + shape,
                    where,
                    "give a number from " + -shape.rank() + " to " + (shape.rank() - 1));
        }
        int from = (int) (asked < 0 ? asked + shape.rank() : asked);
        if (blockSize == 0) {
            if (!scales.equals(Shape.of(shape.dim(from)))) {
                throw new InvalidCallException(
                        "scales " + scales + " of " + shape + " along axis " + from,
                        where,
                        "give one, or [" + shape.dim(from) + "], or a block_size");
            }
            return new Granularity(shape, scales, from, 1);
        }
        if (!scales.equals(shape.with(from, Math.ceilDiv(shape.dim(from), blockSize)))) {
            throw new InvalidCallException(
                    "scales " + scales + " of " + shape + " in blocks of " + blockSize + " along axis " + from,
                    where,
                    "give " + shape.with(from, Math.ceilDiv(shape.dim(from), blockSize)));
        }
        return new Granularity(shape, scales, from, blockSize);
    }

    /// Number of the scale of an element.
    long scale(long element) {
        if (block == 0) {
            return 0;
        }
        long inner = shape.slice(axis + 1, shape.rank()).elements();
        long along = element / inner % shape.dim(axis);
        if (scales.rank() == 1 && shape.rank() != 1) {
            return along;
        }
        long outer = element / inner / shape.dim(axis);
        return (outer * scales.dim(scales.rank() == 1 ? 0 : axis) + along / block) * inner + element % inner;
    }
}
