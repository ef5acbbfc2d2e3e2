package dev.assay.baselines.cpu;

import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;

/// Memory that a kernel keeps from `prepare` to `close`.
///
/// It is the JDK's and not ND4J's, so that it is freed at once and no limit of JavaCPP applies to it.
final class Scratch implements AutoCloseable {
    private final Arena arena;

    @SuppressWarnings("MustBeClosedChecker") // closed with this object
    Scratch() {
        this.arena = Arena.ofShared();
    }

    Tensor allocate(DType dtype, long... dims) {
        return Tensor.allocate(TensorSpec.of(dtype, dims), arena);
    }

    @Override
    public void close() {
        arena.close();
    }
}
