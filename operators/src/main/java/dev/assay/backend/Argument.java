package dev.assay.backend;

import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;

/// One tensor of a launch: where it lies in device memory.
///
/// @param buffer device memory, owned by the harness
/// @param offset byte of the buffer at which element 0 lies; bytes before it and behind the tensor are guarded
/// @param spec dtype, shape and strides, equal to the call's
public record Argument(Buffer buffer, long offset, TensorSpec spec) {

    /// The tensor, where device memory is host memory. Throws IllegalStateException elsewhere.
    public Tensor tensor() {
        return Tensor.of(spec, memory());
    }

    /// The tensor's bytes, where device memory is host memory.
    public MemorySegment memory() {
        if (buffer instanceof HostBuffer host) {
            return host.memory().asSlice(offset, Math.max(spec.byteSize(), 0));
        }
        throw new IllegalStateException(
                "the buffer of " + spec + " is not host memory: read and write it by the backend's own means");
    }
}
