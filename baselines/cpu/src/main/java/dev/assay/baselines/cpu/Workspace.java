package dev.assay.baselines.cpu;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Places for intermediate tensors in the memory that the harness lends to a launch.
///
/// Kernels own no memory: there is nothing to free, and the harness sees a write beyond the end.
final class Workspace {
    /// A cache line. The harness starts a workspace at any byte.
    private static final long ALIGNMENT = 64;

    private long bytes;

    /// Room for one tensor; every launch has its own.
    record Place(long offset, TensorSpec spec) {}

    Place place(DType dtype, long... dims) {
        Place place = new Place(bytes, TensorSpec.of(dtype, dims));
        bytes = Math.addExact(bytes, Math.ceilDiv(place.spec().byteSize(), ALIGNMENT) * ALIGNMENT);
        return place;
    }

    /// What [dev.assay.backend.Kernel#workspaceBytes] has to ask for.
    long bytes() {
        return bytes == 0 ? 0 : Math.addExact(bytes, ALIGNMENT);
    }

    /// A launch's tensor at a place. It holds garbage.
    static Tensor tensor(Place place, Arguments arguments) {
        Optional<MemorySegment> memory = arguments.workspace().map(Argument::memory);
        if (memory.isEmpty()) {
            // Only tensors without elements leave a kernel without workspace.
            return Tensor.of(place.spec(), MemorySegment.NULL);
        }
        long start = -memory.get().address() & (ALIGNMENT - 1);
        return Tensor.of(
                place.spec(),
                memory.get().asSlice(start + place.offset(), place.spec().byteSize()));
    }
}
